"""The ledger: what came in, and where each message is now. Received must equal the sum of the states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import messages
from enrichment.models import MessageState, Model


class ChannelLedger(Model):
    """One channel's count of distinct messages by state; `copies` are further sources of messages counted already."""

    received: int = 0
    states: dict[str, int] = Field(default_factory=lambda: {state.value: 0 for state in MessageState})
    copies: int = 0
    oldest_in_progress: datetime | None = None
    last_received: datetime | None = None

    @property
    def balanced(self) -> bool:
        """Whether every received message is in exactly one state."""
        return self.received == sum(self.states.values())


class QuarantinedMessage(Model):
    """A message that was set aside, for staff to look at."""

    id: int
    received_at: datetime
    error: str
    stage: str


class Ledger:
    """Reads the counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_channel(self) -> dict[str, ChannelLedger]:
        """The ledger of each channel that has received anything."""
        with self._database.begin() as connection:
            return {row["channel"]: _channel(row) for row in connection.execute(_TOTALS).mappings()}

    def quarantined(self, limit: int = 20) -> list[QuarantinedMessage]:
        """What was set aside, newest first."""
        return self._set_aside(_quarantined().order_by(messages.c.id.desc()).limit(limit))

    def unnoticed(self, limit: int) -> list[QuarantinedMessage]:
        """What was set aside and staff have not been told of, oldest first."""
        return self._set_aside(_quarantined().where(sa.not_(messages.c.noticed)).order_by(messages.c.id).limit(limit))

    def count_unnoticed(self) -> int:
        """How many were set aside that staff have not been told of."""
        query = sa.select(sa.func.count()).select_from(_quarantined().where(sa.not_(messages.c.noticed)).subquery())
        with self._database.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def notice(self, message_ids: Sequence[int]) -> None:
        """Staff have been told of these."""
        with self._database.begin() as connection:
            connection.execute(sa.update(messages).where(messages.c.id.in_(message_ids)).values(noticed=True))

    def _set_aside(self, query: sa.Select[Any]) -> list[QuarantinedMessage]:
        with self._database.begin() as connection:
            return [QuarantinedMessage.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def _quarantined() -> sa.Select[Any]:
    return sa.select(
        messages.c.id, messages.c.received_at, messages.c.error, messages.c.error_stage.label("stage")
    ).where(messages.c.state == MessageState.QUARANTINED)


def _totals() -> sa.Select[Any]:
    """One statement for all counts: what comes in between two would make them disagree."""
    original = messages.c.copy_of.is_(None)
    waiting = sa.and_(original, messages.c.state == MessageState.IN_PROGRESS)
    counts = (sa.func.count().filter(original, messages.c.state == state).label(state) for state in MessageState)
    return sa.select(
        messages.c.channel,
        sa.func.count().filter(original).label("received"),
        sa.func.count().filter(sa.not_(original)).label("copies"),
        sa.func.min(messages.c.received_at).filter(waiting).label("oldest"),
        sa.func.max(messages.c.received_at).label("newest"),
        *counts,
    ).group_by(messages.c.channel)


_TOTALS = _totals()


def _channel(row: sa.RowMapping) -> ChannelLedger:
    return ChannelLedger(
        received=row["received"],
        states={state.value: row[state] for state in MessageState},
        copies=row["copies"],
        oldest_in_progress=row["oldest"],
        last_received=row["newest"],
    )
