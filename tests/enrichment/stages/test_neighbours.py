"""What a lead is compared with: its party by SQL, the nearest by the index, and what the index has yet to take."""

from __future__ import annotations

import numpy as np
import pytest

from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.ports import as_vector
from enrichment.stages.neighbours import NEAREST, Neighbours, cosine
from tests.enrichment.parts import ExactIndex, Parts

VECTOR = np.asarray((1.0, 0.0), dtype=np.float32)
ANN = (("email", "ann@example.com"),)


def index_all(parts: Parts, index: ExactIndex) -> None:
    """Put every lead into the index."""
    leads = parts.leads.candidates([lead_id for lead_id, _ in parts.leads.unindexed(99)])
    index.upsert(
        [lead.lead_id for lead in leads], np.asarray([as_vector(lead.vector) for lead in leads], dtype=np.float32)
    )
    parts.views.caught_up("index", [(lead.lead_id, 1) for lead in leads])


def test_party_nearest_and_unindexed_are_found_once_each(sqlite_parts: Parts) -> None:
    """A lead that several ways lead to is compared once, and never with itself."""
    index = ExactIndex()
    party = sqlite_parts.open("ann@example.com", vector=(0.0, 1.0))
    near = sqlite_parts.open("bob@example.com", vector=(0.8, 0.6))
    index_all(sqlite_parts, index)
    fresh = sqlite_parts.open("cleo@example.com", vector=(0.6, 0.8))
    itself = sqlite_parts.open("ann@example.com")
    found = Neighbours(sqlite_parts.leads, index).near(VECTOR, ANN, but=itself)
    assert {lead.lead_id: pytest.approx(alike) for lead, alike in found} == {party: 0.0, near: 0.8, fresh: 0.6}
    assert len(found) == 3


def test_of_many_that_the_index_has_yet_to_take_the_nearest_are_found(sqlite_parts: Parts) -> None:
    """As many as of the index itself, so that a lead costs no more while the index is far behind."""
    far = [sqlite_parts.open(f"far{number}@example.com", vector=(0.0, 1.0)) for number in range(50)]
    near = [sqlite_parts.open(f"near{number}@example.com", vector=(0.9, 0.1)) for number in range(3)]
    found = Neighbours(sqlite_parts.leads, ExactIndex()).near(VECTOR)
    assert len(found) == NEAREST
    assert {lead.lead_id for lead, _ in found} > set(near)
    assert {lead.lead_id for lead, _ in found} - set(near) < set(far)


@pytest.mark.parametrize("trouble", [RetryLater("away"), NeedsPerson("damaged"), GiveUp("rejected")])
def test_without_the_index_the_party_is_found_all_the_same(sqlite_parts: Parts, trouble: LeadbotError) -> None:
    """A lead is shown without its like ones sooner than late, whatever ails the index."""
    index = ExactIndex()
    party = sqlite_parts.open("ann@example.com")
    sqlite_parts.open("bob@example.com")
    index_all(sqlite_parts, index)
    index.trouble = trouble
    neighbours = Neighbours(sqlite_parts.leads, index)
    assert [lead.lead_id for lead, _ in neighbours.near(VECTOR, ANN)] == [party]
    with pytest.raises(type(trouble)):
        neighbours.near(VECTOR, ANN, strict=True)


def test_an_id_that_only_the_index_knows_is_left_out(sqlite_parts: Parts) -> None:
    """The database is the truth."""
    index = ExactIndex()
    index.upsert([77], np.asarray([VECTOR]))
    assert Neighbours(sqlite_parts.leads, index).near(VECTOR) == []


def test_vectors_of_different_models_are_not_alike(sqlite_parts: Parts) -> None:
    """Their numbers mean different things."""
    lead_id = sqlite_parts.open()
    (ours,) = sqlite_parts.leads.candidates([lead_id])
    assert cosine(VECTOR, ours) == pytest.approx(1.0)
    assert cosine(np.ones(3, dtype=np.float32), ours) == 0.0
    assert cosine(VECTOR, ours.model_copy(update={"vector": b""})) == 0.0
    assert cosine(VECTOR, ours.model_copy(update={"vector": np.asarray([1.1, 0.0], dtype="<f4").tobytes()})) == 1.0
