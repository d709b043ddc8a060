"""The real store on a database of the test's own, with a clock that the test sets."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

import numpy as np
import sqlalchemy as sa

from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.dead_letters import DeadLetters
from enrichment.adapters.store.desk import Desk
from enrichment.adapters.store.edits import Editing
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import Audit, History
from enrichment.adapters.store.leads import Leads
from enrichment.adapters.store.ledger import Ledger
from enrichment.adapters.store.messages import MAX_FAILURES, Messages
from enrichment.adapters.store.mutes import Mutes
from enrichment.adapters.store.numbers import Numbers
from enrichment.adapters.store.postings import Postings
from enrichment.adapters.store.reminders import Reminders
from enrichment.adapters.store.verdicts import Verdicts
from enrichment.adapters.store.views import Views
from enrichment.lead import Contact, Match, MatchKind, Triage, UrgencyLabel
from enrichment.models import MessageState, RawMessage
from enrichment.ports import Vectors
from enrichment.stages.typed import Typed
from enrichment.store_ports import NewLead

T = TypeVar("T")

EMBEDDER = "test-model"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)


class SetClock:
    """A clock that stands until it is moved; implements enrichment.ports.Clock."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        """The moment that was set."""
        return self.moment

    def move(self, seconds: float) -> None:
        """Let time pass, or set the clock back."""
        self.moment += timedelta(seconds=seconds)


@dataclass
class Parts:
    """The parts of the store on one database."""

    database: Database
    clock: SetClock
    embedder: str = EMBEDDER
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.messages = Messages(self.database, self.clock)
        self.leads = Leads(self.database, self.clock, self.embedder)
        self.book = LeadBook(self.database)
        self.views = Views(self.database, self.clock)
        self.ledger = Ledger(self.database)
        self.desk = Desk(self.database, self.clock)
        self.history = History(self.database)
        self.audit = Audit(self.database, self.clock)
        self.dead_letters = DeadLetters(self.database, self.clock)
        self.postings = Postings(self.database, self.clock, "T1")
        self.editing = Editing(self.database, self.clock, Typed())
        self.verdicts = Verdicts(self.database, self.clock)
        self.reminders = Reminders(self.database, self.clock)
        self.mutes = Mutes(self.database, self.clock)
        self.figures = Numbers(self.database)

    @property
    def engine(self) -> sa.Engine:
        """The engine below."""
        return self.database.engine

    def scalar(self, sql: str) -> Any:
        """What a query of the test's own says."""
        with self.engine.begin() as connection:
            return connection.execute(sa.text(sql)).scalar()

    def accept(self, content: bytes | None = None, **changes: Any) -> int:
        """The row of an accepted message, of a new one unless told otherwise."""
        body = content if content is not None else f"mail {next(self.numbers)}".encode()
        (accepted,) = self.messages.accept_many([raw(body, self.clock, **changes)])
        return accepted.id

    def state(self, message_id: int) -> MessageState | None:
        """Where a message is; None when there is no such row or it is a copy of another."""
        state = self.scalar(f"SELECT state FROM messages WHERE id = {message_id} AND copy_of IS NULL")
        return None if state is None else MessageState(state)

    def quarantine(self, content: bytes | None = None, error: str = "boom", **changes: Any) -> int:
        """The row of a message that was set aside after as many attempts as it has."""
        message_id = self.accept(content, **changes)
        for attempt in range(1, MAX_FAILURES + 1):
            self.messages.fail(message_id, attempt, "parse", error, blame=True)
        return message_id

    def open(
        self,
        email: str = "ann@example.com",
        *,
        name: str = "",
        phone: str | None = None,
        vector: Sequence[float] = (1.0, 0.0),
        text: str = "My brakes grind.",
        message_id: int | None = None,
    ) -> int:
        """The number of a lead that is committed and not judged yet."""
        message = self.accept() if message_id is None else message_id
        keys = (("email", email), *((("phone", phone),) if phone else ()))
        new = NewLead(
            message_id=message,
            contact=Contact(name=name, email=email, phone=phone),
            keys=keys,
            subject="Brakes",
            ask="Brakes",
            text=text,
            vector=np.asarray(vector, dtype="<f4").tobytes(),
            embedder=self.embedder,
        )
        return self.leads.open(new).lead_id

    def lead(self, email: str = "ann@example.com", *, urgency: int = 50, **changes: Any) -> int:
        """The number of a lead that is shown."""
        lead_id = self.open(email, **changes)
        self.leads.complete(lead_id, triage(urgency), [])
        return lead_id


def raw(content: bytes, clock: SetClock, **changes: Any) -> RawMessage:
    """A raw message whose identity is that of its bytes."""
    made: dict[str, Any] = {
        "channel": "smtp",
        "identity": hashlib.sha256(content).hexdigest(),
        "account": "smtp",
        "content": content,
        "received_at": clock.now(),
        "mail_from": "ann@example.com",
        "rcpt_tos": ("leads@localhost",),
    }
    return RawMessage(**(made | changes))


def triage(urgency: int = 50) -> Triage:
    """A judgement of this urgency."""
    return Triage(urgency=urgency, label=UrgencyLabel.of(urgency))


def match(lead_id: int, other_id: int, kind: MatchKind = MatchKind.DUPLICATE, score: float = 0.9) -> Match:
    """A pair."""
    return Match(lead_id=lead_id, other_id=other_id, kind=kind, score=score, reasons=("same e-mail",))


def at_once(*works: Any) -> list[Any]:
    """The results of calls that begin at the same moment, each in a thread of its own."""
    barrier = Barrier(len(works))

    def begin(work: Any) -> Any:
        barrier.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(30) for future in [pool.submit(begin, work) for work in works]]


class ExactIndex:
    """An index in memory that compares with every vector; implements enrichment.ports.Index.

    trouble: what every call raises while it is set.
    """

    def __init__(self) -> None:
        self.vectors: dict[int, Vectors] = {}
        self.trouble: Exception | None = None

    def _reach(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def upsert(self, lead_ids: Sequence[int], vectors: Vectors) -> None:
        """Put leads in."""
        self._reach()
        self.vectors |= dict(zip(lead_ids, vectors, strict=True))

    def query(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """The nearest, best first."""
        self._reach()
        near = [(lead_id, float(np.dot(vector, other))) for lead_id, other in self.vectors.items()]
        return sorted(near, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def delete(self, lead_ids: Sequence[int]) -> None:
        """Take leads out."""
        for lead_id in lead_ids:
            self.vectors.pop(lead_id, None)

    def count(self) -> int:
        """How many."""
        self._reach()
        return len(self.vectors)

    def reset(self) -> None:
        """Take every lead out."""
        self.vectors.clear()


class WordVectors:
    """An embedder of tests: a hashed bag of words; implements enrichment.ports.Embedder."""

    def __init__(self, name: str = EMBEDDER) -> None:
        self.name = name
        self.dimension = 64

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit-length row a text."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[hashlib.sha256(f"{self.name} {word}".encode()).digest()[0] % self.dimension] += 1.0
        rows[:, 0] += 0.01  # a text without words has a direction too
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit
