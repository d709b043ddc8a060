"""Raising a lead's revision inside the caller's transaction, so that its views are drawn again after every change."""

from __future__ import annotations

import sqlalchemy as sa

from enrichment.adapters.store.schema import leads, views

# These are rendered from the whole lead, so they follow its revision; the others come from the words alone.
DRAWN = ("card", "thread", "crm")
# In which order the index takes leads does not matter; named one by one, the rows are found by their key.
RANKED = (*DRAWN, "analysis")
# Built once: a flood of repeats raises many.
_RISE = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("of_lead"), leads.c.revision > 0)
    .values(revision=leads.c.revision + 1)
)
_NOW = sa.select(leads.c.revision, leads.c.urgency).where(leads.c.id == sa.bindparam("of_lead"))
_WANT = (
    sa.update(views)
    .where(views.c.lead_id == sa.bindparam("of_lead"), views.c.view.in_(RANKED))
    .values(
        wanted=sa.case((views.c.view.in_(DRAWN), sa.bindparam("now_at")), else_=views.c.wanted),
        urgency=sa.bindparam("now_urgent"),
    )
)


def rise(connection: sa.Connection, lead_id: int) -> None:
    """Raise the revision of a lead that is shown already; one that is not yet will be drawn whole anyway."""
    connection.execute(_RISE, {"of_lead": lead_id})
    want(connection, lead_id)


def want(connection: sa.Connection, lead_id: int) -> None:
    """Ask the views that draw the lead for its present revision, in the order of its present urgency."""
    row = connection.execute(_NOW, {"of_lead": lead_id}).one()
    connection.execute(_WANT, {"of_lead": lead_id, "now_at": row.revision, "now_urgent": row.urgency})


def want_analysis(connection: sa.Connection, lead_id: int) -> None:
    """Ask for the analysis of a lead that has none: it was passed over while the lead was closed."""
    without = sa.select(leads.c.id).where(leads.c.id == lead_id, leads.c.analysis.is_(None))
    mine = sa.update(views).where(views.c.view == "analysis", views.c.lead_id.in_(without))
    connection.execute(mine.values(wanted=views.c.wanted + 1))
