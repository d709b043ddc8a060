"""When the door closes and when it opens again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from enrichment.adapters.pressure import HOLD_SECONDS, LONGEST_HOLD, MB, Marks, Pressure, free_bytes
from enrichment.adapters.store import full
from enrichment.errors import RetryLater
from enrichment.models import MessageState
from tests.enrichment.parts import Parts, raw


class House:
    """A pressure whose measures the test sets; `asked` is how far messages were to be counted."""

    def __init__(self, folder: Path, waiting: int = 100, least: int = 500 * MB) -> None:
        self.waiting = 0
        self.free = 10_000 * MB
        self.now = 1000.0
        self.trouble: Exception | None = None
        self.asked: list[int] = []
        self.pressure = Pressure(
            self._count,
            folder,
            Marks(waiting=waiting, free_bytes=least),
            free=self._free,
            clock=lambda: self.now,
        )

    def _count(self, limit: int) -> int:
        self.asked.append(limit)
        if isinstance(self.trouble, RetryLater):
            raise self.trouble
        return min(self.waiting, limit)

    def _free(self, _folder: Path) -> int:
        if isinstance(self.trouble, OSError):
            raise self.trouble
        return self.free

    def paused(self) -> str:
        """Why nothing is taken, after a look."""
        return self.pressure.sample().paused


@pytest.fixture
def room(tmp_path: Path) -> House:
    """A house with all the room in the world."""
    return House(tmp_path)


def test_a_backlog_closes_at_its_mark_and_opens_when_a_fifth_is_done(room: House) -> None:
    """Counting goes no further than one beyond the mark, however much there is."""
    told = []
    for waiting in (0, 100, 101, 100, 81, 80, 100, 5000):
        room.waiting = waiting
        told.append(room.paused())
    why = "100 messages or more wait to be worked on"
    assert told == ["", "", why, why, why.replace("100", "81"), "", "", why]
    assert set(room.asked) == {101}
    assert room.pressure.reading.cause == "waiting"


def test_a_disk_closes_at_its_mark_and_opens_with_a_fifth_more(room: House) -> None:
    """Room that comes and goes at the edge opens and closes nothing."""
    told = []
    for megabytes in (500, 499, 505, 599, 600, 500, 312):
        room.free = megabytes * MB
        told.append(room.paused())
    low = "disk nearly full, {} MB free"
    assert told == ["", low.format(499), low.format(505), low.format(599), "", "", low.format(312)]
    assert room.pressure.reading.free_bytes == 312 * MB


def test_no_mark_on_the_disk_is_no_mark(tmp_path: Path) -> None:
    """LEADBOT_MIN_FREE_DISK=0."""
    room = House(tmp_path, least=0)
    room.free = 0
    assert room.paused() == ""


def test_a_full_store_closes_at_once_and_holds(room: House) -> None:
    """Without a sample in between; each write that fails meanwhile begins the time anew."""
    room.paused()
    room.pressure.store_full()
    assert room.pressure.paused == "the database has no room on its disk"
    room.now += HOLD_SECONDS - 1
    assert room.paused()
    room.pressure.store_full()
    room.now += HOLD_SECONDS - 1
    assert room.paused()
    room.now += 1
    assert room.paused() == ""


def test_a_store_that_is_full_again_and_again_is_tried_ever_less_often(room: House) -> None:
    """Up to five minutes; one that was well for long begins as the first time."""
    holds = []
    for _ in range(8):
        begun = room.now
        room.pressure.store_full()
        while room.paused():
            room.now += 1
        holds.append(room.now - begun)
    assert holds == [10, 20, 40, 80, 160, 300, 300, 300]
    room.now += 3 * LONGEST_HOLD
    room.pressure.store_full()
    room.now += HOLD_SECONDS
    assert room.paused() == ""


def test_a_store_that_cannot_be_asked_keeps_its_last_figure(room: House) -> None:
    """It refuses mail itself; the disk is watched all the same."""
    room.waiting = 7
    room.paused()
    room.trouble = RetryLater("locked")
    room.free = 1
    assert room.paused() == "disk nearly full, 0 MB free"
    assert room.pressure.reading.waiting == 7


def test_a_folder_that_is_gone_takes_no_mail(room: House) -> None:
    """What a database writes into a deleted file is lost."""
    room.trouble = FileNotFoundError("gone")
    assert room.paused() == "the data folder cannot be read"
    room.trouble = None
    assert room.paused() == ""


def test_a_pause_is_one_line_at_its_beginning_and_one_at_its_end(room: House) -> None:
    """However long it is, and whatever else becomes short meanwhile."""
    with capture_logs() as logs:
        for megabytes in (10_000, 400, 300, 200, 10_000, 10_000):
            room.free = megabytes * MB
            room.waiting = megabytes // 2
            room.now += 60
            room.pressure.sample()
        room.waiting = 0
        room.now += 60
        room.pressure.sample()
    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("warning", "new messages are put off; senders try again"),
        ("info", "new messages are taken again"),
    ]
    assert logs[1]["seconds"] == 360


def test_the_real_disk_is_measured(tmp_path: Path) -> None:
    """In bytes, of the disk that the folder is on."""
    before = free_bytes(tmp_path)
    assert before > MB


def test_messages_are_counted_up_to_the_limit(parts: Parts) -> None:
    """Only what is in progress, on both databases, by the index of the states alone."""
    for _ in range(5):
        parts.accept()
    parts.messages.finish(parts.accept(), MessageState.FILTERED, "spam")
    assert [parts.ledger.count_waiting(limit) for limit in (3, 5, 100)] == [3, 5, 5]


def test_the_count_reads_no_mail(sqlite_parts: Parts) -> None:
    """A backlog of any size is counted from an index."""
    said: list[tuple[str, Any]] = []

    @sa.event.listens_for(sqlite_parts.engine, "before_cursor_execute")
    def listen(_connection: object, _cursor: object, sql: str, values: Any, *_: object) -> None:
        said.append((sql, values))

    sqlite_parts.ledger.count_waiting(100)
    ((sql, values),) = said
    with sqlite_parts.engine.begin() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
    assert "USING COVERING INDEX ix_messages_state" in str(plan)


def test_a_full_database_is_heard_of_at_once(sqlite_parts: Parts) -> None:
    """From the statement that failed; nothing of the batch is stored, and it goes in when there is room."""
    heard: list[str] = []
    full.listen(sqlite_parts.engine, lambda: heard.append("full"))
    _limit_pages(sqlite_parts.engine, 1)
    batch = [raw(b"x" * 200_000, sqlite_parts.clock), raw(b"y" * 200_000, sqlite_parts.clock)]
    with pytest.raises(RetryLater, match="full"):
        sqlite_parts.messages.accept_many(batch)
    assert heard == ["full"]
    assert sqlite_parts.scalar("SELECT count(*) FROM messages") == 0
    _limit_pages(sqlite_parts.engine, 1_000_000)
    assert [accepted.new for accepted in sqlite_parts.messages.accept_many(batch)] == [True, True]
    assert heard == ["full"]


def test_other_troubles_are_not_taken_for_a_full_disk(parts: Parts) -> None:
    """A statement that makes no sense, say."""
    heard: list[str] = []
    full.listen(parts.engine, lambda: heard.append("full"))
    with pytest.raises(sa.exc.DBAPIError):
        parts.scalar("SELECT nothing FROM nowhere")
    assert heard == []


def _limit_pages(engine: sa.Engine, pages: int) -> None:
    """Let the database grow no further, as a full disk would; connections of the pool are opened anew."""
    engine.dispose()

    @sa.event.listens_for(engine, "connect")
    def limit(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count={pages}")
