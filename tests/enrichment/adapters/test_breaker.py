"""The circuit breaker: when it opens, who is let through, when it closes."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Event

import pytest

from enrichment.adapters.breaker import Answered, CircuitBreaker, CircuitOpen, LockedOut, Rules, Snapshot, Unguarded
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from tests.enrichment.crm import Elapsed
from tests.enrichment.parts import START, SetClock

AWAY = RetryLater("the service does not answer")


class Bench:
    """A breaker whose time and chance the test sets."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.clock, self.now, self.random = SetClock(), Elapsed(), 1.0
        self.breaker = CircuitBreaker(self.clock, rules, now=self.now, random=lambda: self.random)

    def call(self, error: BaseException | None = None, *, probe: bool = False) -> None:
        """One call that ends so."""
        with self.breaker.guarded(probe=probe):
            if error is not None:
                raise error

    def fail(self, error: BaseException = AWAY, times: int = 1) -> None:
        """Calls that end with this error."""
        for _ in range(times):
            with pytest.raises(type(error), match=str(error)):
                self.call(error)

    def refused(self, *, probe: bool = False) -> CircuitOpen:
        """The refusal of a call that is not made."""
        with pytest.raises(CircuitOpen) as caught, self.breaker.guarded(probe=probe):
            raise AssertionError("the call was made")
        return caught.value

    def opened(self) -> Bench:
        """The same, open since its clock's moment."""
        while not self.breaker.snapshot().open:
            self.fail()
        return self


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    """From then on a call fails at once, with what the service said last and the seconds to stay away."""
    bench = Bench(Rules(failures=3, first=4.0))
    bench.fail(times=2)
    bench.call()
    bench.fail(times=2)
    assert not bench.breaker.snapshot().open
    bench.fail()
    assert bench.breaker.snapshot() == (START, str(AWAY), True)
    error = bench.refused()
    assert str(error) == str(AWAY)
    assert error.retry_after == pytest.approx(4.4)
    with pytest.raises(CircuitOpen):
        bench.breaker.check()


@pytest.mark.parametrize("error", [GiveUp("too long"), Answered("429", 30)])
def test_an_answer_is_no_trouble(error: LeadbotError) -> None:
    """A refused input and a wish to slow down show that the service is there, also in between failures."""
    bench = Bench(Rules(failures=2))
    for _ in range(5):
        bench.fail(error)
        bench.fail()
    assert not bench.breaker.snapshot().open


@pytest.mark.parametrize("error", [KeyError("our mistake"), asyncio.CancelledError("stopped"), CircuitOpen("another")])
def test_what_says_nothing_of_the_service_counts_for_nothing(error: BaseException) -> None:
    """Neither as its failure nor as its answer."""
    bench = Bench(Rules(failures=2))
    bench.fail()
    bench.fail(error, times=5)
    assert bench.breaker.snapshot() == (None, "", False)
    bench.fail()
    assert bench.breaker.snapshot().open


def test_what_needs_a_person_opens_it_at_once() -> None:
    """For the longest cool-down, with the words that say what to do."""
    bench = Bench(Rules(longest=60.0))
    bench.fail(NeedsPerson("the token was revoked"))
    assert bench.refused().retry_after == pytest.approx(66)
    assert bench.breaker.snapshot().error == "the token was revoked"


def test_a_person_may_be_needed_for_one_call_only() -> None:
    """Where the rules tell the two apart."""
    bench = Bench(Rules(person=LockedOut))
    bench.fail(NeedsPerson("the bot is not in this channel"), times=9)
    assert not bench.breaker.snapshot().open
    bench.fail(LockedOut("the token was revoked"))
    assert bench.breaker.snapshot().open


def test_it_can_be_shut_from_outside() -> None:
    """By who has learnt from several calls that nothing will work."""
    bench = Bench()
    bench.breaker.shut(NeedsPerson("the base is gone"))
    bench.clock.move(5)
    bench.breaker.shut(NeedsPerson("still gone"))
    assert bench.breaker.snapshot() == (START, "the base is gone", False)
    assert bench.refused().retry_after == pytest.approx(66)


@pytest.mark.parametrize("random", [0.0, 0.5, 1.0])
def test_the_cool_down_doubles_with_jitter_up_to_a_bound(random: float) -> None:
    """Each failed probe makes it longer; half of it at least, and never more than the longest."""
    bench = Bench(Rules(failures=1, first=2.0, longest=10.0))
    bench.random = random
    bench.fail()
    for whole in (2.0, 4.0, 8.0, 10.0, 10.0):
        cooldown = whole * (0.5 + random / 2)
        bench.now.seconds += cooldown - 0.01
        bench.refused()
        assert not bench.breaker.due()
        bench.now.seconds += 0.01
        assert bench.breaker.due()
        bench.fail()


def test_a_probe_that_works_closes_it() -> None:
    """And the next trouble begins with the first cool-down again."""
    bench = Bench(Rules(failures=1, first=2.0)).opened()
    bench.now.seconds += 2
    bench.fail()
    bench.now.seconds += 4
    bench.call()
    assert bench.breaker.snapshot() == (None, "", True)
    bench.clock.move(100)
    bench.opened()
    assert bench.refused().retry_after == pytest.approx(2.2)
    assert bench.breaker.snapshot().since == bench.clock.now()


def test_an_outage_goes_on_through_failed_probes() -> None:
    """It has begun when it first opened; the words are the latest."""
    bench = Bench(Rules(failures=1, first=2.0)).opened()
    bench.clock.move(2)
    bench.now.seconds += 2
    bench.fail(RetryLater("status 503"))
    assert bench.breaker.snapshot() == (START, "status 503", False)


def test_a_probe_that_says_nothing_leaves_the_way_to_the_next() -> None:
    """A cancelled one, say."""
    bench = Bench(Rules(failures=1, first=2.0)).opened()
    bench.now.seconds += 2
    bench.fail(asyncio.CancelledError("stopped"))
    assert bench.breaker.due()
    bench.call()
    assert not bench.breaker.snapshot().open


def test_exactly_one_of_many_threads_is_the_probe() -> None:
    """The others are told to come back in a second."""
    bench = Bench(Rules(failures=1, first=2.0)).opened()
    bench.now.seconds += 2
    barrier, over, probes = Barrier(8), Event(), []

    def come() -> float | None:
        barrier.wait(10)
        try:
            with bench.breaker.guarded():
                probes.append(1)
                over.wait(10)
        except CircuitOpen as error:
            return error.retry_after
        return None

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(come) for _ in range(8)]
        while sum(future.done() for future in futures) < 7:
            Event().wait(0.01)
        assert not bench.breaker.due()
        over.set()
        told = [future.result(10) for future in futures]
    assert (len(probes), told.count(None), told.count(1.1)) == (1, 1, 7)
    assert not bench.breaker.snapshot().open


def test_a_breaker_may_keep_ordinary_calls_from_being_the_probe() -> None:
    """Where nobody may wait for a service that hangs."""
    bench = Bench(Rules(failures=1, first=2.0, apart=True)).opened()
    bench.now.seconds += 2
    assert bench.refused().retry_after == pytest.approx(1.1)
    bench.call(probe=True)
    bench.call()


def test_a_call_from_before_says_nothing_of_now() -> None:
    """One that hung since before it opened does not end the cool-down, nor make it longer."""
    bench = Bench(Rules(failures=1, first=2.0))
    for ending in (None, AWAY):
        late = bench.breaker.guarded()
        late.__enter__()
        bench.opened()
        until = bench.refused().retry_after
        if ending is None:
            late.__exit__(None, None, None)
        else:
            assert not late.__exit__(type(ending), ending, None)
        assert (bench.breaker.snapshot().open, bench.refused().retry_after) == (True, until)
        bench.now.seconds += 2
        bench.call()


def test_who_has_waited_asks_whether_it_is_still_closed() -> None:
    """A call that waited for a lock does not walk into what the others have found out."""
    bench = Bench(Rules(failures=1, first=2.0))

    def wait_for_the_others() -> None:
        with bench.breaker.guarded() as still:
            still()
            bench.opened()
            still()

    with pytest.raises(CircuitOpen):
        wait_for_the_others()
    bench.now.seconds += 2
    with bench.breaker.guarded() as still:
        still()  # the probe itself goes on


def test_after_a_restart_an_open_one_tries_at_once() -> None:
    """One call goes through; when it fails the outage is the old one, and the cool-down the first."""
    bench = Bench(Rules(failures=3, first=2.0))
    bench.clock.move(500)
    bench.breaker.restore(Snapshot(START, "no answer", answered=True))
    assert bench.breaker.due()
    bench.fail()
    assert bench.breaker.snapshot() == (START, str(AWAY), True)
    assert bench.refused().retry_after == pytest.approx(2.2)


async def test_on_an_event_loop_it_never_waits() -> None:
    """The same block around what is awaited; a task that is cancelled gives its place as the probe back."""
    bench = Bench(Rules(failures=1, first=2.0)).opened()
    bench.now.seconds += 2

    async def hang() -> None:
        with bench.breaker.guarded():
            await asyncio.Event().wait()

    probe = asyncio.create_task(hang())
    await asyncio.sleep(0)
    bench.refused()
    probe.cancel()
    with suppress(asyncio.CancelledError):
        await probe
    assert bench.breaker.due()


def test_without_a_breaker_everything_is_tried() -> None:
    """However often it fails."""
    guard = Unguarded()
    guard.shut(NeedsPerson("the base is gone"))

    def fail() -> None:
        guard.check()
        with guard.guarded() as still:
            still()
            raise AWAY

    for _ in range(9):
        with pytest.raises(RetryLater, match="does not answer"):
            fail()
