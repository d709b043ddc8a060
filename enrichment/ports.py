"""What the core needs from the outside, as Protocols; the adapters that satisfy them come in through bot.bootstrap.

Everything here is blocking and called from worker threads: parsing, embedding and SQL are work, not waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from enrichment.models import (
    Analysis,
    Authentication,
    Candidate,
    Contact,
    Lead,
    Match,
    MessageState,
    Model,
    Origin,
    ParsedMessage,
    RawMessage,
    SpamOpinion,
    StoredMessage,
    Triage,
)

Vectors = npt.NDArray[np.float32]


def as_vector(stored: bytes) -> Vectors:
    """A stored vector (little-endian float32) as an array, without a copy."""
    return np.frombuffer(stored, dtype="<f4")


def name_key(name: str) -> str:
    """A name as it is compared: case folded, white space collapsed."""
    return " ".join(name.casefold().split())


class Clock(Protocol):
    """Tells the time, so that tests can set it."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Parser(Protocol):
    """Reads the facts out of a raw mail."""

    def parse(self, content: bytes) -> ParsedMessage:
        """The facts of one RFC 5322 message.

        Broken mail gives what can be read, with `defects`. Raises GiveUp when the message could not be read within its
        time or memory, RetryLater when the parser itself could not be started.
        """
        ...


class SenderCheck(Protocol):
    """Finds out whether a message comes from whom it says."""

    def begin(self, raw: RawMessage) -> Callable[[], Authentication]:
        """Start the check and return at once; what is returned waits for the verdicts, a few seconds at most.

        Verdicts that could not be had in time are None or `temperror`; nothing is raised for them.
        """
        ...


class SpamScanner(Protocol):
    """A scanner of the owner's that is asked what it thinks of each mail."""

    def scan(self, raw: RawMessage) -> SpamOpinion | None:
        """Its opinion; None when it has none, is away or takes too long. Never raises."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors whose cosine says how alike their meaning is."""

    name: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit-length row per text, shape (len(texts), dimension), float32. Thread-safe."""
        ...


class Index(Protocol):
    """Finds the nearest leads by vector; a view of the store, which can always be rebuilt."""

    def upsert(self, lead_ids: Sequence[int], vectors: Vectors) -> None:
        """Put leads in, replacing what is there under the same ids. Raises RetryLater when it is not reachable."""
        ...

    def query(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """(lead id, cosine -1.0..1.0) of the nearest leads, best first; vector has shape (dimension,)."""
        ...

    def delete(self, lead_ids: Sequence[int]) -> None:
        """Take leads out; unknown ids are ignored."""
        ...

    def count(self) -> int:
        """How many leads are in it."""
        ...

    def reset(self) -> None:
        """Take every lead out, as before a rebuild."""
        ...


class Accepted(Model):
    """Where an accepted message lies; `new` is False when it had been accepted before."""

    id: int
    new: bool


class ThreadHit(Model):
    """A lead that a reply refers to, and the match keys of everyone who took part in it."""

    lead_id: int
    participants: tuple[str, ...]


class NewLead(Model):
    """What a message says about a new lead, before it is compared with the others.

    vector: the embedding of the request, unit length; embedder: the name of what made it.
    keys: match keys of the contact as (kind, value), kind `email` or `phone`.
    business: whose lead it is, by name. whole: everything that came, where that is more than `text`.
    """

    message_id: int
    contact: Contact
    keys: tuple[tuple[str, str], ...]
    subject: str
    ask: str
    text: str
    vector: bytes
    embedder: str
    business: str = ""
    origin: Origin = Origin()
    whole: str = ""


class Inbox(Protocol):
    """Where raw messages go first."""

    def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:
        """Store each message once, in one commit. Raises RetryLater when nothing could be stored."""
        ...

    def acknowledge(self, message_id: int) -> None:
        """Remember that the sender has read our answer. Raises RetryLater."""
        ...


class Backpressure(Protocol):
    """Whether there is room for new messages. Channels ask it before they take one: SMTP answers 452, polls wait."""

    @property
    def paused(self) -> str:
        """Why no message may be taken now, in one line; empty while one may. Costs nothing to ask."""
        ...


class MessageStore(Protocol):
    """What the pipeline needs to know and say about messages."""

    def get(self, message_id: int) -> StoredMessage | None:
        """The raw message."""
        ...

    def describe(
        self, message_id: int, mime_id: str | None, body_hash: str, participants: Sequence[str], excerpt: str
    ) -> int | None:
        """Write down what parsing found; the message of which this one is a copy, if it is."""
        ...

    def in_threads(self, lead_ids: Sequence[int], mime_ids: Sequence[str], *, sample: bool = False) -> list[ThreadHit]:
        """These leads, then those that the Message-IDs belong to, among the samples or among all others."""
        ...

    def waits_for(self, message_id: int, mime_ids: Sequence[str]) -> bool:
        """Whether an earlier message with one of these Message-IDs is still in progress."""
        ...

    def finish(self, message_id: int, state: MessageState, reason: str | None) -> None:
        """End a message that became no lead."""
        ...


class LeadStore(Protocol):
    """What the pipeline needs to know and say about leads."""

    def open(self, new: NewLead) -> Candidate:
        """Commit the lead with contact and vector, not yet shown; the same message again gives the same lead."""
        ...

    def opened(self, message_id: int) -> bool:
        """Whether a lead was opened for this message already."""
        ...

    def known_party(self, keys: Sequence[tuple[str, str]], *, sample: bool = False) -> bool:
        """Whether somebody with one of these contact keys has written before, among the samples or the others."""
        ...

    def of_party(self, keys: Sequence[tuple[str, str]], name_key: str, limit: int) -> list[Candidate]:
        """Leads of contacts with one of these keys, then of those with exactly this name; newest first within each."""
        ...

    def unindexed(self, limit: int) -> list[tuple[int, bytes]]:
        """(lead id, vector) of leads that the vector index does not hold yet, newest first."""
        ...

    def vectors(self, lead_ids: Sequence[int]) -> dict[int, bytes]:
        """The vectors of these leads, empty where another embedder made them."""
        ...

    def addresses(self, limit: int) -> list[str]:
        """The e-mail addresses of known parties, newest first, without the samples'."""
        ...

    def candidates(self, lead_ids: Sequence[int]) -> list[Candidate]:
        """These leads, as matching sees them."""
        ...

    def keep_vectors(self, vectors: Mapping[int, bytes]) -> None:
        """Replace vectors of an earlier embedding model by this one's."""
        ...

    def complete(self, lead_id: int, triage: Triage, matches: Sequence[Match]) -> None:
        """Commit what was judged and show the lead: revision 1, its message ended, each pair once."""
        ...

    def attach(self, message_id: int, lead_id: int, reason: str) -> None:
        """End a message as part of a lead and raise the lead's revision."""
        ...


class TypedContacts(Protocol):
    """Reads what staff type about a contact, by the rules that customers' own details are read by."""

    def email(self, written: str) -> str:
        """The address, lower case. Raises GiveUp with a line for who typed it."""
        ...

    def phone(self, written: str, business: str) -> str:
        """The number as E.164; business: by name, whose country counts without a prefix. Raises GiveUp as above."""
        ...

    def keys(self, contact: Contact) -> tuple[tuple[str, str], ...]:
        """The (kind, value) pairs by which this party is known again."""
        ...


class Near(Model):
    """What one person wrote about the time of a message: the lead it belongs to; waits: one is still being read."""

    lead_id: int | None = None
    waits: bool = False


class SoFar(Model):
    """All messages of a lead, oldest first, and the revision of the lead that they are the words of."""

    revision: int
    open: bool
    messages: tuple[StoredMessage, ...]


class Conversations(Protocol):
    """Leads that grow with what their customer says next."""

    def near(self, message: StoredMessage, seconds: float) -> Near:
        """What its writer wrote at the same place within so many seconds of it."""
        ...

    def so_far(self, lead_id: int) -> SoFar | None:
        """What the lead is made of now; None when there is no such lead."""
        ...

    def join(self, message_id: int, lead_id: int, reason: str, *, said: NewLead, triage: Triage, revision: int) -> bool:
        """End the message as part of the lead and give the lead these words, in one commit.

        False when the lead has changed since that revision: look again. What staff did stays.
        """
        ...


class LanguageModel(Protocol):
    """Answers a question about a text in the shape asked for. What it says is untrusted."""

    @property
    def name(self) -> str:
        """The model's name, as shown to staff."""
        ...

    async def answer(self, system: str, prompt: str, schema: Mapping[str, Any]) -> str:
        """JSON text that should follow the JSON schema.

        Raises RetryLater when the model is away, slow or broken off, NeedsPerson when only a person can bring it back
        (it is not installed, say), GiveUp when this prompt can never be answered (it is too long).
        """
        ...


class AnalysisStore(Protocol):
    """Where a model's analysis goes."""

    def analysed(self, lead_id: int, analysis: Analysis, triage: Triage) -> bool:
        """Add it to the lead and raise its revision; what staff did stays. False when the lead is gone or closed."""
        ...


class Crm(Protocol):
    """The customer's own list of leads, elsewhere."""

    def upsert(self, leads: Sequence[Lead]) -> None:
        """Write each lead once, found again by its uuid; at most the target's batch at a time.

        Raises RetryLater, GiveUp for a record that will never be taken, NeedsPerson when only a person can mend it.
        """
        ...


class LeadReader(Protocol):
    """Leads as they are shown."""

    def get(self, lead_id: int) -> Lead | None:
        """One lead with its matches."""
        ...


class Target(Protocol):
    """A view of the leads that a reconciler keeps up: cards, threads, the vector index, the CRM."""

    @property
    def name(self) -> str:
        """The view's name in the store."""
        ...

    @property
    def batch(self) -> int:
        """How many leads it takes at a time."""
        ...

    @property
    def after(self) -> str | None:
        """The view that goes first: in all that it has to do now, and with each lead."""
        ...

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Bring these leads (id, revision wanted) up to date in the view; safe to repeat.

        Raises RetryLater, GiveUp or NeedsPerson; then none of them counts as done and the loop tries them one by one.
        """
        ...


class ViewStore(Protocol):
    """How far each view has come."""

    def behind(self, view: str, limit: int, after: str | None = None) -> list[tuple[int, int]]:
        """(lead id, revision wanted) of what the view has to catch up with now, most urgent first.

        after: another view that goes first: as long as it has anything to do now, this one has nothing.
        """
        ...

    def caught_up(self, view: str, leads: Sequence[tuple[int, int]]) -> None:
        """The view has these leads (id, revision) now."""
        ...

    def failed(self, view: str, lead_id: int, error: str, delay: float) -> None:
        """The view could not show this lead; try again after `delay` seconds."""
        ...

    def failures(self, view: str, lead_id: int) -> int:
        """How often in a row the view has failed on this lead."""
        ...

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or keep the right to work on something; False while another holds it."""
        ...
