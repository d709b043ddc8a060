"""Who did what, and when: one row an action, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.columns import storable
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import events
from enrichment.models import Model
from enrichment.ports import Clock

# More than anybody reads in one thread.
LONGEST_HISTORY = 500
LONGEST_ACTOR = 64
SHOWN, EXPORTED = "shown", "exported"
_INSERT = sa.insert(events)


class Event(Model):
    """One action. detail: what the action knows besides.

    actor: `leadbot`, `customer`, Slack's id of somebody, or `cli:` and who sat at the command line.
    """

    id: int
    at: datetime
    actor: str
    action: str
    detail: dict[str, Any]

    def said(self, name: str) -> str:
        """A word of the detail, empty when it has none of this name."""
        return str(self.detail.get(name) or "")


def who(actor: str) -> str:
    """An actor as the column takes it."""
    return str(storable(actor[:LONGEST_ACTOR])) or "unknown"


def record(
    connection: sa.Connection,
    at: datetime,
    actor: str,
    action: str,
    *,
    lead_id: int | None = None,
    message_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write an event in the caller's transaction, so that it is there exactly when the change is."""
    row = {"at": at, "actor": actor, "action": action, "lead_id": lead_id, "message_id": message_id}
    connection.execute(_INSERT, row | {"detail": detail or {}})


def latest(connection: sa.Connection, lead_id: int, actions: Sequence[str]) -> Event | None:
    """The last of these actions on the lead."""
    row = connection.execute(_of(lead_id, actions).order_by(events.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else Event.model_validate(dict(row))


class History:
    """What was done with leads; reading only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, lead_id: int, actions: Sequence[str]) -> list[Event]:
        """These actions on the lead, oldest first."""
        query = _of(lead_id, actions).order_by(events.c.id).limit(LONGEST_HISTORY)
        with self._database.begin() as connection:
            return [Event.model_validate(dict(row)) for row in connection.execute(query).mappings()]


class Audit:
    """Writes down what changes no lead but somebody may ask about later: who has seen or taken what."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(self, actor: str, action: str, *, lead_id: int | None = None, **detail: Any) -> None:
        """One action, committed before what it is about is handed out. Raises RetryLater."""
        with self._database.begin() as connection:
            record(connection, self._clock.now(), who(actor), action, lead_id=lead_id, detail=detail)


def _of(lead_id: int, actions: Sequence[str]) -> sa.Select[Any]:
    columns = (events.c.id, events.c.at, events.c.actor, events.c.action, events.c.detail)
    return sa.select(*columns).where(events.c.lead_id == lead_id, events.c.action.in_(actions))
