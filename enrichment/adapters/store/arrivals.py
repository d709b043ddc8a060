"""How a raw message gets its row, inside the caller's transaction: once, whatever way it comes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import messages
from enrichment.models import MessageState, RawMessage
from enrichment.store_ports import Accepted

# The columns that hold what a raw message says, under the names of its fields.
ENVELOPE = (
    "channel",
    "identity",
    "account",
    "content",
    "received_at",
    "mail_from",
    "client_ip",
    "helo",
    "tls",
    "sample",
    "junk",
    "cut_from",
    "historical",
)


class Arrivals:
    """Writes raw messages into one database."""

    def __init__(self, database: Database) -> None:
        insert = database.insert(messages).on_conflict_do_nothing(index_elements=["identity"])
        self._insert = insert.returning(messages.c.id, messages.c.identity)

    def put(self, connection: sa.Connection, raws: Sequence[RawMessage]) -> list[Accepted]:
        """Store each message once; one that is here already is answered with its row."""
        if not raws:
            return []
        _forget_answered(connection, [raw.identity for raw in raws if not raw.stamped])
        stored = connection.execute(self._insert, [_row(raw) for raw in raws]).all()
        new = {identity: row_id for row_id, identity in stored}
        rows = new | _rows_of(connection, [raw.identity for raw in raws if raw.identity not in new])
        # The first of equal ones is the new one.
        return [Accepted(id=rows[raw.identity], new=new.pop(raw.identity, None) is not None) for raw in raws]


def content_hash(raw: RawMessage) -> str | None:
    """What finds the bytes of a mail from a mailbox again; None for any other message, whose identity does that."""
    return hashlib.sha256(raw.content).hexdigest() if raw.channel == "imap" else None


def _row(raw: RawMessage) -> dict[str, Any]:
    return {name: getattr(raw, name) for name in ENVELOPE} | {
        "rcpt_tos": list(raw.rcpt_tos),
        "state": MessageState.IN_PROGRESS,
        "content_hash": content_hash(raw),
        # Staff are not told of what came before the bot's time: it counts as told.
        "noticed": raw.historical,
    }


def _rows_of(connection: sa.Connection, identities: Sequence[str]) -> dict[str, int]:
    if not identities:
        return {}
    known = sa.select(messages.c.identity, messages.c.id).where(messages.c.identity.in_(identities))
    return {identity: row_id for identity, row_id in connection.execute(known)}  # noqa: C416 - rows are no pairs


def _forget_answered(connection: sa.Connection, identities: Sequence[str]) -> None:
    """Let equal bytes be new messages where our answer arrived.

    With neither Date nor Message-ID a repeat equals a retry; only that tells them apart.
    """
    if identities:
        connection.execute(
            sa.update(messages)
            .where(messages.c.identity.in_(identities), messages.c.acknowledged)
            .values(identity=messages.c.identity + sa.literal(":") + sa.cast(messages.c.id, sa.Text))
        )
