"""What there is to see when a run has ended: the store, the workspace and Airtable, read from outside."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.mails import key_of

_CARD = re.compile(r"\(L-(\d+)\)$")
_ROW = re.compile(r"lead:(\d+)")


@dataclass(frozen=True)
class StoredMessage:
    """A row of the store. key: of the mail it holds, by its bytes."""

    id: int
    key: str
    state: str
    copy_of: int | None = None
    lead_id: int | None = None


@dataclass(frozen=True)
class StoredLead:
    """A lead of the store."""

    id: int
    uuid: str
    message_id: int
    status: str = "open"
    owner: str = ""


@dataclass(frozen=True)
class StoredEvent:
    """Something that staff did."""

    lead_id: int
    action: str
    actor: str


@dataclass(frozen=True)
class Said:
    """A message of the bot in the workspace. rows: the leads that it lists and that have no card of their own yet."""

    ts: str
    thread_ts: str | None
    text: str
    dispatch: str
    rows: tuple[int, ...] = ()

    @property
    def card_of(self) -> int | None:
        """The lead whose own card this is."""
        match = _CARD.search(self.text) if self.thread_ts is None and not self.rows else None
        return int(match[1]) if match else None


@dataclass(frozen=True)
class Evidence:
    """All of it. postings: dispatch id to the ts that the store has for it; ledger: what `leadbot status` says."""

    messages: tuple[StoredMessage, ...] = ()
    leads: tuple[StoredLead, ...] = ()
    events: tuple[StoredEvent, ...] = ()
    postings: dict[str, str | None] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    crm: tuple[str, ...] = ()
    ledger: dict[str, Any] = field(default_factory=dict)


def gather(database: Path, workspace: Path, crm: Iterable[dict[str, Any]], ledger: dict[str, Any]) -> Evidence:
    """Read everything. database, workspace: the SQLite files of the bot and of the workspace."""
    with _opened(database) as store, _opened(workspace) as slack:
        return Evidence(
            messages=tuple(_messages(store)),
            leads=tuple(
                StoredLead(*row) for row in store.execute("SELECT id, uuid, message_id, status, owner FROM leads")
            ),
            events=tuple(
                StoredEvent(*row)
                for row in store.execute("SELECT lead_id, action, actor FROM events WHERE lead_id IS NOT NULL")
            ),
            postings=dict(store.execute("SELECT dispatch_id, ts FROM postings").fetchall()),
            said=tuple(_said(slack)),
            crm=tuple(str(row.get("Leadbot Key")) for row in crm),
            ledger=ledger,
        )


def _opened(path: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))


def _messages(store: sqlite3.Connection) -> Iterable[StoredMessage]:
    rows = store.execute("SELECT id, rcpt_tos, content, state, copy_of, lead_id FROM messages")
    for number, rcpt_tos, content, state, copy_of, lead_id in rows:
        recipients = json.loads(rcpt_tos)
        yield StoredMessage(number, key_of(",".join(recipients), content), state, copy_of, lead_id)


def _said(slack: sqlite3.Connection) -> Iterable[Said]:
    rows = slack.execute(
        "SELECT ts, thread_ts, body FROM messages WHERE channel = 'C0LEADS' AND user = 'U0LEADBOT'"
        " AND ephemeral_to IS NULL ORDER BY ts"
    )
    for ts, thread_ts, body in rows:
        message = json.loads(body)
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        listed = tuple(_unopened(message.get("blocks") or ())) if thread_ts is None else ()
        yield Said(ts, thread_ts, message.get("text", ""), str(payload.get("dispatch_id", "")), listed)


def _unopened(blocks: Iterable[dict[str, Any]]) -> Iterable[int]:
    """The leads of a batch card that have no card of their own."""
    for block in blocks:
        if match := _ROW.fullmatch(block.get("block_id", "")):
            yield int(match[1])
