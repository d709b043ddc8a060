"""The views beside Slack that follow the leads: the vector index, the language model's analysis, the CRM."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from bot import circuits, crm_check, model_check
from bot.bootstrap import Core
from bot.settings import Settings
from enrichment.adapters.crm_target import CrmTarget
from enrichment.adapters.index_target import IndexTarget
from enrichment.analysis import AnalysisTarget
from enrichment.reconcile import Reconciler
from enrichment.store_ports import Target


def views_in_use(settings: Settings) -> tuple[str, ...]:
    """The views that somebody keeps up with these settings; that another is behind is no news."""
    analysis = (AnalysisTarget.name,) if model_check.is_wanted(settings) else ()
    crm = (CrmTarget.name,) if settings.crm_on else ()
    return ("card", "thread", "batch", "index", *analysis, *crm)


def services_in_use(settings: Settings) -> tuple[str, ...]:
    """The neighbours that these settings name, which may be away."""
    ollama = (circuits.OLLAMA,) if model_check.is_wanted(settings) else ()
    airtable = (circuits.AIRTABLE,) if settings.crm_on else ()
    chroma = (circuits.CHROMA,) if settings.chroma_url else ()
    return (circuits.SLACK, *ollama, *airtable, *chroma)


@contextlib.asynccontextmanager
async def followers(core: Core, settings: Settings, done: Callable[[], None]) -> AsyncIterator[list[Reconciler]]:
    """The loops, not yet running; what they hold open is closed at the end.

    done: called when one of them may have changed leads, so that cards are drawn again. Raises NeedsPerson for a
    setting that makes no sense.
    """
    store = core.store
    targets: list[Target] = [IndexTarget(core.leads, core.index, core.embedder)]
    async with contextlib.AsyncExitStack() as stack:
        if model_check.is_wanted(settings):
            model = model_check.open_model(settings, breaker=core.breakers[circuits.OLLAMA])
            stack.push_async_callback(model.close)
            targets.append(AnalysisTarget(store.book, core.leads, model, store.clock, core.about))
        crm = crm_check.open_crm(settings, store.views, breaker=core.breakers[circuits.AIRTABLE])
        if crm is not None:
            stack.callback(crm.close)
            targets.append(CrmTarget(store.book, crm))
        yield [Reconciler(target, store.views, settings.worker, done) for target in targets]
