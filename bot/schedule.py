"""The clock: wakes the loops every second, starts the digest, and clears away what is done with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Job = Callable[[], Awaitable[None]]

TICK_SECONDS = 1
RESCUE_SECONDS = 30
CLEAN_SECONDS = 3600


def build(*, tick: Job, rescue: Job, clean: Job, digest: Job, digest_time: str, timezone: str) -> AsyncIOScheduler:
    """A scheduler to be started on the running loop.

    digest_time: HH:MM in the time zone. A tick that is late or overtaken by the next is left out, never piled up.
    """
    zone = ZoneInfo(timezone)
    scheduler = AsyncIOScheduler(
        timezone=zone, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60}
    )
    scheduler.add_job(tick, "interval", seconds=TICK_SECONDS, id="tick")
    scheduler.add_job(rescue, "interval", seconds=RESCUE_SECONDS, id="rescue")
    scheduler.add_job(clean, "interval", seconds=CLEAN_SECONDS, id="clean")
    hour, _, minute = digest_time.partition(":")
    # An hour of grace: a digest is still wanted when the machine was asleep at its time.
    scheduler.add_job(digest, "cron", hour=int(hour), minute=int(minute), id="digest", misfire_grace_time=3600)
    return scheduler
