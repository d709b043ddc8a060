"""The thread of one mailbox: when it polls, when it waits, and how it ends. The server is a script here."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bot import mailbox_watch
from bot.mailbox_lease import Lease, LeasedStore
from bot.mailbox_watch import LONGEST_PAUSE, PERSON_PAUSE, MailboxWatch
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater
from enrichment.mailboxes import Pulse
from tests.enrichment.parts import Parts

BOX = "shop"


class Server:
    """What a poller meets, poll by poll. answers: what each poll does, the last one again and again."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.hangs = False
        self.idles = False
        self.news = threading.Event()
        self.broken = threading.Event()
        self.sweeps: list[bool] = []
        self.closed = 0

    def poll(self, *, sweep: bool = False) -> None:
        """One poll."""
        self.sweeps.append(sweep)
        if self.hangs:
            self.broken.wait(60)
            raise RetryLater("the connection broke")
        if self.trouble is not None:
            raise self.trouble

    def idle(self, seconds: float) -> bool:
        """News, the end of the time, or the end of the connection."""
        if not self.idles:
            return False
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.broken.is_set():
                raise RetryLater("the connection broke")
            if self.news.wait(0.005):
                self.news.clear()
                return True
        return False

    def close(self) -> None:
        """Break it off."""
        self.closed += 1
        self.broken.set()


class House:
    """One mailbox, its server and its store."""

    def __init__(self, parts: Parts) -> None:
        self.server = Server()
        self.store = Mailboxes(parts.database, parts.clock)
        self.lease = Lease(parts.views, BOX, "one")
        self.other = Lease(parts.views, BOX, "two")
        self.paused = ""
        self.jump = 0.0
        self.made: list[MailboxWatch] = []

    def watch(self, interval: float = 30.0) -> MailboxWatch:
        """The watch, not started."""
        watch = MailboxWatch(
            BOX,
            self.server,
            self.lease,
            LeasedStore(self.store, self.lease),
            interval=interval,
            paused=lambda: self.paused,
            elapsed=lambda: time.monotonic() + self.jump,
            chance=lambda: 1.0,
        )
        self.made.append(watch)
        return watch

    def started(self, interval: float = 30.0) -> MailboxWatch:
        """The watch at work, with the lease."""
        watch = self.watch(interval)
        watch.keep_lease()
        watch.start()
        return watch

    @property
    def polls(self) -> int:
        """How many there were."""
        return len(self.server.sweeps)

    @property
    def pulse(self) -> Pulse:
        """What the store says of the mailbox."""
        (pulse,) = self.store.pulses([BOX])
        return pulse


@pytest.fixture
def house(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A mailbox; the short waits are shorter here."""
    monkeypatch.setattr(mailbox_watch, "GAP_SECONDS", 0.01)
    monkeypatch.setattr(mailbox_watch, "LOOK_SECONDS", 0.01)
    made = House(parts)
    yield made
    for watch in made.made:
        watch.stop()
        assert watch.ended(5), "the thread of a mailbox goes on after its end"


def until(look: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def test_the_first_poll_comes_at_once_and_the_next_when_it_is_due(house: House) -> None:
    """The scheduler says when; nothing is polled meanwhile."""
    watch = house.started()
    until(lambda: house.pulse.last_success)
    assert house.polls == 1
    asyncio.run(watch.due())
    until(lambda: house.polls == 2)


def test_without_the_scheduler_a_poll_comes_all_the_same(house: House) -> None:
    """A clock that was set back by a year must not silence a mailbox."""
    house.started(interval=0.02)
    until(lambda: house.polls >= 3)


def test_news_is_fetched_at_once(house: House) -> None:
    """A server that speaks need not be asked."""
    house.server.idles = True
    house.started()
    until(lambda: house.polls == 1)
    house.server.news.set()
    until(lambda: house.polls == 2)


def test_a_silent_server_is_asked_in_its_turn(house: House) -> None:
    """Listening is no reason to leave the other folders alone."""
    house.server.idles = True
    house.started(interval=0.05)
    until(lambda: house.polls >= 3)


@pytest.mark.parametrize("shortest", [0.0, 60.0])
def test_a_connection_that_breaks_while_listening_is_no_failure(
    house: House, monkeypatch: pytest.MonkeyPatch, shortest: float
) -> None:
    """It is opened again by the next poll, at once; one that never holds is listened to only now and then."""
    monkeypatch.setattr(mailbox_watch, "SHORTEST_IDLE", shortest)
    monkeypatch.setattr(mailbox_watch, "IDLE_AGAIN_SECONDS", 0.2)
    house.server.idles = True
    house.started()
    until(lambda: house.polls == 1)
    house.server.broken.set()
    until(lambda: house.polls == 2)
    house.server.broken.clear()
    house.server.news.set()
    until(lambda: house.polls >= 3)
    assert house.pulse.failing_since is None


def test_a_failure_is_written_down_and_its_end_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason in words; the mailbox is tried again by itself."""
    monkeypatch.setattr(mailbox_watch, "FIRST_PAUSE", 0.01)
    house.server.trouble = RetryLater("shop: the server says that it is too busy")
    house.started()
    until(lambda: house.pulse.error)
    first = house.pulse
    assert (first.error, first.last_success) == ("shop: the server says that it is too busy", None)
    until(lambda: house.polls >= 3)
    assert house.pulse.failing_since == first.failing_since
    house.server.trouble = None
    until(lambda: house.pulse.last_success)
    assert (house.pulse.error, house.pulse.failing_since) == ("", None)


def test_an_unforeseen_error_ends_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as a trouble of this mailbox, and polls go on."""
    monkeypatch.setattr(mailbox_watch, "FIRST_PAUSE", 0.01)
    house.server.trouble = ZeroDivisionError("a server that nobody has thought of")
    house.started()
    until(lambda: house.polls >= 2)
    assert house.pulse.error == "shop: something unforeseen (ZeroDivisionError); see the log"


@pytest.mark.parametrize(
    ("error", "failures", "seconds"),
    [
        (RetryLater("away"), 1, 1.0),
        (RetryLater("away"), 4, 8.0),
        (RetryLater("away"), 10_000, LONGEST_PAUSE),
        (RetryLater("away", retry_after=120.0), 1, 120.0),
        (RetryLater("away", retry_after=1e9), 1, LONGEST_PAUSE),
        (NeedsPerson("the password is refused"), 1, PERSON_PAUSE),
        (NeedsPerson("the password is refused"), 9, LONGEST_PAUSE),
    ],
)
def test_waits_grow_and_have_an_end(house: House, error: LeadbotError, failures: int, seconds: float) -> None:
    """A refused login is tried more rarely, for the account may be locked; no wait is longer than five minutes."""
    watch = house.watch()
    watch._failures = failures
    assert watch._pause(error) == seconds


def test_another_kind_of_trouble_begins_anew(house: House) -> None:
    """Neither makes the other's waits longer."""
    watch = house.watch()
    watch.keep_lease()
    for trouble, seconds in (
        (RetryLater("away"), 1.0),
        (RetryLater("still away"), 2.0),
        (NeedsPerson("the password is refused"), PERSON_PAUSE),
        (NeedsPerson("the password is refused"), 2 * PERSON_PAUSE),
        (RetryLater("away"), 1.0),
    ):
        house.server.trouble = trouble
        assert watch._poll() is trouble
        assert watch._pause(trouble) == seconds


def test_the_days_are_swept_every_six_hours_and_not_at_the_first_poll(house: House) -> None:
    """The first poll is one that somebody waits for; a sweep that failed is made again."""
    watch = house.watch(interval=60.0)
    watch.keep_lease()

    def poll() -> bool:
        watch._poll()
        return house.server.sweeps[-1]

    assert [poll(), poll()] == [False, False]
    house.jump = 61.0
    house.server.trouble = RetryLater("away")
    assert poll()
    house.server.trouble = None
    assert [poll(), poll()] == [True, False]
    house.jump = 61.0 + 6 * 3600
    assert [poll(), poll()] == [True, False]


def test_nothing_is_polled_while_there_is_no_room(house: House) -> None:
    """As SMTP answers 452 then; it goes on by itself, and is no failure of the mailbox."""
    house.paused = "disk nearly full"
    house.started()
    time.sleep(0.1)
    assert (house.polls, house.pulse.failing_since) == (0, None)
    house.paused = ""
    until(lambda: house.polls == 1)


def test_another_workers_mailbox_is_left_alone(house: House, parts: Parts) -> None:
    """Until its lease has run out."""
    assert house.other.keep()
    watch = house.started()
    time.sleep(0.1)
    assert house.polls == 0
    parts.clock.move(31)
    watch.keep_lease()
    until(lambda: house.polls == 1)


def test_a_lease_that_is_lost_breaks_the_poll_off(house: House, parts: Parts) -> None:
    """Another worker reads the mailbox now: nothing is noted of it here, and nothing is polled."""
    house.server.hangs = True
    watch = house.started()
    until(lambda: house.polls == 1)
    parts.clock.move(31)
    assert house.other.keep()
    watch.keep_lease()
    assert house.server.broken.is_set()
    time.sleep(0.1)
    assert (house.polls, house.pulse.failing_since) == (1, None)


@pytest.mark.parametrize("busy", ["hangs", "idles"])
def test_a_stop_waits_for_nobody(house: House, busy: str) -> None:
    """Not for a server that hangs, nor for one that is listened to; then another worker may begin at once."""
    setattr(house.server, busy, True)
    watch = house.started()
    until(lambda: house.polls == 1)
    watch.stop()
    assert watch.ended(5)
    assert house.other.keep()


def test_a_server_that_cannot_be_broken_off_keeps_no_bot_from_stopping(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread is left behind, and the lease with it: what it still reads it cannot store."""
    house.server.hangs = True
    monkeypatch.setattr(house.server, "close", lambda: None)
    watch = house.started()
    until(lambda: house.polls == 1)
    watch.stop()
    assert not watch.ended(0.05)
    assert not house.other.keep()
    house.server.broken.set()


def test_a_watch_that_was_never_started_ends(house: House) -> None:
    """As when the start of the bot fails in between."""
    watch = house.watch()
    watch.stop()
    assert watch.ended(1)
