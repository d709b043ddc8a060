"""The clock is set back under the running bot: what waits is tried again all the same."""

from __future__ import annotations

import asyncio

import pytest

from bot import clock_watch
from bot.clock_watch import ClockWatch
from enrichment.adapters.store.waits import Waits
from enrichment.errors import RetryLater
from tests.enrichment.parts import Parts, SetClock


def test_only_a_clock_that_is_set_back_is_told() -> None:
    """Time that passes, a clock that is set forward and one that is corrected by a second are not; told once."""
    clock, passed = SetClock(), 0.0
    watch = ClockWatch(clock, lambda: passed)
    told = []
    for wall, real in ((60, 60), (7200, 1), (0, 1), (-7200, 1), (1, 1)):
        passed += real
        clock.move(wall)
        told.append(watch.was_set_back())
    assert told == [False, False, False, True, False]


async def test_long_waits_end_at_the_start_and_when_the_clock_is_set_back(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is locked just then only delays it."""
    monkeypatch.setattr(clock_watch, "LOOK_SECONDS", 0.01)
    lead = parts.lead()
    woken = asyncio.Queue[str]()
    waits = Waits(parts.database, parts.clock)
    real, tries = waits.cut_short, iter((True, False, True, False))

    def locked() -> int:
        if next(tries, False):
            raise RetryLater("the database is locked")
        return real()

    monkeypatch.setattr(waits, "cut_short", locked)
    parts.views.failed("card", lead, "no", 3600)
    keeping = asyncio.create_task(clock_watch.keep(parts.clock, waits, lambda: woken.put_nowait("woken")))
    await asyncio.wait_for(woken.get(), 5)
    assert parts.views.behind("card", 9) == [(lead, 1)]
    parts.views.failed("card", lead, "no", 3600)
    await asyncio.sleep(0.05)
    assert parts.views.behind("card", 9) == []
    parts.clock.move(-5 * 3600)
    await asyncio.wait_for(woken.get(), 5)
    assert parts.views.behind("card", 9) == [(lead, 1)]
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
