"""Who did what, and when: one row an action, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.schema import events


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
    connection.execute(sa.insert(events).values(row | {"detail": detail or {}}))
