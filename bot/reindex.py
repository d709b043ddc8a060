"""`leadbot reindex` while no bot runs: the vector index is built anew from the database, with progress."""

from __future__ import annotations

import asyncio
import contextlib

import typer

from bot.bootstrap import open_embedder, open_index, open_store
from bot.settings import Settings
from enrichment.adapters.index_target import IndexTarget
from enrichment.adapters.store.leads import Leads

VIEW = IndexTarget.name


def rebuild(settings: Settings) -> int:
    """Empty the index and put every lead in; how many. An interrupted rebuild is finished by the next start.

    Raises StartupError, RetryLater or NeedsPerson.
    """
    store = open_store(settings)
    embedder = open_embedder(settings)
    with contextlib.closing(open_index(settings, embedder)) as index:
        target = IndexTarget(Leads(store.database, store.clock, embedder.name), index, embedder)
        index.reset()
        total = store.views.start_over(VIEW)
        with typer.progressbar(length=total, label="indexing") as bar:
            while behind := store.views.behind(VIEW, target.batch):
                asyncio.run(target.catch_up(behind))
                store.views.caught_up(VIEW, behind)
                bar.update(len(behind))
        return total
