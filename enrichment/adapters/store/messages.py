"""Raw messages: accepted once, handed to the workflow, and ended in exactly one state."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from enrichment.adapters.store.arrivals import ENVELOPE, Arrivals
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.revise import wake_message
from enrichment.adapters.store.schema import leads, messages, undispatched
from enrichment.errors import RetryLater
from enrichment.models import MessageState, RawMessage, StoredMessage
from enrichment.ports import Clock
from enrichment.store_ports import Accepted, ThreadHit

MAX_FAILURES = 3
# Waiting times after a first and a second failure; then the message is set aside.
RETRY_DELAYS = (timedelta(seconds=1), timedelta(seconds=4))
# PostgreSQL's indexes take no longer keys; a Message-ID that is longer goes by its hash.
LONGEST_ID = 255
# The first that a reply names is what it answers; the rest is its thread.
LOOKED_FOR = 3
# What a stored message is read from.
RAW = [
    *(messages.c[name] for name in ("id", "attempt", "restored", "rcpt_tos", *ENVELOPE)),
    sa.case((messages.c.copy_of.is_(None), messages.c.state)).label("state"),
]


# Built once: these are asked of every message.
_DESCRIBE = (
    sa.update(messages)
    .where(messages.c.id == sa.bindparam("of_message"))
    .values({name: sa.bindparam(name) for name in ("mime_id", "body_hash", "participants", "excerpt")})
)
_DISPATCHED = (
    sa.update(messages)
    .where(messages.c.id.in_(sa.bindparam("ids", expanding=True)), undispatched)
    .values(dispatched_attempt=messages.c.attempt)
    .returning(messages.c.id, messages.c.attempt)
)
_GET = sa.select(*RAW).where(messages.c.id == sa.bindparam("of_message"))


class Attached(NamedTuple):
    """A message that belongs to a lead. excerpt: what staff read of it; reason: why it belongs there."""

    id: int
    excerpt: str
    reason: str


Enqueue = Callable[[sa.Connection, int, int], None]


class Messages:
    """The table of raw messages; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._arrivals = Arrivals(database)

    def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:
        """Store each message once, in one commit; one that is here already is answered with its row.

        Raises RetryLater when nothing could be stored.
        """
        with self._database.begin() as connection:
            return self._arrivals.put(connection, raws)

    def acknowledge(self, message_id: int) -> None:
        """Remember that the sender has read our 250, so that the same bytes again are a new message."""
        with self._database.begin() as connection:
            connection.execute(sa.update(messages).where(messages.c.id == message_id).values(acknowledged=True))

    def dispatch(self, limit: int, enqueue: Enqueue) -> int:
        """Hand waiting messages to `enqueue` inside the transaction that marks them; how many there were.

        Oldest first; those that were imported wait for all others.
        """
        waiting = (
            sa.select(messages.c.id)
            .where(
                undispatched,
                # Inside a function, or SQLite would go through all that are in progress, of which there may be many.
                sa.func.coalesce(messages.c.state, "") == MessageState.IN_PROGRESS,
                sa.or_(messages.c.not_before.is_(None), messages.c.not_before <= self._clock.now()),
            )
            .order_by(messages.c.historical, messages.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._database.begin(lasting=False) as connection:
            found = connection.execute(waiting).scalars().all()
            marked = connection.execute(_DISPATCHED, {"ids": found}).all() if found else []
            attempts = {row.id: row.attempt for row in marked}
            for message_id in found:
                if message_id in attempts:
                    enqueue(connection, message_id, attempts[message_id])
            return len(found)

    def dispatched(self) -> list[tuple[int, int]]:
        """(id, attempt) of the messages that a workflow should be working on."""
        query = sa.select(messages.c.id, messages.c.attempt).where(
            messages.c.state == MessageState.IN_PROGRESS, messages.c.dispatched_attempt >= messages.c.attempt
        )
        with self._database.begin() as connection:
            return [(row.id, row.attempt) for row in connection.execute(query)]

    def redispatch(self, message_id: int, attempt: int) -> None:
        """Give a message whose workflow is gone to a new one; nothing happens when it has moved on since."""
        with self._database.begin() as connection:
            connection.execute(_current(message_id, attempt).values(attempt=attempt + 1, not_before=None))

    def get(self, message_id: int) -> StoredMessage | None:
        """The raw message, or None when there is no such row."""
        with self._database.begin() as connection:
            row = connection.execute(_GET, {"of_message": message_id}).mappings().first()
        return None if row is None else StoredMessage.model_validate(dict(row))

    def describe(
        self, message_id: int, mime_id: str | None, body_hash: str, participants: Sequence[str], excerpt: str
    ) -> int | None:
        """Write down what parsing found; the row of which this message is a copy, if it is one.

        A copy (same Message-ID and same body) stays as a second source of the first and is counted as no message.
        """
        mime_id = None if mime_id is None else _id_key(mime_id)
        found = {"mime_id": mime_id, "body_hash": body_hash, "participants": list(participants), "excerpt": excerpt}
        try:
            with self._database.begin(lasting=False) as connection:
                connection.execute(_DESCRIBE, {"of_message": message_id, **found})
        except sa.exc.IntegrityError:
            return self._mark_copy(message_id, mime_id, body_hash)
        return None

    def _mark_copy(self, message_id: int, mime_id: str | None, body_hash: str) -> int:
        original = sa.select(messages.c.id, messages.c.historical).where(
            messages.c.mime_id == mime_id, messages.c.body_hash == body_hash, messages.c.copy_of.is_(None)
        )
        imported = sa.select(messages.c.historical).where(messages.c.id == message_id)
        with self._database.begin(write=True, lasting=False) as connection:
            found = connection.execute(original).first()
            if found is None:
                raise RetryLater("the message that this is a copy of was removed meanwhile", retry_after=0.1)
            # The state of a copy is never read; discarded keeps it out of every queue.
            done = {"copy_of": found.id, "state": MessageState.DISCARDED, "finished_at": self._clock.now()}
            connection.execute(sa.update(messages).where(messages.c.id == message_id).values(done))
            if found.historical and not connection.execute(imported).scalar():
                wake_message(connection, found.id)
        return int(found.id)

    def finish(self, message_id: int, state: MessageState, reason: str | None) -> None:
        """End a message that became no lead."""
        with self._database.begin() as connection:
            connection.execute(
                sa.update(messages)
                .where(messages.c.id == message_id, messages.c.state == MessageState.IN_PROGRESS)
                .values(state=state, reason=reason, finished_at=self._clock.now(), error=None)
            )

    def fail(self, message_id: int, attempt: int, stage: str, error: str, *, blame: bool) -> MessageState | None:
        """Note a failed attempt and plan the next, or set the message aside after MAX_FAILURES that were its own fault.

        blame: whether the message is at fault; a neighbour's outage is retried for ever, ever more slowly.
        Returns the state now, None when this attempt is not at work any more: the message has ended or moved on.
        """
        query = sa.select(messages.c.failures).where(_at_work(message_id, attempt)).with_for_update()
        with self._database.begin(write=True) as connection:
            failures = connection.execute(query).scalar()
            if failures is None:
                return None
            failures += blame
            note: dict[str, Any] = {"failures": failures, "error": error[:500], "error_stage": stage}
            if failures >= MAX_FAILURES:
                note |= {"state": MessageState.QUARANTINED, "reason": error[:500], "finished_at": self._clock.now()}
            else:
                note |= {"attempt": attempt + 1, "not_before": self._clock.now() + _delay(failures, attempt)}
            connection.execute(_current(message_id, attempt).values(note))
            return MessageState(note.get("state", MessageState.IN_PROGRESS))

    def in_threads(self, lead_ids: Sequence[int], mime_ids: Sequence[str], *, sample: bool = False) -> list[ThreadHit]:
        """These leads, then those that messages with these Message-IDs belong to, with everyone who took part.

        Newest first within each; unknown ones are left out. sample: whether to look among the samples or among all
        others.
        """
        if not (lead_ids or mime_ids):
            return []
        world = messages.c.sample if sample else sa.not_(messages.c.sample)
        named = sa.select(messages.c.lead_id).where(_named(mime_ids), world, messages.c.lead_id.is_not(None))
        meant = sa.select(leads.c.id).where(leads.c.id.in_(lead_ids), leads.c.sample == sample)
        parts = (
            sa.select(messages.c.lead_id, messages.c.participants)
            .where(messages.c.lead_id.in_(named.union(meant)))
            .order_by(messages.c.lead_id.desc(), messages.c.id)
        )
        with self._database.begin() as connection:
            rows = connection.execute(parts).all()
        people: dict[int, set[str]] = {}
        for row in rows:
            people.setdefault(row.lead_id, set()).update(row.participants or ())
        first = sorted(people, key=lambda lead_id: lead_id not in lead_ids)
        return [ThreadHit(lead_id=lead_id, participants=tuple(sorted(people[lead_id]))) for lead_id in first]

    def waits_for(self, message_id: int, mime_ids: Sequence[str]) -> bool:
        """Whether an earlier message with one of these Message-IDs is still in progress.

        One that was not parsed yet, as after a crash, is looked through for them: what it is called is not known.
        """
        earlier = [messages.c.state == MessageState.IN_PROGRESS, messages.c.id < message_id]
        named = [self._holds(mime_id) for mime_id in mime_ids[:LOOKED_FOR]]
        unread = sa.select(messages.c.id).where(*earlier, messages.c.body_hash.is_(None), sa.or_(sa.false(), *named))
        query = sa.select(messages.c.id).where(_named(mime_ids), *earlier)
        with self._database.begin() as connection:
            return any(connection.execute(each.limit(1)).first() is not None for each in (query, unread))

    def _holds(self, mime_id: str) -> sa.ColumnElement[bool]:
        """Whether the bytes of a message hold this, as its name or in any other way."""
        sought = sa.literal(mime_id.encode("utf-8", "replace"), sa.LargeBinary)
        if self._database.engine.dialect.name == "postgresql":
            return sa.func.position(sought.op("IN")(messages.c.content)) > 0
        return sa.func.instr(messages.c.content, sought) > 0

    def attached_to(self, lead_id: int) -> list[Attached]:
        """What came to the lead after it was opened, oldest first; nobody is told of what was imported."""
        query = (
            sa.select(messages.c.id, messages.c.excerpt, messages.c.reason)
            .join(leads, leads.c.id == messages.c.lead_id)
            .where(messages.c.lead_id == lead_id, messages.c.id != leads.c.message_id)
            .where(messages.c.state == MessageState.ATTACHED, sa.not_(messages.c.historical))
            .order_by(messages.c.id)
        )
        with self._database.begin() as connection:
            return [Attached(row.id, row.excerpt or "", row.reason or "") for row in connection.execute(query)]


def _current(message_id: int, attempt: int) -> sa.Update:
    """An UPDATE that only strikes while this attempt is the one at work."""
    return sa.update(messages).where(_at_work(message_id, attempt))


def _at_work(message_id: int, attempt: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        messages.c.id == message_id, messages.c.attempt == attempt, messages.c.state == MessageState.IN_PROGRESS
    )


def _named(mime_ids: Sequence[str]) -> sa.ColumnElement[bool]:
    return messages.c.mime_id.in_([_id_key(mime_id) for mime_id in mime_ids])


def _id_key(mime_id: str) -> str:
    if len(mime_id) <= LONGEST_ID:
        return mime_id
    return f"sha256:{hashlib.sha256(mime_id.encode('utf-8', 'replace')).hexdigest()}"


def _delay(failures: int, attempt: int) -> timedelta:
    """Spread over its second half: what failed at one moment must not come back at one."""
    whole = timedelta(seconds=min(2**attempt, 300))
    if failures:
        whole = RETRY_DELAYS[min(failures, len(RETRY_DELAYS)) - 1]
    return whole * random.uniform(0.5, 1.0)  # noqa: S311 - spread, not a secret
