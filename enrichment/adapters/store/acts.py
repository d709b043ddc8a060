"""What staff's actions have in common: their names in the events, what they come to, the hold on the lead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store import lead_statements as statements
from enrichment.adapters.store.columns import storable
from enrichment.adapters.store.events import latest
from enrichment.adapters.store.schema import leads
from enrichment.errors import GiveUp
from enrichment.lead import LeadStatus
from enrichment.models import Model

CLAIMED, RELEASED, CLOSED, REOPENED, ASSIGNED = "claimed", "released", "closed", "reopened", "assigned"
# What decides whose the lead is: somebody whose button came too late is told of the last of these.
ACTIONS = (CLAIMED, RELEASED, CLOSED, REOPENED, ASSIGNED)
SNOOZED, UNSNOOZED, AWOKEN = "snoozed", "unsnoozed", "awoken"
NAPS = (SNOOZED, UNSNOOZED, AWOKEN)
EDITED, JUDGED = "edited", "judged"
# All that is told of in the lead's thread.
TOLD = (*ACTIONS, *NAPS, EDITED, JUDGED)
LEADBOT, CUSTOMER = "leadbot", "customer"
LONGEST_ACTOR = 64
LONGEST_NAME = 200
# Of the lead's row: what actions look at, without the customer's words.
_STATE = [
    leads.c[name]
    for name in (
        "status",
        "owner",
        "owner_name",
        "snoozed_until",
        "contact_id",
        "contact",
        "triage",
        "edits",
        "business",
    )
]


class Change(Model):
    """What an action came to. done: whether it changed the lead; the rest is how the lead stands after it.

    by, by_name, action, at: who did what to it last, and when; empty when nobody has done anything yet.
    """

    done: bool
    status: LeadStatus
    owner: str = ""
    owner_name: str = ""
    by: str = ""
    by_name: str = ""
    action: str = ""
    at: datetime | None = None


def hold(connection: sa.Connection, lead_id: int) -> Any:
    """The lead's row, held to the end of the transaction, so that of two actions at once one is first.

    Raises GiveUp when there is no such lead, or none that is shown.
    """
    return _row(connection, lead_id, of=_STATE, held=True)


def hold_pair(connection: sa.Connection, one: int, other: int) -> None:
    """Hold both leads, in the order in which everybody takes them. Raises GiveUp when either is not there."""
    connection.execute(statements.HOLD, {"ids": sorted((one, other))}).all()
    for lead_id in (one, other):
        _row(connection, lead_id, of=(leads.c.id,), held=False)


def standing(
    connection: sa.Connection, lead_id: int, *, done: bool = False, actions: Sequence[str] = ACTIONS
) -> Change:
    """How the lead stands, and who did the last of these actions."""
    now = _row(connection, lead_id, of=(leads.c.status, leads.c.owner, leads.c.owner_name), held=False)
    last = latest(connection, lead_id, actions)
    did = {} if last is None else {"by": last.actor, "by_name": last.said("name"), "action": last.action, "at": last.at}
    return Change(done=done, status=now.status, owner=now.owner, owner_name=now.owner_name, **did)


def _row(connection: sa.Connection, lead_id: int, *, of: Sequence[Any], held: bool) -> Any:
    shown = sa.select(*of).where(leads.c.id == lead_id, leads.c.revision > 0)
    row = connection.execute(shown.with_for_update(key_share=True) if held else shown).first()
    if row is None:
        raise GiveUp(f"there is no lead L-{lead_id}")
    return row


def clean(text: str, limit: int) -> str:
    """What fits the column and any database takes."""
    return str(storable(text[:limit]))


def actor_of(actor: str) -> str:
    """Slack's id of who acts, as the columns take it."""
    return clean(actor, LONGEST_ACTOR)


def name_of(name: str) -> str:
    """What people call somebody, on one line."""
    return clean(" ".join(name.split()), LONGEST_NAME)
