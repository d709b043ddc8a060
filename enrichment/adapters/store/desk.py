"""What staff do with a lead. Each action is one transaction: the lead, an event with its actor, the views raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.acts import (
    ACTIONS,
    ASSIGNED,
    CLAIMED,
    CLOSED,
    LEADBOT,
    NAPS,
    RELEASED,
    REOPENED,
    SNOOZED,
    UNSNOOZED,
    Change,
    actor_of,
    clean,
    hold,
    name_of,
    standing,
)
from enrichment.adapters.store.book import OPEN_STATES
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record
from enrichment.adapters.store.reminder_scan import OUTCOME
from enrichment.adapters.store.reminders import call_off
from enrichment.adapters.store.revise import rise, want_analysis
from enrichment.adapters.store.schema import leads
from enrichment.adapters.store.snoozes import bring_back, end_when_due, put_off
from enrichment.errors import GiveUp
from enrichment.lead import LeadStatus
from enrichment.ports import Clock

__all__ = ["ACTIONS", "ASSIGNED", "CLAIMED", "CLOSED", "OUTCOMES", "RELEASED", "REOPENED", "Change", "Desk"]

OUTCOMES = (LeadStatus.WON, LeadStatus.LOST, LeadStatus.NOT_A_LEAD)
LONGEST_NOTE = 3000
LONGEST_SNOOZE = timedelta(days=365)


@dataclass(frozen=True)
class _Step:
    """One kind of change: its event's action, the states it is for, the columns it sets, what its event says more.

    unless: what makes it no change at all, from the lead's row.
    """

    action: str
    when: tuple[LeadStatus, ...]
    values: Mapping[str, Any]
    detail: Mapping[str, Any] = field(default_factory=dict)
    unless: Callable[[Any], bool] = lambda _: False


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
        mine = {"status": LeadStatus.CLAIMED, "owner": actor_of(actor), "owner_name": name_of(name)}
        return self._take(lead_id, actor, name, _Step(CLAIMED, (LeadStatus.OPEN,), mine))

    def assign(self, lead_id: int, actor: str, name: str, owner: str, owner_name: str) -> Change:
        """Give an open or claimed lead to somebody, whoever had it. Raises GiveUp when nobody is named.

        owner: Slack's id of who shall have it, owner_name: what people call them.
        """
        whose = {"owner": actor_of(owner.strip()), "owner_name": name_of(owner_name)}
        if not whose["owner"]:
            raise GiveUp("say who shall have it")
        theirs = {"status": LeadStatus.CLAIMED, **whose}
        step = _Step(ASSIGNED, OPEN_STATES, theirs, whose, lambda row: row.owner == whose["owner"])
        return self._take(lead_id, actor, name, step)

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
            "note": clean(note.strip(), LONGEST_NOTE),
            "owner": sa.case((unclaimed, actor_of(actor)), else_=leads.c.owner),
            "owner_name": sa.case((unclaimed, name_of(name)), else_=leads.c.owner_name),
        }
        detail = {"status": status.value, "note": end["note"]}
        return self._take(lead_id, actor, name, _Step(CLOSED, OPEN_STATES, end, detail))

    def reopen(self, lead_id: int, actor: str, name: str) -> Change:
        """Put a closed lead back among the open ones, nobody's; what it was closed as stays in its events."""
        anew = {"status": LeadStatus.OPEN, "owner": "", "owner_name": "", "note": ""}
        return self._take(lead_id, actor, name, _Step(REOPENED, OUTCOMES, anew))

    def snooze(self, lead_id: int, actor: str, name: str, until: datetime) -> Change:
        """Lay an open or claimed lead aside until then. Its customer brings it back at once by writing again.

        until: aware. Raises GiveUp when it is past, or more than a year away.
        """
        now = self._clock.now()
        if until <= now:
            raise GiveUp("say a time to come")
        if until > now + LONGEST_SNOOZE:
            raise GiveUp(f"say a time within {LONGEST_SNOOZE.days} days")
        with self._database.begin(write=True) as connection:
            before = hold(connection, lead_id)
            done = before.status in OPEN_STATES and before.snoozed_until != until
            if done:
                put_off(connection, lead_id, until, now)
                rise(connection, lead_id)
                said = {"name": name_of(name), "until": until.isoformat()}
                record(connection, now, actor_of(actor), SNOOZED, lead_id=lead_id, detail=said)
            return standing(connection, lead_id, done=done, actions=_stood(before, NAPS))

    def unsnooze(self, lead_id: int, actor: str, name: str) -> Change:
        """Take up a lead before its time."""
        now = self._clock.now()
        with self._database.begin(write=True) as connection:
            before = hold(connection, lead_id)
            done = bring_back(connection, lead_id, now)
            if done:
                rise(connection, lead_id)
                said = {"name": name_of(name)}
                record(connection, now, actor_of(actor), UNSNOOZED, lead_id=lead_id, detail=said)
            return standing(connection, lead_id, done=done, actions=_stood(before, NAPS))

    def awaken(self, lead_id: int) -> Change:
        """Bring back a lead whose time has come; one that was put off once more stays aside.

        It settles no timer: whoever awakens it takes the reminder afterwards, so that nothing is lost in between.
        """
        now = self._clock.now()
        with self._database.begin(write=True) as connection:
            hold(connection, lead_id)
            done = end_when_due(connection, lead_id, now, LEADBOT)
            if done:
                rise(connection, lead_id)
            return standing(connection, lead_id, done=done, actions=NAPS)

    def standing(self, lead_id: int) -> Change:
        """How the lead stands; changes nothing."""
        with self._database.begin() as connection:
            return standing(connection, lead_id)

    def _take(self, lead_id: int, actor: str, name: str, step: _Step) -> Change:
        """Change the lead if it is in one of the step's states."""
        now = self._clock.now()
        with self._database.begin(write=True) as connection:
            before = hold(connection, lead_id)
            done = before.status in step.when and not step.unless(before)
            if done:
                connection.execute(sa.update(leads).where(leads.c.id == lead_id).values(step.values))
                if step.action == CLOSED:
                    bring_back(connection, lead_id, now)
                if step.action in (CLAIMED, ASSIGNED):
                    call_off(connection, lead_id, OUTCOME)  # the days of who had it before are not theirs
                rise(connection, lead_id)
                if step.action == REOPENED:
                    want_analysis(connection, lead_id)
                said = {"name": name_of(name), "was_owner_name": before.owner_name, **step.detail}
                record(connection, now, actor_of(actor), step.action, lead_id=lead_id, detail=said)
            return standing(connection, lead_id, done=done)


def _stood(before: Any, actions: tuple[str, ...]) -> tuple[str, ...]:
    """Of what somebody is told: of a closed lead that it was closed."""
    return actions if before.status in OPEN_STATES else ACTIONS
