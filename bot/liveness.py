"""Whether all that this process runs is live: what the heartbeat's silence or sound rests on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from bot.alerts import SlackOutage
from bot.health import Checks
from enrichment.adapters.apart import apart
from enrichment.adapters.store.views import Views
from enrichment.adapters.store.waiting import Waiting
from enrichment.errors import LeadbotError
from enrichment.ports import Clock

LOOK_SECONDS = 40.0
LEASE_SECONDS, LONGEST_LEASE = 120.0, 64
# A message is judged within seconds. So long without the end of any, while one waits, is a standstill.
STUCK_SECONDS = 600.0


class Movement:
    """When this process has last ended the work on a message, by a clock that is never set."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._last = elapsed()

    def note(self) -> None:
        """One has ended; called from any thread."""
        self._last = self._elapsed()

    def still(self) -> float:
        """Seconds since then, or since the start."""
        return self._elapsed() - self._last


class Liveness:
    """Looks at everything. works: whether this process runs workflows; worker: its name, of which there is one."""

    def __init__(
        self,
        checks: Checks,
        outage: SlackOutage,
        *,
        waiting: Waiting,
        views: Views,
        clock: Clock,
        movement: Movement,
        worker: str,
        works: bool,
    ) -> None:
        self._checks, self._outage = checks, outage
        self._waiting, self._views, self._clock = waiting, views, clock
        self._movement, self._worker, self._works = movement, worker, works

    async def trouble(self) -> str:
        """Why not all is live, in words; empty when it is. Never raises."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                failed = [f"{check.name}: {check.detail}" for check in await self._checks() if check.state == "failed"]
                return "; ".join(failed) or await apart(self._below)
        except TimeoutError:
            return f"the checks gave no answer in {LOOK_SECONDS:g} s"
        except LeadbotError as error:
            return str(error)

    def _below(self) -> str:
        """What no check looks at: that the database can be written, Slack's Web API, that messages move on."""
        self._views.lease(f"heartbeat:{self._worker}"[:LONGEST_LEASE], self._worker, LEASE_SECONDS)
        slack = self._outage()
        if slack is not None:
            return f"slack: {slack.why}"
        oldest = self._waiting.oldest_in_progress() if self._works else None
        return "" if oldest is None else self._standstill(oldest)

    def _standstill(self, oldest: datetime) -> str:
        age, still = (self._clock.now() - oldest).total_seconds(), self._movement.still()
        if min(age, still) < STUCK_SECONDS:
            return ""
        return f"messages do not move on: the oldest waits for {age / 60:.0f} min, none has ended in {still / 60:.0f}"
