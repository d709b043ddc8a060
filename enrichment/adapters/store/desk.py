"""What staff do with a lead. Each action is one transaction: the lead, an event with its actor, the views raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.book import OPEN_STATES
from enrichment.adapters.store.columns import storable
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import latest, record
from enrichment.adapters.store.revise import rise, want_analysis
from enrichment.adapters.store.schema import leads
from enrichment.errors import GiveUp
from enrichment.models import LeadStatus, Model
from enrichment.ports import Clock

CLAIMED, RELEASED, CLOSED, REOPENED = "claimed", "released", "closed", "reopened"
ACTIONS = (CLAIMED, RELEASED, CLOSED, REOPENED)
OUTCOMES = (LeadStatus.WON, LeadStatus.LOST, LeadStatus.NOT_A_LEAD)
LONGEST_ACTOR = 64
LONGEST_NAME = 200
LONGEST_NOTE = 3000


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


@dataclass(frozen=True)
class _Step:
    """One kind of change: its event's action, the states it is for, the columns it sets, what its event says more."""

    action: str
    when: tuple[LeadStatus, ...]
    values: Mapping[str, Any]
    detail: Mapping[str, Any] = field(default_factory=dict)


class Desk:
    """Staff's actions. `actor` is Slack's id of who acts, `name` what people call them.

    Every action is safe to repeat: one that finds the lead in another state changes nothing and says how it stands.
    All raise GiveUp when there is no such lead, RetryLater when the database is away.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, lead_id: int, actor: str, name: str) -> Change:
        """Give an open lead to who asked first."""
        mine = {"status": LeadStatus.CLAIMED, "owner": _clean(actor, LONGEST_ACTOR), "owner_name": _name(name)}
        return self._take(lead_id, actor, name, _Step(CLAIMED, (LeadStatus.OPEN,), mine))

    def release(self, lead_id: int, actor: str, name: str) -> Change:
        """Give a claimed lead back, whoever's it is: its owner may be away."""
        free = {"status": LeadStatus.OPEN, "owner": "", "owner_name": ""}
        return self._take(lead_id, actor, name, _Step(RELEASED, (LeadStatus.CLAIMED,), free))

    def close(self, lead_id: int, actor: str, name: str, status: LeadStatus, note: str = "") -> Change:
        """End an open or claimed lead. Its owner stays; one that nobody had claimed is the closer's.

        Raises GiveUp when `status` is no way to end a lead.
        """
        if status not in OUTCOMES:
            raise GiveUp(f"a lead cannot be closed as {status.value}")
        unclaimed = leads.c.owner == ""
        end = {
            "status": status,
            "note": _clean(note.strip(), LONGEST_NOTE),
            "owner": sa.case((unclaimed, _clean(actor, LONGEST_ACTOR)), else_=leads.c.owner),
            "owner_name": sa.case((unclaimed, _name(name)), else_=leads.c.owner_name),
        }
        detail = {"status": status.value, "note": end["note"]}
        return self._take(lead_id, actor, name, _Step(CLOSED, OPEN_STATES, end, detail))

    def reopen(self, lead_id: int, actor: str, name: str) -> Change:
        """Put a closed lead back among the open ones, nobody's; what it was closed as stays in its events."""
        anew = {"status": LeadStatus.OPEN, "owner": "", "owner_name": "", "note": ""}
        return self._take(lead_id, actor, name, _Step(REOPENED, OUTCOMES, anew))

    def standing(self, lead_id: int) -> Change:
        """How the lead stands; changes nothing."""
        with self._database.begin() as connection:
            return _standing(connection, lead_id, done=False)

    def _take(self, lead_id: int, actor: str, name: str, step: _Step) -> Change:
        """Change the lead if it is in one of the step's states."""
        with self._database.begin(write=True) as connection:
            before = _row(connection, lead_id, hold=True)
            done = before.status in step.when
            if done:
                connection.execute(sa.update(leads).where(leads.c.id == lead_id).values(step.values))
                rise(connection, lead_id)
                if step.action == REOPENED:
                    want_analysis(connection, lead_id)
                said = {"name": _name(name), "was_owner_name": before.owner_name, **step.detail}
                who = _clean(actor, LONGEST_ACTOR)
                record(connection, self._clock.now(), who, step.action, lead_id=lead_id, detail=said)
            return _standing(connection, lead_id, done=done)


def _row(connection: sa.Connection, lead_id: int, *, hold: bool) -> Any:
    """The lead's state. hold: to the end of the transaction, so that of two actions at once one is first."""
    columns = sa.select(leads.c.status, leads.c.owner, leads.c.owner_name)
    shown = columns.where(leads.c.id == lead_id, leads.c.revision > 0)
    row = connection.execute(shown.with_for_update(key_share=True) if hold else shown).first()
    if row is None:
        raise GiveUp(f"there is no lead L-{lead_id}")
    return row


def _standing(connection: sa.Connection, lead_id: int, *, done: bool) -> Change:
    now = _row(connection, lead_id, hold=False)
    last = latest(connection, lead_id, ACTIONS)
    did = {} if last is None else {"by": last.actor, "by_name": last.said("name"), "action": last.action, "at": last.at}
    return Change(done=done, status=now.status, owner=now.owner, owner_name=now.owner_name, **did)


def _clean(text: str, limit: int) -> str:
    """What fits the column and any database takes."""
    return str(storable(text[:limit]))


def _name(name: str) -> str:
    return _clean(" ".join(name.split()), LONGEST_NAME)
