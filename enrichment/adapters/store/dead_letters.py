"""Messages that were set aside: what is known of each, and the two ways out, another attempt or the bin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import SHOWN, record, who
from enrichment.adapters.store.schema import messages
from enrichment.models import ChannelName, MessageState, Model
from enrichment.ports import Clock

RETRIED, DISCARDED = "retried", "discarded"
# Of a mail of many megabytes, only so much is read to say who wrote about what.
HEAD_BYTES = 16_384
PAGE = 100
# One transaction holds the write lock, which mail that comes in has to wait for.
AT_ONCE = 500


class DeadLetter(Model):
    """A message that was set aside.

    attempts: how often it was tried, everything counted; size: of the whole message, in bytes; head: its beginning.
    """

    id: int
    channel: ChannelName
    received_at: datetime
    set_aside_at: datetime
    stage: str
    error: str
    attempts: int
    mail_from: str | None
    sample: bool
    size: int
    head: bytes = Field(repr=False)


class Settled(Model):
    """What came of a retry or a discard. refused: message to why nothing was done with it."""

    done: tuple[int, ...] = ()
    refused: dict[int, str] = Field(default_factory=dict)


class DeadLetters:
    """What a person does with quarantined messages; each method but `listed` is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def listed(self) -> Iterator[DeadLetter]:
        """Every one, newest first, read in pages: there may be many."""
        below: int | None = None
        while page := self._page(below):
            yield from page
            below = page[-1].id

    def _page(self, below: int | None) -> list[DeadLetter]:
        query = _letters().order_by(messages.c.id.desc()).limit(PAGE)
        with self._database.begin() as connection:
            found = connection.execute(query if below is None else query.where(messages.c.id < below)).mappings()
            return [DeadLetter.model_validate(dict(row)) for row in found]

    def ids(self) -> list[int]:
        """All of them, oldest first."""
        query = sa.select(messages.c.id).where(_quarantined()).order_by(messages.c.id)
        with self._database.begin() as connection:
            return list(connection.execute(query).scalars())

    def open(self, message_id: int, actor: str) -> tuple[DeadLetter, bytes] | None:
        """One with all its bytes, for somebody who looks at it, which is written down; None when it is none."""
        with self._database.begin() as connection:
            mine = messages.c.id == message_id
            row = connection.execute(_letters().where(mine)).mappings().first()
            if row is None:
                return None
            content = connection.execute(sa.select(messages.c.content).where(mine)).scalar_one()
            record(connection, self._clock.now(), who(actor), SHOWN, message_id=message_id)
        return DeadLetter.model_validate(dict(row)), bytes(content)

    def retry(self, message_ids: Sequence[int], actor: str) -> Settled:
        """Begin the next attempt, with as many failures allowed as at first; the dispatcher finds it by itself.

        Staff are told again when it fails again.
        """
        anew: dict[str, Any] = {"state": MessageState.IN_PROGRESS, "reason": None, "finished_at": None}
        anew |= {"attempt": messages.c.attempt + 1, "failures": 0, "not_before": None, "noticed": False}
        return self._settle(message_ids, actor, RETRIED, anew)

    def discard(self, message_ids: Sequence[int], actor: str) -> Settled:
        """End them for good; who did it is their reason, and their error stays."""
        end = {"state": MessageState.DISCARDED, "reason": f"discarded by {who(actor)}"}
        return self._settle(message_ids, actor, DISCARDED, end | {"finished_at": self._clock.now()})

    def _settle(self, message_ids: Sequence[int], actor: str, action: str, values: Mapping[str, Any]) -> Settled:
        asked = sorted(set(message_ids))
        columns = sa.select(messages.c.id, messages.c.state, messages.c.attempt, messages.c.error_stage)
        mine = columns.where(messages.c.id.in_(asked), messages.c.copy_of.is_(None)).order_by(messages.c.id)
        with self._database.begin(write=True) as connection:
            found = {row.id: row for row in connection.execute(mine.with_for_update())}
            done = [row for row in found.values() if row.state == MessageState.QUARANTINED]
            ids = [row.id for row in done]
            connection.execute(sa.update(messages).where(messages.c.id.in_(ids)).values(values))
            for row in done:
                detail = {"stage": row.error_stage, "attempt": row.attempt}
                record(connection, self._clock.now(), who(actor), action, message_id=row.id, detail=detail)
        refused = {number: _refusal(number, found.get(number)) for number in asked if number not in ids}
        return Settled(done=tuple(ids), refused=refused)


def _refusal(message_id: int, row: Any) -> str:
    if row is None:
        return f"there is no message {message_id}"
    return f"message {message_id} is not set aside: it is {row.state.replace('_', ' ')}"


def _quarantined() -> sa.ColumnElement[bool]:
    return messages.c.state == MessageState.QUARANTINED


def _letters() -> sa.Select[Any]:
    """The columns of a DeadLetter; the rest of the mail stays on the disk."""
    named = [messages.c[name] for name in ("id", "channel", "received_at", "mail_from", "sample")]
    return sa.select(
        *named,
        sa.func.coalesce(messages.c.finished_at, messages.c.received_at, type_=messages.c.finished_at.type).label(
            "set_aside_at"
        ),
        sa.func.coalesce(messages.c.error_stage, "").label("stage"),
        sa.func.coalesce(messages.c.error, "").label("error"),
        messages.c.attempt.label("attempts"),
        sa.func.length(messages.c.content).label("size"),
        sa.func.substr(messages.c.content, 1, HEAD_BYTES, type_=sa.LargeBinary()).label("head"),
    ).where(_quarantined())
