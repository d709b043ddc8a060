"""The samples of a bot that is put together by hand: real store, index and poster, at work when the test says so."""

from __future__ import annotations

from collections.abc import Callable

from bot.bootstrap import Core
from bot.samples.samples import Samples
from bot.slack.poster import Poster
from enrichment.adapters.index_target import IndexTarget
from enrichment.adapters.store.samples import SampleStore
from enrichment.errors import RetryLater
from enrichment.lead import Lead
from enrichment.reconcile import Reconciler
from enrichment.store_ports import Target
from tests.bot.slack.drawing import drawing

RECIPIENT = "leads@localhost"


def nobody() -> Poster:
    """Slack is away."""
    raise RetryLater("Slack has not been reached yet")


def store_of(core: Core) -> SampleStore:
    """The samples' rows."""
    return SampleStore(core.store.database, core.store.clock)


def samples_of(core: Core, poster: Callable[[], Poster] = nobody) -> Samples:
    """The samples of this core."""
    store = core.store
    return Samples(
        store_of(core), store.messages, core.index, store.clock, recipient=RECIPIENT, poster=poster, wake=lambda: None
    )


def judge_all(core: Core) -> list[Lead]:
    """Bring every message that waits to its end, in their order; all leads, oldest first."""
    waiting: list[int] = []
    core.store.messages.dispatch(100, lambda _connection, row, _attempt: waiting.append(row))
    for row in waiting:
        core.pipeline.run(row)
    return sorted(core.store.book.listed(every=True), key=lambda lead: lead.id)


def targets_of(core: Core, poster: Poster) -> list[Target]:
    """The Slack views and the index."""
    store = core.store
    drawn = drawing(poster, store)
    return [drawn.card, drawn.thread, IndexTarget(core.leads, core.index, core.embedder)]


async def draw_all(core: Core, poster: Poster) -> None:
    """Bring the views up to date."""
    for target in targets_of(core, poster):
        loop = Reconciler(target, core.store.views, "test")
        while await loop.step():
            pass
