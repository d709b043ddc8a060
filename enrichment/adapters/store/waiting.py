"""What waits: the leads that nobody has been shown yet, and the oldest message at work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.book import OPEN_STATES
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import leads, messages, views
from enrichment.models import MessageState, Model

_CARD = "card"
# A message that somebody waits for: not one of history, which may be years old.
AWAITED = sa.and_(
    messages.c.copy_of.is_(None), messages.c.state == MessageState.IN_PROGRESS, sa.not_(messages.c.historical)
)


class WaitingLead(Model):
    """A lead without a card, as far as it may leave the house."""

    id: int
    urgency: int
    ask: str


class Waiting:
    """Reads them; samples are none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def oldest_in_progress(self) -> datetime | None:
        """When the message came that has been at work the longest; None when none is. Nobody waits for history."""
        # By number, which the index on the state gives at once; the times stand behind the mail.
        first = sa.select(messages.c.received_at).where(AWAITED).order_by(messages.c.id).limit(1)
        with self._database.begin() as connection:
            found: datetime | None = connection.execute(first).scalar()
        return found

    def look(self, limit: int) -> tuple[int, list[WaitingLead]]:
        """How many there are, and the most urgent of them, the oldest first among equals."""
        some = _waiting(leads.c.id, leads.c.urgency, leads.c.ask).order_by(leads.c.urgency.desc(), leads.c.id)
        with self._database.begin() as connection:
            count = int(connection.execute(_waiting(sa.func.count())).scalar_one())
            rows = connection.execute(some.limit(limit)).mappings().all()
        return count, [WaitingLead.model_validate(dict(row)) for row in rows]


def _waiting(*columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(views.join(leads, leads.c.id == views.c.lead_id))
        .where(views.c.view == _CARD, views.c.shown < views.c.wanted, views.c.shown == 0)
        .where(leads.c.revision > 0, leads.c.status.in_(OPEN_STATES), sa.not_(leads.c.sample))
    )
