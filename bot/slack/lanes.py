"""A lane for each channel: its leads alone, under a lease of its own, so that no channel waits for another's flood."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.slack.batches import BatchCards, BatchTarget
from bot.slack.routing import Routing
from bot.slack.targets import CardTarget, ThreadTarget
from bot.staff_settings import Effective
from enrichment.adapters.store.batch_views import BatchViews
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.routed import goes_to
from enrichment.adapters.store.views import Views
from enrichment.errors import LeadbotError
from enrichment.ports import Clock
from enrichment.reconcile import Reconciler

log = structlog.get_logger(__name__)

# A channel that is not there may have been made meanwhile.
LOOK_SECONDS = 60.0
MISSING = "There is no such channel that Leadbot can see"


class Lane:
    """The views of one channel's leads; implements enrichment.store_ports.ViewStore.

    channel: empty for the lead channel, whose lane takes every lead as long as there are no rules. sort: decides where
    new leads go.
    """

    def __init__(self, views: Views, routing: Routing, team: str, channel: str, sort: Callable[[], None]) -> None:
        self._views = views
        self._routing = routing
        self._team = team
        self._channel = channel
        self._sort = sort

    def behind(self, view: str, limit: int, after: str | None = None) -> list[tuple[int, int]]:
        """What the view has to catch up with in this channel."""
        if not self._routing.active:
            return self._views.behind(view, limit, after) if not self._channel else []
        self._sort()
        return self._views.behind(view, limit, after, goes_to(self._team, self._channel))

    def caught_up(self, view: str, leads: Sequence[tuple[int, int]]) -> None:
        """The view has these leads now."""
        self._views.caught_up(view, leads)

    def failed(self, view: str, lead_id: int, error: str, delay: float) -> None:
        """The view could not show this lead."""
        self._views.failed(view, lead_id, error, delay)

    def failures(self, view: str, lead_id: int) -> int:
        """How often in a row it could not."""
        return self._views.failures(view, lead_id)

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or keep the right to work in this lane."""
        return self._views.lease(f"{name}:{self._channel}" if self._channel else name, holder, seconds)


class Lanes:
    """The loops of all channels."""

    def __init__(
        self,
        routing: Routing,
        card: CardTarget,
        thread: ThreadTarget,
        rows: BatchCards,
        *,
        database: Database,
        clock: Clock,
        views: Views,
        team: str,
        cards: str,
        holder: str,
    ) -> None:
        """cards: the lead channel; holder: this worker."""
        self._routing = routing
        self._card = card
        self._thread = thread
        self._rows = rows
        self._database = database
        self._clock = clock
        self._views = views
        self._team = team
        self._cards = cards
        self._holder = holder
        self._known: set[str] = set()
        self._changed = asyncio.Event()
        self._cards_lane: list[Reconciler] = []
        routing.follow(self._wake_lead_channel)

    def opened(self) -> list[Reconciler]:
        """The loops of the channels that have none yet: the lead channel's, then those of others."""
        new = [channel for channel in ("", *sorted(self._routing.channels())) if channel not in self._known]
        self._known.update(new)
        return [loop for channel in new for loop in self._lane(channel)]

    def _lane(self, channel: str) -> list[Reconciler]:
        lane = Lane(self._views, self._routing, self._team, channel, self._routing.sort)
        edited = BatchViews(self._database, self._clock, self._team, self._views, channel)
        threads = Reconciler(self._thread, lane, self._holder)
        edits = Reconciler(BatchTarget(self._rows, self._views, channel or self._cards), edited, self._holder)

        def shown() -> None:
            threads.wake()
            edits.wake()
            if channel:  # what fell back to the lead channel was drawn here, and its thread is due there
                self._wake_lead_channel()

        loops = [Reconciler(self._card, lane, self._holder, done=shown), threads, edits]
        if not channel:
            self._cards_lane = loops
        return loops

    def _wake_lead_channel(self) -> None:
        for loop in self._cards_lane:
            loop.wake()

    def changed(self, _now: Effective) -> None:
        """Staff may have changed the rules."""
        self._changed.set()

    async def keep(self, begin: Callable[[Sequence[Reconciler]], None]) -> None:
        """Open a lane for every channel that a rule begins to name; tell of those that are not there. Never ends."""
        while True:
            try:
                missing = await self._routing.refresh()
                begin(self.opened())
                for name in missing:
                    await self._routing.tell(name, MISSING)
            except LeadbotError as error:
                log.warning("the channels of the rules cannot be looked at now", why=str(error))
            await self._waited()

    async def _waited(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
