"""The sign of life: sent while all is live, withheld with its reason while it is not, and never a secret told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
import structlog

from bot import heartbeat
from bot.alerts import Trouble
from bot.health import Check, Checks
from bot.heartbeat import Heartbeat
from bot.liveness import STUCK_SECONDS, Liveness, Movement
from enrichment.adapters.store.waiting import Waiting
from enrichment.errors import RetryLater
from enrichment.models import MessageState
from tests.enrichment import fixtures
from tests.enrichment.parts import Parts
from tests.servers.monitor import Monitor, monitoring

migrated_file = fixtures.migrated_file
sqlite_parts = fixtures.sqlite_parts

PATH = "/ping/secret-uuid"


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    """A monitor that listens."""
    with monitoring() as found:
        yield found


class Room:
    """A heartbeat whose process is live or not, as told."""

    def __init__(self, url: str) -> None:
        self.trouble = ""
        self.now = 0.0
        self.heartbeat = Heartbeat(url, self.look, lambda: self.now)

    async def look(self) -> str:
        """Why not all is live."""
        return self.trouble

    @property
    def check(self) -> tuple[str, str]:
        """What /readyz says of it."""
        found = self.heartbeat.check()
        return found.state, found.detail


@pytest.fixture
def room(monitor: Monitor) -> Room:
    """All of it."""
    return Room(monitor.url + PATH)


async def test_it_beats_while_all_is_live(room: Room, monitor: Monitor) -> None:
    """With GET, at its URL; when it was last heard is told."""
    assert room.check == ("ok", "not heard yet")
    await room.heartbeat.beat()
    assert monitor.asked == [("GET", PATH)]
    room.now += 20
    assert room.check == ("ok", "last heard 20 s ago")


async def test_silence_is_explained(room: Room, monitor: Monitor) -> None:
    """Once in the log, always in the check, never `failed`: then it would be its own reason; and it goes on after."""
    await room.heartbeat.beat()
    room.trouble = "slack: the connection is down"
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            room.now += 60
            await room.heartbeat.beat()
        assert room.check == ("off", "silent, last heard 300 s ago; slack: the connection is down")
        room.trouble = ""
        await room.heartbeat.beat()
    assert monitor.pings() == 2
    assert [(entry["event"], entry.get("why")) for entry in logs] == [
        ("the heartbeat is silent", "slack: the connection is down"),
        ("the heartbeat is heard again", None),
    ]


async def test_moments_trouble_is_no_news(room: Room, monitor: Monitor) -> None:
    """A socket that was opened anew: nothing in the log, and the next look is soon."""
    with structlog.testing.capture_logs() as logs:
        room.trouble = "slack: the connection is down"
        await room.heartbeat.beat()
        room.trouble = ""
        await room.heartbeat.beat()
    assert (logs, monitor.pings()) == ([], 1)


@pytest.mark.parametrize(("status", "said"), [(404, "answered 404"), (500, "answered 500"), (302, "a redirect")])
async def test_refused_beat_is_told(status: int, said: str, room: Room, monitor: Monitor) -> None:
    """And no redirect is followed: it would hand the secret on."""
    monitor.status, monitor.location = status, f"{monitor.url}/elsewhere"
    with structlog.testing.capture_logs() as logs:
        await room.heartbeat.beat()
        await room.heartbeat.beat()
        assert said in room.check[1]
        monitor.status = 200
        await room.heartbeat.beat()
    assert room.check == ("ok", "last heard 0 s ago")
    assert {path for _, path in monitor.asked} == {PATH}
    assert [entry["event"] for entry in logs] == ["the heartbeat is not heard", "the heartbeat is heard again"]
    assert "secret-uuid" not in str(logs)


async def test_monitor_that_hangs_or_floods_is_given_up(
    room: Room, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within its time; a body is not read at all."""
    monitor.body = b"x" * 50_000_000
    await room.heartbeat.beat()
    assert room.check[0] == "ok"
    monkeypatch.setattr(heartbeat, "SECONDS", 0.2)
    monitor.stall.clear()
    await room.heartbeat.beat()
    assert "no answer in 0.2 s" in room.check[1]


async def test_monitor_that_is_away_is_told_without_the_url() -> None:
    """No name, no path."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        room = Room(f"http://127.0.0.1:{closed.getsockname()[1]}{PATH}")
    with structlog.testing.capture_logs() as logs:
        await room.heartbeat.beat()
    assert room.check == ("off", "not heard yet; cannot be reached (ConnectError)")
    assert "secret-uuid" not in str(logs)


async def test_loop_beats_every_minute_and_sooner_in_silence(room: Room, monitor: Monitor) -> None:
    """A beat that breaks is not the last; cancelled, it ends."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        room.trouble = "database: locked" if len(slept) == 2 else ""
        if len(slept) == 4:
            room.heartbeat._trouble = None  # type: ignore[assignment]  # what nobody thought of
        if len(slept) == 5:
            raise asyncio.CancelledError

    with structlog.testing.capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await room.heartbeat.run(sleep)
    assert slept == [5.0, 60.0, 10.0, 60.0, 60.0]
    assert monitor.pings() == 2
    assert [entry["event"] for entry in logs] == ["a heartbeat failed"]


class House:
    """What liveness rests on, each part to be broken."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.found = [Check(name="smtp", state="ok", detail="takes mail"), Check(name="crm", state="off", detail="")]
        self.slack: Trouble | None = None
        self.movement = Movement(self.elapsed)

    def elapsed(self) -> float:
        """The clock that is never set."""
        return self.parts.clock.now().timestamp()

    async def checks(self) -> list[Check]:
        """What was found."""
        return self.found

    def liveness(self, *, works: bool = True, checks: Checks | None = None) -> Liveness:
        """Of this process."""
        return Liveness(
            checks or self.checks,
            lambda: self.slack,
            waiting=Waiting(self.parts.database),
            views=self.parts.views,
            clock=self.parts.clock,
            movement=self.movement,
            worker="local",
            works=works,
        )


@pytest.fixture
def house(sqlite_parts: Parts) -> House:
    """All of it."""
    return House(sqlite_parts)


async def test_all_is_live(house: House) -> None:
    """What is off is not missed."""
    assert await house.liveness().trouble() == ""


async def test_failed_check_is_trouble(house: House) -> None:
    """Each with its name."""
    house.found += [Check(name=name, state="failed", detail="gone") for name in ("slack", "database")]
    assert await house.liveness().trouble() == "slack: gone; database: gone"


async def test_slack_that_takes_no_cards_is_trouble(house: House) -> None:
    """Although its socket is open."""
    house.slack = Trouble(house.parts.clock.now(), "Slack failed on chat.postMessage (500)")
    assert await house.liveness().trouble() == "slack: Slack failed on chat.postMessage (500)"


async def test_database_that_cannot_be_written_is_trouble(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading alone stores no mail: another holds the write lock for longer than this waits."""
    with house.parts.engine.connect() as other, monkeypatch.context() as patch:
        patch.setattr("bot.liveness.LOOK_SECONDS", 0.2)
        other.exec_driver_sql("BEGIN IMMEDIATE")
        assert await house.liveness().trouble() == "the checks gave no answer in 0.2 s"
    assert await house.liveness().trouble() == ""


@pytest.mark.parametrize("broken", ["hang", "raise"])
async def test_checks_that_give_no_answer_are_trouble(
    broken: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that hangs must not look like one that is well."""
    monkeypatch.setattr("bot.liveness.LOOK_SECONDS", 0.05)

    async def checks() -> list[Check]:
        if broken == "raise":
            raise RetryLater("every database connection is busy")
        await asyncio.sleep(10)
        return []

    told = await house.liveness(checks=checks).trouble()
    assert told in {"the checks gave no answer in 0.05 s", "every database connection is busy"}


async def test_messages_that_do_not_move_are_trouble(house: House) -> None:
    """One waits and none ends for ten minutes, in a process that works on them; until one ends."""
    waits = house.parts.accept()
    other = house.parts.accept()
    house.parts.clock.move(STUCK_SECONDS - 1)
    assert await house.liveness().trouble() == ""
    house.parts.clock.move(1)
    assert await house.liveness().trouble() == "messages do not move on: the oldest waits for 10 min, none has ended in 10"  # fmt: skip  # noqa: E501
    assert await house.liveness(works=False).trouble() == ""
    house.parts.messages.finish(other, MessageState.FILTERED, "newsletter")
    house.movement.note()
    assert await house.liveness().trouble() == ""
    house.parts.clock.move(STUCK_SECONDS)
    assert await house.liveness().trouble() != ""
    house.parts.messages.finish(waits, MessageState.FILTERED, "newsletter")
    assert await house.liveness().trouble() == ""


async def test_old_backlog_at_a_start_is_no_trouble(house: House) -> None:
    """What came days ago, while the bot was down, is given its time."""
    house.parts.accept()
    house.parts.clock.move(3 * 86_400)
    house.movement = Movement(house.elapsed)
    assert await house.liveness().trouble() == ""
