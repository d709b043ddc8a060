"""Finds the stored leads worth comparing with: the same party's by SQL, the nearest in meaning by the index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import structlog

from enrichment.errors import LeadbotError
from enrichment.lead import Candidate
from enrichment.ports import Index, as_vector
from enrichment.store_ports import LeadStore

log = structlog.get_logger(__name__)

Vector = npt.NDArray[np.float32]

OF_PARTY = 50
NEAREST = 20
# Leads that the index has yet to take in are compared one by one; more than these means it has been away for long.
UNINDEXED = 500
# More than there are samples, so that they never take a real lead's place in what is found.
SAMPLES = 20


class Neighbours:
    """Candidates for a match, each with its cosine to a vector."""

    def __init__(self, leads: LeadStore, index: Index) -> None:
        self._leads = leads
        self._index = index

    def near(
        self,
        vector: Vector,
        keys: Sequence[tuple[str, str]] = (),
        name_key: str = "",
        *,
        but: int | None = None,
        strict: bool = False,
        sample: bool | None = None,
    ) -> list[tuple[Candidate, float]]:
        """(lead, cosine) of everything worth a look, without the lead `but`; in no order, each lead once.

        vector: unit length. keys, name_key: who is asking, as in the contact store. When the index cannot be asked, the
        same party's leads are found all the same; with `strict` the index's error is raised instead. sample: only the
        samples, or only the others; None: all.
        """
        known = self._leads.of_party(keys, name_key, OF_PARTY + SAMPLES)
        party = [lead for lead in known if lead.lead_id != but and sample in (None, lead.sample)]
        # In this order: what the index takes in between is found twice, not never.
        alike = dict(self._fresh(vector)) | dict(self._nearest(vector, strict=strict))
        others = alike.keys() - {but, *(lead.lead_id for lead in known)}
        nearest = sorted(others, key=lambda lead_id: -alike[lead_id])
        return [(lead, cosine(vector, lead)) for lead in (*party, *self._of_world(nearest, sample))]

    def _of_world(self, lead_ids: list[int], sample: bool | None) -> list[Candidate]:
        """The first NEAREST of them that are samples, or that are not; None: all."""
        found: list[Candidate] = []
        # Mostly once: what is not wanted is only known when it is read.
        while some := lead_ids[: NEAREST - len(found)]:
            found += (lead for lead in self._leads.candidates(some) if sample in (None, lead.sample))
            lead_ids = lead_ids[len(some) :]
        return found

    def _fresh(self, vector: Vector) -> list[tuple[int, float]]:
        """The nearest of those that the index has yet to take, with their cosines."""
        waiting = [(lead_id, as_vector(stored)) for lead_id, stored in self._leads.unindexed(UNINDEXED + SAMPLES)]
        comparable = [(lead_id, stored) for lead_id, stored in waiting if len(stored) == len(vector)]
        if not comparable:
            return []
        alike = np.stack([stored for _, stored in comparable]) @ vector
        return [(comparable[row][0], float(alike[row])) for row in np.argsort(-alike)[: NEAREST + SAMPLES]]

    def _nearest(self, vector: Vector, *, strict: bool) -> list[tuple[int, float]]:
        try:
            return self._index.query(vector, NEAREST + SAMPLES)
        except LeadbotError as error:
            if strict:
                raise
            # A lead is shown without its like ones sooner than late.
            log.warning("the vector index cannot be asked", error=str(error))
            return []


def cosine(vector: Vector, lead: Candidate) -> float:
    """How alike the requests are, -1.0..1.0; 0.0 for a lead whose vector is of another model."""
    stored = as_vector(lead.vector)
    if len(stored) != len(vector):
        return 0.0
    return max(-1.0, min(1.0, float(vector @ stored)))
