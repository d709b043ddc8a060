"""Sees that the machine's clock was set back: waiting times must not last for as long as it was wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from enrichment.adapters.store.waits import Waits
from enrichment.errors import LeadbotError
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

# A clock that is kept right moves by less.
TOLERANCE = 2.0
LOOK_SECONDS = 1.0


class ClockWatch:
    """Compares the clock with one that is never set. monotonic: that one, in seconds."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._last = self._ahead()

    def _ahead(self) -> float:
        return self._clock.now().timestamp() - self._monotonic()

    def was_set_back(self) -> bool:
        """Whether it was, since the last look."""
        before, self._last = self._last, self._ahead()
        return self._last < before - TOLERANCE


async def keep(clock: Clock, waits: Waits, wake: Callable[[], None]) -> None:
    """Cut long waits short, now and whenever the clock was set back. wake: called when there were any."""
    watch = ClockWatch(clock)
    due = True  # it may have been set back while nobody watched
    while True:
        due = watch.was_set_back() or due
        if due:
            try:
                ended = await asyncio.to_thread(waits.cut_short)
            except LeadbotError as error:
                log.warning("long waits cannot be looked at yet", why=str(error))
            else:
                due = False
                if ended:
                    log.info("long waits were cut short", count=ended)
                    wake()
        await asyncio.sleep(LOOK_SECONDS)
