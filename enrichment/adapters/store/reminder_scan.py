"""Which leads are to be reminded of and have no timer for it: looked for again and again, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from enrichment.adapters.store.acts import ASSIGNED, AWOKEN, CLAIMED, RELEASED, REOPENED, UNSNOOZED
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import events, leads, reminders
from enrichment.lead import HOT_FROM, LeadStatus
from enrichment.models import Model

UNCLAIMED, OUTCOME = "unclaimed", "outcome"
_BACK = (AWOKEN, UNSNOOZED)


class Unplanned(Model):
    """A lead that waits without a timer. step: the last that was planned for it, 0 for none; business: whose it is."""

    lead_id: int
    step: int
    business: str


class ReminderScan:
    """Reading only. A lead that was told of counts anew once it was given back, or taken, since."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unclaimed(self, limit: int) -> list[Unplanned]:
        """Hot leads that nobody has, the most urgent first."""
        waits = (leads.c.status == LeadStatus.OPEN, leads.c.urgency >= HOT_FROM)
        return self._without(UNCLAIMED, (RELEASED, REOPENED, *_BACK), waits, limit)

    def without_outcome(self, limit: int) -> list[Unplanned]:
        """Leads that somebody has, the most urgent first."""
        return self._without(OUTCOME, (CLAIMED, ASSIGNED, *_BACK), (leads.c.status == LeadStatus.CLAIMED,), limit)

    def _without(
        self, kind: str, anew: Sequence[str], waits: Sequence[sa.ColumnElement[bool]], limit: int
    ) -> list[Unplanned]:
        mine = sa.and_(reminders.c.lead_id == leads.c.id, reminders.c.kind == kind)
        since = sa.exists().where(
            events.c.lead_id == reminders.c.lead_id, events.c.action.in_(anew), events.c.at > reminders.c.told_at
        )
        counts = sa.exists().where(mine, sa.or_(reminders.c.told_at.is_(None), sa.not_(since)))
        last = sa.select(sa.func.coalesce(sa.func.max(reminders.c.step), 0)).where(mine).scalar_subquery()
        shown = (leads.c.revision > 0, sa.not_(leads.c.historical), sa.not_(leads.c.sample))
        query = sa.select(leads.c.id.label("lead_id"), last.label("step"), leads.c.business).where(
            *waits, *shown, leads.c.snoozed_until.is_(None), sa.not_(counts)
        )
        query = query.order_by(leads.c.urgency.desc(), leads.c.id).limit(limit)
        with self._database.begin() as connection:
            return [Unplanned.model_validate(dict(row)) for row in connection.execute(query).mappings()]
