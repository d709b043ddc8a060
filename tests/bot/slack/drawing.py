"""The Slack views on a store, as the bot puts them together."""

from __future__ import annotations

from dataclasses import dataclass

from bot.bootstrap import Store
from bot.slack.batches import BatchCards, BatchTarget
from bot.slack.poster import Poster
from bot.slack.targets import CardTarget, ThreadTarget
from enrichment.adapters.store.batch_views import BatchViews
from enrichment.adapters.store.batches import Batches
from enrichment.reconcile import Reconciler
from tests.enrichment.parts import Parts


@dataclass(frozen=True)
class Drawing:
    """What draws; `loops` in the order in which it is drawn."""

    rows: BatchCards
    card: CardTarget
    thread: ThreadTarget
    loops: tuple[Reconciler, Reconciler, Reconciler]

    async def catch_up(self) -> None:
        """Cards, then threads, then batch cards, until nothing is left to do."""
        for loop in self.loops:
            while await loop.step():
                pass


def drawing(poster: Poster, store: Store | Parts, worker: str = "test") -> Drawing:
    """The views of one worker, in the poster's channel."""
    batches = Batches(store.database, store.clock, poster.team)
    rows = BatchCards(poster, store.book, store.messages, batches, store.views)
    card = CardTarget(poster, store.book, rows)
    thread = ThreadTarget(poster, store.book, store.messages, card, links=rows.links, events=store.history)
    edits = BatchViews(store.database, store.clock, poster.team, store.views)
    loops = (
        Reconciler(card, store.views, worker),
        Reconciler(thread, store.views, worker),
        Reconciler(BatchTarget(rows, store.views, poster.channel), edits, worker),
    )
    return Drawing(rows, card, thread, loops)
