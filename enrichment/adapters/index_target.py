"""Keeps the vector index up with the leads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from enrichment.lead import Candidate
from enrichment.ports import Embedder, Index, Vectors, as_vector
from enrichment.store_ports import LeadStore

# Chroma stops every other thread of the process for some 5 ms whenever it is given anything, and for little longer when
# that is a hundred leads. Nothing is missed meanwhile: what it has yet to take is compared with as well.
REST_SECONDS = 1.0


class IndexTarget:
    """Implements enrichment.store_ports.Target; a vector of another model is made anew from the lead's words.

    rest: seconds from one batch to the next, unless it is full.
    """

    name = "index"
    batch = 200
    after = None

    def __init__(self, leads: LeadStore, index: Index, embedder: Embedder, rest: float = REST_SECONDS) -> None:
        self._leads = leads
        self._index = index
        self._embedder = embedder
        self._rest = rest
        self._rested = 0.0

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Put the leads' vectors in. Raises RetryLater when the index is not reachable."""
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._rested - clock())
        await asyncio.to_thread(self._put, [lead_id for lead_id, _ in leads])
        self._rested = clock() + (self._rest if len(leads) < self.batch else 0.0)

    def _put(self, lead_ids: Sequence[int]) -> None:
        found = {lead_id: as_vector(stored) for lead_id, stored in self._leads.vectors(lead_ids).items()}
        found |= self._made_anew(self._leads.candidates([lead_id for lead_id, row in found.items() if not len(row)]))
        # What was erased while it was made anew has none, and needs none.
        rows = {lead_id: row for lead_id, row in found.items() if len(row)}
        if rows:
            self._index.upsert(list(rows), np.asarray(list(rows.values()), dtype=np.float32))

    def _made_anew(self, missing: Sequence[Candidate]) -> dict[int, Vectors]:
        """Vectors by lead; kept in the store, where new leads are compared with them."""
        if not missing:
            return {}
        made = dict(zip((m.lead_id for m in missing), self._embedder.embed([m.text for m in missing]), strict=True))
        self._leads.keep_vectors({lead_id: row.astype("<f4").tobytes() for lead_id, row in made.items()})
        return made
