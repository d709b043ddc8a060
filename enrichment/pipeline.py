"""The way of one message through the house: the stages in their order, and what a stop means.

A stage takes a draft and returns it with more known, or returns a Stop: then the message ends there. Every stage may be
run again for the same message (after a crash, say) and must come to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.models import (
    Candidate,
    Contact,
    Match,
    MatchKind,
    MessageState,
    Model,
    ParsedMessage,
    StoredMessage,
    Triage,
)
from enrichment.ports import Embedder, LeadStore, MessageStore, NewLead, Parser
from enrichment.stages.business import Business, Businesses
from enrichment.stages.match import judge
from enrichment.stages.neighbours import Neighbours
from enrichment.stages.party import same_party
from enrichment.stages.resolve import contact_keys, contact_of, name_key
from enrichment.stages.screen import screen
from enrichment.stages.thread import content_hash, lead_replied_to, participants
from enrichment.stages.triage import triage
from enrichment.stages.wording import ask_of, request_text, words_of

EXCERPT = 600
# Staff read the strongest few; the rest is what `/lead similar` is for.
MATCHES = 8


class Draft(Model):
    """What is known of a message so far; each stage fills in its part."""

    raw: StoredMessage
    parsed: ParsedMessage = ParsedMessage()
    business: str = ""
    contact: Contact = Contact()
    keys: tuple[tuple[str, str], ...] = ()
    ask: str = ""
    words: str = ""
    lead: Candidate | None = None
    matches: tuple[Match, ...] = ()
    triage: Triage | None = None


class Stop(Model):
    """The message has ended and that is committed; state None: as a copy of another message."""

    state: MessageState | None
    reason: str


class StageError(LeadbotError):
    """A stage failed on a message; `blame` tells whether the message is at fault or a part of ours."""

    def __init__(self, stage: str, cause: Exception) -> None:
        super().__init__(str(cause) if isinstance(cause, LeadbotError) else f"{type(cause).__name__}: {cause}")
        self.stage = stage
        self.blame = not isinstance(cause, (RetryLater, NeedsPerson))


Stage = Callable[[Draft], Draft | Stop]


@dataclass(frozen=True)
class Pipeline:
    """The stages over the parts they need. `businesses`: whose messages these are, and so which addresses are ours."""

    messages: MessageStore
    leads: LeadStore
    parser: Parser
    embedder: Embedder
    neighbours: Neighbours
    businesses: Businesses
    stages: tuple[tuple[str, Stage], ...] = field(init=False)

    def __post_init__(self) -> None:
        order = (self._parse, self._thread, self._resolve, self._screen, self._match, self._triage)
        object.__setattr__(self, "stages", tuple((stage.__name__.lstrip("_"), stage) for stage in order))

    def run(self, message_id: int) -> MessageState | None:
        """Bring one message to its end and commit it; the state it ended in, None when there was nothing to do.

        Raises StageError; the message waits as it was before the stage.
        """
        raw = self.messages.get(message_id)
        if raw is None or self.messages.state(message_id) != MessageState.IN_PROGRESS:
            return None
        draft = Draft(raw=raw)
        for name, stage in (*self.stages, ("commit", self._commit)):
            try:
                result = stage(draft)
            except Exception as error:
                raise StageError(name, error) from error
            if isinstance(result, Stop):
                return result.state
            draft = result
        return None

    def _parse(self, draft: Draft) -> Draft | Stop:
        parsed = self.parser.parse(draft.raw.content)
        who = participants(parsed, self.businesses.own.addresses)
        excerpt = words_of(parsed)[:EXCERPT]
        original = self.messages.describe(draft.raw.id, parsed.message_id, content_hash(parsed), who, excerpt)
        if original is not None:
            return Stop(state=None, reason=f"the same message as {original}, by another way")
        return draft.model_copy(update={"parsed": parsed})

    def _thread(self, draft: Draft) -> Draft | Stop:
        parsed = draft.parsed
        named = (*parsed.in_reply_to, *parsed.references)
        # A message that a crash stopped after its lead was opened stays that lead, whatever has come in since.
        if not named or self.leads.opened(draft.raw.id):
            return draft
        waits = self.messages.waits_for(draft.raw.id, named)
        lead_id = lead_replied_to(self.messages.by_mime_ids(named, sample=draft.raw.sample), parsed)
        if lead_id is None and waits:
            raise RetryLater("it answers a message that is still being read")
        if lead_id is None:
            return draft
        reason = "a reply in the lead's thread"
        self.leads.attach(draft.raw.id, lead_id, reason)
        return Stop(state=MessageState.ATTACHED, reason=reason)

    def _resolve(self, draft: Draft) -> Draft | Stop:
        business = self.businesses.of(draft.raw.rcpt_tos, draft.parsed)
        contact = contact_of(draft.parsed, self.businesses.own, business.country)
        found = {
            "business": business.name,
            "contact": contact,
            "keys": contact_keys(contact),
            "ask": ask_of(draft.parsed),
            "words": words_of(draft.parsed),
        }
        return draft.model_copy(update=found)

    def _screen(self, draft: Draft) -> Draft | Stop:
        known = self.leads.known_party(draft.keys, sample=draft.raw.sample)
        verdict = screen(draft.parsed, draft.raw.mail_from, known, self.businesses.own)
        if verdict.passes or self.leads.opened(draft.raw.id):
            return draft
        self.messages.finish(draft.raw.id, MessageState.FILTERED, verdict.reason)
        return Stop(state=MessageState.FILTERED, reason=verdict.reason)

    def _match(self, draft: Draft) -> Draft | Stop:
        """Commit the lead, then compare: whoever commits second sees the first, and a pair is written once."""
        vector = self.embedder.embed([request_text(draft.ask, draft.words)])[0]
        lead = self.leads.open(self._new_lead(draft, vector.astype("<f4").tobytes()))
        who = (draft.keys, name_key(draft.contact.name))
        near = self.neighbours.near(vector, *who, but=lead.lead_id, sample=lead.sample)
        generic = self._business(draft).profile.generic
        return draft.model_copy(update={"lead": lead, "matches": _strongest(lead, near, generic)})

    def _new_lead(self, draft: Draft, vector: bytes) -> NewLead:
        return NewLead(
            message_id=draft.raw.id,
            contact=draft.contact,
            keys=draft.keys,
            subject=draft.parsed.subject,
            ask=draft.ask,
            text=draft.words,
            vector=vector,
            embedder=self.embedder.name,
            business=draft.business,
        )

    def _business(self, draft: Draft) -> Business:
        return self.businesses.named(draft.business)

    def _triage(self, draft: Draft) -> Draft | Stop:
        parsed = draft.parsed
        judged = triage(
            draft.words,
            parsed.subject,
            draft.contact,
            draft.raw.received_at,
            attachments=len(parsed.attachments),
            profile=self._business(draft).profile,
        )
        return draft.model_copy(update={"triage": judged})

    def _commit(self, draft: Draft) -> Stop:
        if draft.lead is None or draft.triage is None:
            raise GiveUp("the stages ended without a judged lead")
        self.leads.complete(draft.lead.lead_id, draft.triage, draft.matches)
        return Stop(state=MessageState.LEAD, reason="")


def _strongest(lead: Candidate, near: Sequence[tuple[Candidate, float]], generic: frozenset[str]) -> tuple[Match, ...]:
    """The matches that are shown. The most alike are judged first, and of strangers no more than can be shown."""
    found: list[Match] = []
    strangers = 0
    for other, similarity in sorted(near, key=lambda pair: -pair[1]):
        if strangers >= MATCHES and not same_party(lead, other, similarity).strength:
            continue
        if match := judge(lead, other, similarity, generic):
            found.append(match)
            strangers += match.kind == MatchKind.SIMILAR
    return tuple(sorted(found, key=_weight)[:MATCHES])


def _weight(match: Match) -> tuple[int, float, int]:
    """Sorts the party's own leads first: many that are merely alike must not push a duplicate out."""
    return (list(MatchKind).index(match.kind), -match.score, match.other_id)
