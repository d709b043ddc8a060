"""Messages that were taken for no lead: what staff read of them once a day, and the way back for those that are one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record, who
from enrichment.adapters.store.schema import messages, untold_filtered
from enrichment.models import ChannelName, MessageState, Model
from enrichment.ports import Clock

RESTORED = "restored"
_UNTOLD = untold_filtered
# A copy is counted as no message; samples are shown as such.
_REAL = (messages.c.copy_of.is_(None), sa.not_(messages.c.sample))


class FilteredMessage(Model):
    """A message that was filtered. writer: the first address that it may be from; excerpt: how its words begin."""

    id: int
    channel: ChannelName
    received_at: datetime
    reason: str = ""
    writer: str = ""
    excerpt: str = ""


class Filtered:
    """Filtered messages; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def untold(self, limit: int) -> list[FilteredMessage]:
        """What staff have not been told of yet, newest first."""
        names = ("id", "channel", "received_at", "reason", "participants", "excerpt")
        query = sa.select(*(messages.c[name] for name in names)).where(_UNTOLD, *_REAL)
        with self._database.begin() as connection:
            rows = connection.execute(query.order_by(messages.c.id.desc()).limit(limit)).mappings().all()
        return [_message(row) for row in rows]

    def untold_in_all(self) -> tuple[int, int]:
        """How many those are, and the oldest of them (0 for none)."""
        oldest = sa.func.coalesce(sa.func.min(messages.c.id), 0)
        with self._database.begin() as connection:
            count, first = connection.execute(sa.select(sa.func.count(), oldest).where(_UNTOLD, *_REAL)).one()
        return int(count), int(first)

    def told(self, newest: int) -> None:
        """Staff know of all of them up to this message."""
        with self._database.begin() as connection:
            done = sa.update(messages).where(_UNTOLD, messages.c.id <= newest)
            connection.execute(done.values(noticed=True))

    def restore(self, message_id: int, actor: str) -> bool:
        """Let a message become a lead under its next attempt; False when it is not filtered (any more).

        The dispatcher finds it by itself. actor: Slack's id of who said so.
        """
        mine = sa.and_(messages.c.id == message_id, messages.c.state == MessageState.FILTERED)
        anew: dict[str, Any] = {"state": MessageState.IN_PROGRESS, "restored": True, "attempt": messages.c.attempt + 1}
        anew |= {"failures": 0, "not_before": None, "finished_at": None, "noticed": False}
        with self._database.begin(write=True) as connection:
            reason = connection.execute(sa.select(messages.c.reason).where(mine).with_for_update()).first()
            if reason is None:
                return False
            connection.execute(sa.update(messages).where(mine).values(anew | {"reason": None}))
            detail = {"filtered_as": reason.reason}
            record(connection, self._clock.now(), who(actor), RESTORED, message_id=message_id, detail=detail)
        return True


def _message(row: sa.RowMapping) -> FilteredMessage:
    people = row["participants"] or ()
    known = {name: row[name] or "" for name in ("reason", "excerpt")}
    return FilteredMessage(
        id=row["id"], channel=row["channel"], received_at=row["received_at"], writer=next(iter(people), ""), **known
    )
