"""Keeps the CRM up with the leads."""

from __future__ import annotations

from collections.abc import Sequence

from enrichment.adapters.apart import apart
from enrichment.ports import Crm
from enrichment.store_ports import LeadReader


class CrmTarget:
    """Implements enrichment.store_ports.Target; samples and leads that are gone are left out."""

    name = "crm"
    batch = 10
    after = None

    def __init__(self, leads: LeadReader, crm: Crm) -> None:
        self._leads = leads
        self._crm = crm

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Write the leads as they are now. Raises what the CRM raises."""
        await apart(self._write, [lead_id for lead_id, _ in leads])

    def _write(self, lead_ids: Sequence[int]) -> None:
        found = [self._leads.get(lead_id) for lead_id in lead_ids]
        wanted = [lead for lead in found if lead is not None and not lead.sample]
        if wanted:
            self._crm.upsert(wanted)
