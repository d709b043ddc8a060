"""The vector index as a view of the leads."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from enrichment.adapters.index_target import IndexTarget
from enrichment.errors import RetryLater
from enrichment.ports import as_vector
from enrichment.reconcile import Reconciler
from enrichment.stages.neighbours import Neighbours
from tests.enrichment.parts import ExactIndex, Parts, WordVectors


async def catch_up(parts: Parts, index: ExactIndex, model: WordVectors) -> None:
    """Let the reconciler work until nothing is behind."""
    loop = Reconciler(IndexTarget(parts.leads, index, model), parts.views, "one")
    while await loop.step():
        pass


async def test_leads_are_put_in_with_the_vectors_they_have(sqlite_parts: Parts) -> None:
    """Not judged yet or shown, each with its own."""
    first = sqlite_parts.open(vector=(1.0, 0.0))
    second = sqlite_parts.lead(vector=(0.0, 1.0))
    index = ExactIndex()
    await catch_up(sqlite_parts, index, WordVectors())
    assert {lead_id: tuple(vector) for lead_id, vector in index.vectors.items()} == {first: (1, 0), second: (0, 1)}
    assert sqlite_parts.leads.unindexed(9) == []


async def test_an_index_that_is_away_keeps_nothing_back(sqlite_parts: Parts) -> None:
    """What could not be put in is put in when it is back."""
    lead_id = sqlite_parts.open()
    index = ExactIndex()
    index.trouble = RetryLater("away", retry_after=0)
    loop = Reconciler(IndexTarget(sqlite_parts.leads, index, WordVectors()), sqlite_parts.views, "one")
    assert await loop.step() == 1
    assert [lead_id for lead_id, _ in sqlite_parts.leads.unindexed(9)] == [lead_id]
    index.trouble = None
    assert await loop.step() == 1
    assert list(index.vectors) == [lead_id]


async def test_it_rests_between_batches_that_are_not_full(sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first goes in at once, the next after a rest; a full batch is followed at once by what is left."""
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(max(0.0, seconds))
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    target = IndexTarget(sqlite_parts.leads, ExactIndex(), WordVectors(), rest=50.0)
    target.batch = 2
    leads = [(sqlite_parts.open(), 1) for _ in range(2)]
    for some in (leads[:1], leads, leads):
        await target.catch_up(some)
    assert slept == [0.0, pytest.approx(50.0, abs=5.0), 0.0]


async def test_a_lead_that_is_gone_holds_nothing_up(sqlite_parts: Parts) -> None:
    """Erased between the look and the work, it is left out."""
    lead_id = sqlite_parts.open()
    index = ExactIndex()
    target = IndexTarget(sqlite_parts.leads, index, WordVectors())
    await target.catch_up([(lead_id, 1), (999, 1)])
    await target.catch_up([(999, 1)])
    assert list(index.vectors) == [lead_id]


async def test_another_model_makes_every_vector_anew_and_leads_are_alike_again(sqlite_parts: Parts) -> None:
    """After EMBEDDING_MODEL was changed: in the index and in the store, where new leads are compared with them."""
    old = sqlite_parts.open(text="my brakes grind")
    new_model = WordVectors("new-model")
    later = Parts(sqlite_parts.database, sqlite_parts.clock, embedder=new_model.name)
    index = ExactIndex()
    await catch_up(later, index, new_model)
    (vector,) = new_model.embed(["my brakes grind"])
    assert index.vectors[old] == pytest.approx(vector)
    ((found, alike),) = Neighbours(later.leads, index).near(vector)
    assert found.lead_id == old
    assert alike == pytest.approx(1.0)
    assert np.allclose(as_vector(later.leads.candidates([old])[0].vector), vector)
