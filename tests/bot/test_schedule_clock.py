"""A clock that is set back does not stop the ticks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot import schedule
from bot.clock_watch import ClockWatch
from tests.enrichment.parts import SetClock


async def test_intervals_begin_anew_when_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """They run within their interval, not in as many hours as the clock was wrong; the digest keeps its hour."""
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.01)
    ticked = asyncio.Event()

    async def tick() -> None:
        ticked.set()

    async def nothing() -> None:
        pass

    scheduler = schedule.build(
        tick=tick, rescue=nothing, clean=nothing, digest=nothing, remind=nothing, digest_time="08:00", timezone="UTC"
    )
    scheduler.start()
    clock = SetClock()
    watch = ClockWatch(clock, monotonic=lambda: 0.0)
    digest = scheduler.get_job("digest").next_run_time
    later = datetime.now(UTC) + timedelta(hours=5)
    for name in ("tick", "rescue", "clean"):
        scheduler.modify_job(name, next_run_time=later)
    keeping = asyncio.create_task(schedule.keep_going(scheduler, watch))
    try:
        await asyncio.sleep(0.1)
        assert scheduler.get_job("rescue").next_run_time == later
        clock.move(-5 * 3600)
        async with asyncio.timeout(5):
            await ticked.wait()
        assert scheduler.get_job("rescue").next_run_time < datetime.now(UTC) + timedelta(seconds=31)
        assert scheduler.get_job("clean").next_run_time < datetime.now(UTC) + timedelta(hours=1, seconds=1)
        assert scheduler.get_job("digest").next_run_time == digest
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        scheduler.shutdown(wait=False)
