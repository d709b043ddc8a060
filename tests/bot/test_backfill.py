"""An import of history: its pace, its patience with a server, and that it waits behind what comes in now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from bot import backfill
from bot.backfill import Backfill, Pace, Tally, wanted_of
from bot.bootstrap import Store
from bot.folder import locked
from bot.mailboxes import MailboxTable
from bot.settings import Settings
from channels.mail.imap_poll import MailboxPoller
from enrichment.errors import GiveUp, NeedsPerson, RetryLater
from enrichment.models import MessageState
from tests.channels.mail.polled import Password, letter
from tests.enrichment.parts import Parts
from tests.servers.odd_imap import OddImap, odd_imap

SINCE = date(2020, 1, 1)


class Import:
    """A mailbox with mail in it that the bot has polled once, and an import of that. lines: what was said."""

    def __init__(self, parts: Parts, folder: Path, server: OddImap) -> None:
        self.parts, self.server = parts, server
        self.store = Store(parts.database, parts.clock, parts.messages, parts.book, parts.views, parts.ledger)
        (folder / "password").write_text("secret")
        given = {"host": "127.0.0.1", "port": server.port, "tls": "none", "user": "leads"}
        self.table = MailboxTable.model_validate(given | {"name": "shop", "password_file": folder / "password"})
        self.settings = Settings(data_dir=folder)
        self.lines: list[str] = []
        self.shown: list[tuple[int, int]] = []
        self.slept: list[float] = []
        self.sleeping: Callable[[], None] = lambda: None

    def poll(self) -> None:
        """The bot's first poll."""
        poller = MailboxPoller(
            self.table.mailbox(), Password(), self.store.mailboxes, self.parts.clock, lambda _: None, lambda: True, 5.0
        )
        poller.poll()
        poller.close()

    def show(self, tally: Tally) -> None:
        """Noted."""
        self.shown.append((tally.done, tally.total))

    def tell(self, line: str) -> None:
        """Noted."""
        self.lines.append(line)

    def sleep(self, seconds: float) -> None:
        """Time passes in which something may happen."""
        self.slept.append(seconds)
        self.sleeping()

    def run(self, limit: int | None = None, rate: int = 10**9) -> Tally:
        """Import."""
        work = Backfill(self.table, self.settings, self.store, self, rate=rate, timeout=2.0, sleep=self.sleep)
        return work.run(wanted_of(self.table, (), SINCE, limit))

    @property
    def stored(self) -> int:
        """How many mails are."""
        count: int = self.parts.scalar("SELECT count(*) FROM messages WHERE historical")
        return count


@pytest.fixture
def history(parts: Parts, tmp_path: Path) -> Iterator[Import]:
    """Thirty mails lie there."""
    with odd_imap() as server:
        server.mails = {number: letter(number) for number in range(1, 31)}
        made = Import(parts, tmp_path, server)
        made.poll()
        yield made


def test_all_is_imported_once(history: Import) -> None:
    """How far it has come is shown; a second run finds nothing to do, and fetches nothing."""
    tally = history.run()
    assert (tally.total, tally.done, tally.new, history.stored) == (30, 30, 30, 30)
    assert history.shown == [(0, 30), (20, 30), (30, 30)]
    history.server.commands.clear()
    again = history.run()
    assert (again.total, again.done, again.new) == (30, 30, 0)
    assert not [command for command in history.server.commands if "FETCH" in command]


def test_the_pace_is_that_of_the_rate() -> None:
    """Bytes are paid for with time, whatever time has passed by itself; what was not used is not saved up."""
    now = 0.0
    slept: list[float] = []
    pace = Pace(100, lambda: now, slept.append)
    pace.spent(50)
    now = 0.25
    pace.spent(50)
    now = 100.0
    pace.spent(50)
    assert slept == [0.5, 0.75, 0.5]


def test_little_is_fetched_at_once_when_little_may_be(history: Import) -> None:
    """A commit holds what two seconds allow; after the last nothing is waited for."""
    size = len(letter(10))
    history.run(limit=4, rate=size)
    assert [done for done, _ in history.shown] == [0, 2, 4]
    assert len(history.slept) == 1


def test_it_waits_while_others_wait_to_be_read(history: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says why, once, goes on when there is room, and keeps its connection meanwhile."""
    monkeypatch.setattr(backfill, "MOST_WAITING", 10)
    waits: list[int] = []

    def work() -> None:
        waits.append(history.stored)
        if len(waits) >= backfill.STAY_SECONDS + 1:
            with history.parts.engine.begin() as connection:
                connection.exec_driver_sql(f"UPDATE messages SET state = '{MessageState.FILTERED}'")

    history.sleeping = work
    with locked(history.settings.data_dir):
        assert history.run(rate=10**12).new == 30
    assert set(waits) == {20}
    assert history.lines == ["waiting: 10 messages are still to be read"]
    assert history.server.commands.count("NOOP") == 1


def test_it_says_that_a_bot_must_run(history: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would wait for ever without a word."""
    monkeypatch.setattr(backfill, "MOST_WAITING", 10)

    def interrupt() -> None:
        if history.lines:
            raise KeyboardInterrupt

    history.sleeping = interrupt
    with pytest.raises(KeyboardInterrupt):
        history.run()
    assert history.lines == ["waiting: 10 messages are still to be read; start `leadbot run`"]
    assert history.stored == 20


def test_a_full_disk_holds_it_up(history: Import) -> None:
    """As it does new mail."""
    history.settings = history.settings.model_copy(update={"min_free_disk": "100000TB"})

    def interrupt() -> None:
        raise KeyboardInterrupt

    history.sleeping = interrupt
    with pytest.raises(KeyboardInterrupt):
        history.run()
    assert history.lines[0].startswith("waiting: disk nearly full")
    assert history.stored == 0


def test_an_outage_is_waited_for(history: Import) -> None:
    """Ever longer; it goes on where it was."""
    history.server.faults["FETCH"] = "drop"

    def mend() -> None:
        if len(history.slept) == 3:
            history.server.faults.clear()

    history.sleeping = mend
    assert history.run().new == 30
    assert history.slept[:3] == [1.0, 2.0, 4.0]
    assert len(history.lines) == 3
    assert all(line.startswith("shop: ") and "\n" not in line for line in history.lines)


def test_a_long_outage_ends_it(history: Import) -> None:
    """With what to do; nothing that was imported is lost."""
    history.run(limit=5)
    history.server.faults["SEARCH"] = "BYE [UNAVAILABLE] going down"
    with pytest.raises(RetryLater, match="the same command goes on"):
        history.run()
    assert history.stored == 5
    assert max(history.slept) <= backfill.LONGEST_PAUSE


def test_a_mail_that_cannot_be_fetched_is_passed_over(history: Import) -> None:
    """The others come, and it is named at the end."""
    history.server.poison = {27, 29}
    tally = history.run(limit=4)
    assert (tally.done, tally.new, history.stored) == (4, 2, 2)
    assert [("UID 29" in line, "UID 27" in line) for line in tally.passed] == [(True, False), (False, True)]


def test_what_only_a_person_can_mend_ends_it_at_once(history: Import) -> None:
    """A refused login."""
    history.server.faults["LOGIN"] = "NO wrong password"
    history.server.faults["AUTHENTICATE"] = "NO wrong password"
    with pytest.raises(NeedsPerson, match="refused"):
        history.run()
    assert history.slept == []


def test_only_folders_that_are_read_have_a_history(history: Import) -> None:
    """The others have none yet, and Junk never has; each is read once."""
    assert wanted_of(history.table, ["INBOX", "INBOX"], SINCE, 3) == (("INBOX",), SINCE, 3)
    with pytest.raises(GiveUp, match=r"shop does not read the folder 'Archive' .*name one of INBOX, or add it"):
        wanted_of(history.table, ["Archive"], SINCE, None)
