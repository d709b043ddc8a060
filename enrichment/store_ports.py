"""What the core needs of whatever keeps messages, leads and their views, as Protocols; see enrichment.ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from enrichment.lead import Analysis, Candidate, Contact, Lead, Match, Origin, Triage
from enrichment.models import MessageState, Model, RawMessage, StoredMessage


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

    def link(self, lead_id: int, matches: Sequence[Match]) -> None:
        """Add matches to a lead that is shown already and raise its revision; a pair that is there stays.

        Unless it is a duplicate only now, and staff have said nothing of it.
        """
        ...

    def attach(self, message_id: int, lead_id: int, reason: str, *, news: bool = True) -> None:
        """End a message as part of a lead and raise the lead's revision; news: bring it back if it was laid aside."""
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


class AnalysisStore(Protocol):
    """Where a model's analysis goes."""

    def analysed(self, lead_id: int, analysis: Analysis, triage: Triage, *, text: str | None = None) -> bool:
        """Add it to the lead and raise its revision; what staff did stays.

        text: the words that it is of, if that matters. False when the lead is gone, closed, or says something else now.
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
