"""Raising a lead's revision inside the caller's transaction, so that its views are drawn again after every change.

A historical lead, from before the bot's time, is drawn in the CRM alone, until somebody writes to it: that wakes it.
"""

from __future__ import annotations

import sqlalchemy as sa

from enrichment.adapters.store.schema import leads, messages, views

# These are rendered from the whole lead, so they follow its revision; the others come from the words alone.
DRAWN = ("card", "thread", "crm")
POSTED = ("card", "thread")
# In which order the index takes leads does not matter; named one by one, the rows are found by their key.
RANKED = (*DRAWN, "analysis")
# Built once: a flood of repeats raises many.
_RISE = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("of_lead"), leads.c.revision > 0)
    .values(revision=leads.c.revision + 1)
)
_NOW = sa.select(leads.c.revision, leads.c.urgency, leads.c.historical).where(leads.c.id == sa.bindparam("of_lead"))
_WANT = (
    sa.update(views)
    .where(views.c.lead_id == sa.bindparam("of_lead"), views.c.view.in_(RANKED))
    .values(
        wanted=sa.case(
            (views.c.view.in_(sa.bindparam("drawn", expanding=True)), sa.bindparam("now_at")), else_=views.c.wanted
        ),
        urgency=sa.bindparam("now_urgent"),
    )
)
_HUSH = (
    sa.update(views)
    .where(views.c.lead_id == sa.bindparam("of_lead"), views.c.view.in_((*POSTED, "analysis")))
    .values(shown=views.c.wanted)
)
_WAKE = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("of_lead"), leads.c.historical)
    .values(historical=False)
    .returning(leads.c.revision)
)
_OF_MESSAGE = sa.select(leads.c.id).where(leads.c.message_id == sa.bindparam("of_message")).with_for_update()
_LIVE = sa.update(messages).where(messages.c.id == sa.bindparam("of_message")).values(historical=False, noticed=False)


def rise(connection: sa.Connection, lead_id: int, *, news: bool = False) -> None:
    """Raise the revision of a lead that is shown already; one that is not yet will be drawn whole anyway.

    news: something that wakes a historical lead.
    """
    connection.execute(_RISE, {"of_lead": lead_id})
    if want(connection, lead_id) and news:
        wake(connection, lead_id)


def want(connection: sa.Connection, lead_id: int) -> bool:
    """Ask the views that draw the lead for its present revision, in the order of its present urgency.

    Returns whether it is a historical lead.
    """
    row = connection.execute(_NOW, {"of_lead": lead_id}).one()
    drawn = [view for view in DRAWN if not (row.historical and view in POSTED)]
    wanted = {"of_lead": lead_id, "now_at": row.revision, "now_urgent": row.urgency, "drawn": drawn}
    connection.execute(_WANT, wanted)
    return bool(row.historical)


def hush(connection: sa.Connection, lead_id: int) -> None:
    """A historical lead is shown from now on, and nobody is told: no card, no thread, no analysis is asked for it."""
    connection.execute(_HUSH, {"of_lead": lead_id})


def wake(connection: sa.Connection, lead_id: int) -> None:
    """A historical lead is news after all: it is drawn and analysed like any other."""
    revision = connection.execute(_WAKE, {"of_lead": lead_id}).scalar()
    if revision:  # one that is not judged yet will be shown as the others are
        unseen = sa.update(views).where(views.c.lead_id == lead_id, views.c.view.in_(POSTED))
        connection.execute(unseen.values(shown=0))
        want(connection, lead_id)
        want_analysis(connection, lead_id)


def wake_message(connection: sa.Connection, message_id: int) -> None:
    """A message that was imported as a historical one has come as news too: so is the lead that it became."""
    # The lead before its message, as everywhere; one that is being opened just now is there afterwards.
    before = connection.execute(_OF_MESSAGE, {"of_message": message_id}).scalar()
    connection.execute(_LIVE, {"of_message": message_id})
    lead_id = before or connection.execute(_OF_MESSAGE, {"of_message": message_id}).scalar()
    if lead_id is not None:
        wake(connection, lead_id)


def want_analysis(connection: sa.Connection, lead_id: int) -> None:
    """Ask for the analysis of a lead that has none: it was passed over while the lead was closed."""
    without = sa.select(leads.c.id).where(leads.c.id == lead_id, leads.c.analysis.is_(None))
    mine = sa.update(views).where(views.c.view == "analysis", views.c.lead_id.in_(without))
    connection.execute(mine.values(wanted=views.c.wanted + 1))
