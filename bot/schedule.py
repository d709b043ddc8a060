"""The clock: wakes the loops every second, starts the digest, and clears away what is done with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock_watch import LOOK_SECONDS, ClockWatch

Job = Callable[[], Awaitable[None]]

TICK_SECONDS = 1
RESCUE_SECONDS = 30
CLEAN_SECONDS = 3600
REMIND_SECONDS = 60
_INTERVALS = {"tick": TICK_SECONDS, "rescue": RESCUE_SECONDS, "clean": CLEAN_SECONDS, "remind": REMIND_SECONDS}


def build(
    *, tick: Job, rescue: Job, clean: Job, digest: Job, digest_time: str, timezone: str, remind: Job | None = None
) -> AsyncIOScheduler:
    """A scheduler to be started on the running loop.

    digest_time: HH:MM in the time zone. A tick that is late or overtaken by the next is left out, never piled up.
    """
    zone = ZoneInfo(timezone)
    scheduler = AsyncIOScheduler(
        timezone=zone, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60}
    )
    scheduler.add_job(tick, "interval", seconds=TICK_SECONDS, id="tick")
    scheduler.add_job(rescue, "interval", seconds=RESCUE_SECONDS, id="rescue")
    if remind is not None:
        scheduler.add_job(remind, "interval", seconds=REMIND_SECONDS, id="remind")
    scheduler.add_job(clean, "interval", seconds=CLEAN_SECONDS, id="clean")
    hour, _, minute = digest_time.partition(":")
    # An hour of grace: a digest is still wanted when the machine was asleep at its time.
    scheduler.add_job(digest, "cron", hour=int(hour), minute=int(minute), id="digest", misfire_grace_time=3600)
    return scheduler


def move_digest(scheduler: AsyncIOScheduler, digest_time: str) -> None:
    """Post the digest at another time of day from now on; its workflow's id keeps it to one a day."""
    hour, _, minute = digest_time.partition(":")
    job = scheduler.get_job("digest")
    if job is not None:
        # Told its zone again, or it would be the machine's.
        job.reschedule("cron", hour=int(hour), minute=int(minute), timezone=scheduler.timezone)


async def keep_going(scheduler: AsyncIOScheduler, watch: ClockWatch) -> None:
    """Let the intervals begin anew when the clock was set back; they would wait for as long as it was wrong."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if watch.was_set_back():
            for name, seconds in _INTERVALS.items():
                if scheduler.get_job(name) is not None:
                    scheduler.reschedule_job(name, trigger="interval", seconds=seconds)
