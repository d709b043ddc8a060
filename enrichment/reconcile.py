"""Catches a view up with the leads: cards, threads, the vector index. The database is the truth; a view follows."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.store_ports import Target, ViewStore

log = structlog.get_logger(__name__)

LEASE_SECONDS = 30.0
GIVE_UP_SECONDS = 3600.0
NEEDS_PERSON_SECONDS = 60.0
LONGEST_PAUSE = 30.0
LONGEST_BACKOFF = 300.0
_DOUBLINGS = 10  # more than the longest backoff needs; two to the power of a week's failures is no float


class Reconciler:
    """The loop: what is behind, most urgent first, in the target's batches, under a lease.

    holder: this worker's name, so that two workers never draw one view at once.
    done: called after each batch that was caught up, for whoever waits for this view. random: 0.0-1.0.
    """

    def __init__(
        self,
        target: Target,
        views: ViewStore,
        holder: str,
        done: Callable[[], None] | None = None,
        random: Callable[[], float] = random.random,
    ) -> None:
        self._random = random
        self._target = target
        self._views = views
        self._holder = holder
        self._done = done
        self._woken = asyncio.Event()
        self._sure_until = 0.0
        self._told = ""

    def wake(self) -> None:
        """Look again soon; cheap, and safe to call as often as one likes."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                while await self.step():
                    pass
            except LeadbotError as error:  # a locked or full database, say: the next tick tries again
                log.warning("view waits", view=self._target.name, why=str(error))
            except Exception:  # nothing may end the loop
                log.exception("view stopped", view=self._target.name)

    async def step(self) -> int:
        """Catch up with one batch; how many leads were tried. Pauses here when the view's service asks for it."""
        name = self._target.name
        behind = await asyncio.to_thread(self._views.behind, name, self._target.batch, self._target.after)
        if not behind or not await self._leased():
            return 0
        async with self._lease_kept():
            pause = await self._catch_up(behind)
        if self._done:
            self._done()
        await asyncio.sleep(min(pause, LONGEST_PAUSE))
        return len(behind)

    async def _leased(self) -> bool:
        """Whether the lease is ours; one that was taken a moment ago need not be written for every batch."""
        now = asyncio.get_running_loop().time()
        if now >= self._sure_until:
            if not await asyncio.to_thread(self._views.lease, self._target.name, self._holder, LEASE_SECONDS):
                return False
            self._sure_until = now + LEASE_SECONDS / 3
        return True

    @contextlib.asynccontextmanager
    async def _lease_kept(self) -> AsyncIterator[None]:
        """Renew the lease while a batch takes long: a channel's rate, a slow service."""
        keeper = asyncio.create_task(self._keep_lease())
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with contextlib.suppress(LeadbotError):
                await asyncio.to_thread(self._views.lease, self._target.name, self._holder, LEASE_SECONDS)

    async def _catch_up(self, behind: Sequence[tuple[int, int]]) -> float:
        """The seconds to pause afterwards. One bad lead does not hold up the others of its batch."""
        pause = await self._attempt(behind)
        if not pause or len(behind) == 1:
            return pause
        for lead in behind:
            if pause := await self._attempt([lead]):
                break  # not the lead but the service is in trouble: the others would only wear it out
        return pause

    async def _attempt(self, leads: Sequence[tuple[int, int]]) -> float:
        """0 when the leads are up to date now, else the seconds to leave the service alone."""
        name = self._target.name
        try:
            await self._target.catch_up(leads)
        except Exception as error:  # noqa: BLE001 - a view may fail in any way; the lead is kept and tried again
            if len(leads) > 1:
                return 1.0
            return await self._note(leads[0][0], error)
        await asyncio.to_thread(self._views.caught_up, name, leads)
        self._told = ""
        return 0.0

    async def _note(self, lead_id: int, error: Exception) -> float:
        """Write down why a lead is not shown; the seconds to pause the whole view."""
        name = self._target.name
        failures = await asyncio.to_thread(self._views.failures, name, lead_id)
        again, pause = _patience(error, failures, self._random())
        # A service that is away for a week is news once, not every half minute.
        tell = log.debug if str(error) == self._told else log.warning
        tell("view is behind", view=name, lead=lead_id, error=str(error)[:300], kind=type(error).__name__)
        self._told = str(error)
        await asyncio.to_thread(self._views.failed, name, lead_id, str(error), again)
        return pause


def _patience(error: Exception, failures: int, random: float) -> tuple[float, float]:
    """(seconds until this lead is tried again, seconds until the view goes on with the others).

    random: 0.0-1.0. Waits of our own choice are spread over their second half, so that what failed at one moment does
    not come back at one; what the service asked for is the least.
    """
    spread = 0.5 + random / 2
    backoff = min(2.0 ** min(failures, _DOUBLINGS), LONGEST_BACKOFF) * spread
    if isinstance(error, RetryLater):
        # The service's trouble, not the lead's: once it is over, none may wait much longer than the pause.
        wait = error.retry_after if error.retry_after is not None else min(backoff, LONGEST_PAUSE)
        return wait, wait
    if isinstance(error, NeedsPerson):
        return NEEDS_PERSON_SECONDS * spread, NEEDS_PERSON_SECONDS * spread
    if isinstance(error, GiveUp):
        return GIVE_UP_SECONDS, 0.0  # a person has time to mend it; nobody waits beside it
    return backoff, 0.0
