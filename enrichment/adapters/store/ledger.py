"""The ledger: what came in, and where each message is now. Received must equal the sum of the states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import leads, messages, samples_only
from enrichment.adapters.store.waiting import AWAITED
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
    """A message that was set aside, for staff to look at; attempt: the one that was its last."""

    id: int
    attempt: int
    received_at: datetime
    error: str
    stage: str


class LeadCount(Model):
    """How many messages have ended as a lead, and how many leads there are to show for it; samples are left out."""

    ended: int = 0
    shown: int = 0

    @property
    def balanced(self) -> bool:
        """Whether each of them has its lead, and each lead its message."""
        return self.ended == self.shown


class Ledger:
    """Reads the counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_channel(self) -> dict[str, ChannelLedger]:
        """The ledger of each channel that has received anything."""
        with self._database.begin() as connection:
            return {row["channel"]: _channel(row) for row in connection.execute(_TOTALS).mappings()}

    def leads(self) -> LeadCount:
        """Messages that became leads beside the leads that there are."""
        with self._database.begin() as connection:
            return LeadCount.model_validate(dict(connection.execute(_LEADS).mappings().one()))

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

    def count_waiting(self, limit: int) -> int:
        """How many messages are in progress, counted no further than the limit."""
        waiting = sa.select(sa.literal(1)).where(messages.c.state == MessageState.IN_PROGRESS).limit(limit)
        with self._database.begin() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(waiting.subquery())).scalar_one())

    def notice(self, told: Sequence[QuarantinedMessage]) -> None:
        """Staff have been told of these; one that is tried again since then is told of anew when that fails too."""
        these = sa.tuple_(messages.c.id, messages.c.attempt).in_([(message.id, message.attempt) for message in told])
        with self._database.begin() as connection:
            connection.execute(sa.update(messages).where(these).values(noticed=True))

    def _set_aside(self, query: sa.Select[Any]) -> list[QuarantinedMessage]:
        with self._database.begin() as connection:
            return [QuarantinedMessage.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def _quarantined() -> sa.Select[Any]:
    texts = {"error": messages.c.error, "stage": messages.c.error_stage}
    why = (sa.func.coalesce(column, "").label(name) for name, column in texts.items())
    return sa.select(messages.c.id, messages.c.attempt, messages.c.received_at, *why).where(
        messages.c.state == MessageState.QUARANTINED
    )


def _totals() -> sa.Select[Any]:
    """One statement for all counts: what comes in between two would make them disagree."""
    original = messages.c.copy_of.is_(None)
    counts = (sa.func.count().filter(original, messages.c.state == state).label(state) for state in MessageState)
    return sa.select(
        messages.c.channel,
        sa.func.count().filter(original).label("received"),
        sa.func.count().filter(sa.not_(original)).label("copies"),
        sa.func.min(messages.c.received_at).filter(AWAITED).label("oldest"),
        sa.func.max(messages.c.received_at).label("newest"),
        *counts,
    ).group_by(messages.c.channel)


def _leads() -> sa.Select[Any]:
    """One statement, as above, from indexes. The samples' messages are few and have an index of their own."""
    ended, shown = messages.c.state == MessageState.LEAD, sa.and_(leads.c.revision > 0, sa.not_(leads.c.sample))
    # Inside a function, or SQLite would go through all that became leads to find the samples.
    tried = sa.func.coalesce(messages.c.state, "") == MessageState.LEAD

    def count(table: sa.Table, *conditions: Any) -> Any:
        return sa.select(sa.func.count()).select_from(table).where(*conditions).scalar_subquery()

    return sa.select(
        (count(messages, ended) - count(messages, samples_only, tried)).label("ended"),
        count(leads, shown).label("shown"),
    )


_TOTALS = _totals()
_LEADS = _leads()


def _channel(row: sa.RowMapping) -> ChannelLedger:
    return ChannelLedger(
        received=row["received"],
        states={state.value: row[state] for state in MessageState},
        copies=row["copies"],
        oldest_in_progress=row["oldest"],
        last_received=row["newest"],
    )
