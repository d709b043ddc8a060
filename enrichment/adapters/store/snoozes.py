"""Leads that nobody is to be bothered with for a while, inside the caller's transaction, which holds the lead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.acts import AWOKEN
from enrichment.adapters.store.events import record
from enrichment.adapters.store.reminders import SNOOZE, plan_next, settle
from enrichment.adapters.store.schema import leads


def put_off(connection: sa.Connection, lead_id: int, until: datetime, now: datetime) -> None:
    """Lay the lead aside until then; a timer brings it back, and an earlier one counts no more."""
    connection.execute(sa.update(leads).where(leads.c.id == lead_id).values(snoozed_until=until))
    settle(connection, lead_id, SNOOZE, now)
    plan_next(connection, lead_id, SNOOZE, until)


def bring_back(connection: sa.Connection, lead_id: int, now: datetime) -> bool:
    """Take the lead up before its time; whether it was laid aside. Its timer has nothing to tell any more."""
    if not _clear(connection, lead_id):
        return False
    settle(connection, lead_id, SNOOZE, now)
    return True


def wake(connection: sa.Connection, lead_id: int, now: datetime, actor: str, detail: Mapping[str, Any]) -> bool:
    """As `bring_back`, with an event that says who it was."""
    woken = bring_back(connection, lead_id, now)
    if woken:
        record(connection, now, actor, AWOKEN, lead_id=lead_id, detail=dict(detail))
    return woken


def end_when_due(connection: sa.Connection, lead_id: int, now: datetime, actor: str) -> bool:
    """The time has come: whether the lead was laid aside until now. Its timer is left for who tells of it."""
    if not _clear(connection, lead_id, leads.c.snoozed_until <= now):
        return False
    record(connection, now, actor, AWOKEN, lead_id=lead_id)
    return True


def _clear(connection: sa.Connection, lead_id: int, *conditions: sa.ColumnElement[bool]) -> bool:
    mine = sa.update(leads).where(leads.c.id == lead_id, leads.c.snoozed_until.is_not(None), *conditions)
    return bool(connection.execute(mine.values(snoozed_until=None)).rowcount)
