"""Durable timers of the leads: planned once, told once, whichever worker is awake when they are due."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import leads, reminders
from enrichment.adapters.store.staff_tables import untold_reminders
from enrichment.errors import GiveUp
from enrichment.models import Model
from enrichment.ports import Clock

SNOOZE = "snooze"


class Reminder(Model):
    """A timer of a lead. kind: what for, 16 characters at most; step: the first, the second time, ..."""

    lead_id: int
    kind: str
    step: int
    due_at: datetime


class Reminders:
    """Every method is one transaction and raises RetryLater when the database is away."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def plan(self, lead_id: int, kind: str, step: int, due_at: datetime) -> bool:
        """Set a timer; False when this step was planned before, whatever became of it. Raises GiveUp without a lead."""
        row = {"lead_id": lead_id, "kind": kind, "step": step, "due_at": due_at}
        insert = self._database.insert(reminders).on_conflict_do_nothing().returning(reminders.c.step)
        with self._database.begin(write=True) as connection:
            # Held, so that its deletion waits; the key is all that is needed of it.
            there = sa.select(leads.c.id).where(leads.c.id == lead_id).with_for_update(read=True, key_share=True)
            if connection.execute(there).scalar() is None:
                raise GiveUp(f"there is no lead L-{lead_id}")
            return connection.execute(insert, row).scalar() is not None

    def due(self, now: datetime, limit: int) -> list[Reminder]:
        """The timers that have run out and that nobody has been told of, the oldest first."""
        columns = (reminders.c.lead_id, reminders.c.kind, reminders.c.step, reminders.c.due_at)
        query = sa.select(*columns).where(untold_reminders, reminders.c.due_at <= now)
        query = query.order_by(reminders.c.due_at, reminders.c.lead_id).limit(limit)
        with self._database.begin() as connection:
            return [Reminder.model_validate(dict(row)) for row in connection.execute(query).mappings()]

    def take(self, reminder: Reminder) -> bool:
        """Whether the caller is the one who tells of it: True once."""
        mine = sa.update(reminders).where(_untold(reminder)).values(told_at=self._clock.now())
        with self._database.begin() as connection:
            return bool(connection.execute(mine).rowcount)

    def drop(self, reminder: Reminder) -> None:
        """What it was set for is not so: nobody is told, and it may be planned anew when it is so again."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(reminders).where(_untold(reminder)))


def _untold(reminder: Reminder) -> sa.ColumnElement[bool]:
    return sa.and_(_waiting(reminder.lead_id, reminder.kind), reminders.c.step == reminder.step)


def _waiting(lead_id: int, kind: str) -> sa.ColumnElement[bool]:
    return sa.and_(reminders.c.lead_id == lead_id, reminders.c.kind == kind, reminders.c.told_at.is_(None))


def settle(connection: sa.Connection, lead_id: int, kind: str, now: datetime) -> None:
    """There is nothing to tell any more: the lead's timers of this kind are done with, in the caller's transaction."""
    connection.execute(sa.update(reminders).where(_waiting(lead_id, kind)).values(told_at=now))


def call_off(connection: sa.Connection, lead_id: int, kind: str) -> None:
    """The wait for which the lead's timers of this kind were set begins anew, in the caller's transaction."""
    connection.execute(sa.delete(reminders).where(_waiting(lead_id, kind)))


def plan_next(connection: sa.Connection, lead_id: int, kind: str, due_at: datetime) -> None:
    """Set the lead's next timer of this kind in the caller's transaction, which holds the lead."""
    mine = sa.and_(reminders.c.lead_id == lead_id, reminders.c.kind == kind)
    last = connection.execute(sa.select(sa.func.max(reminders.c.step)).where(mine)).scalar() or 0
    connection.execute(sa.insert(reminders), {"lead_id": lead_id, "kind": kind, "step": last + 1, "due_at": due_at})
