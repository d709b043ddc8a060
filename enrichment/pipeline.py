"""The way of one message through the house: the stages in their order, and what a stop means.

A stage takes a draft and returns it with more known, or returns a Stop: then the message ends there. Every stage may be
run again for the same message (after a crash, say) and must come to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from enrichment.acquaintances import Acquaintances
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.lead import Candidate, Contact, Match, MatchKind, Origin, Triage
from enrichment.models import Authentication, MessageState, Model, ParsedMessage, StoredMessage
from enrichment.ports import Embedder, Parser, SenderCheck, as_vector
from enrichment.stages.addresses import recipients_of
from enrichment.stages.business import Business, Businesses
from enrichment.stages.conversation import SAID_ON, Conversation
from enrichment.stages.match import judge
from enrichment.stages.neighbours import Neighbours
from enrichment.stages.origin import answers_go_to, forwarded_by, via_of
from enrichment.stages.party import same_party
from enrichment.stages.reply_token import leads_by_token
from enrichment.stages.resolve import contact_keys, contact_of, name_key
from enrichment.stages.screen_automatic import auto_reply
from enrichment.stages.screening import Screening
from enrichment.stages.suspicion import cautions_on, cautions_on_delivery
from enrichment.stages.thread import NO_NEWS, ThreadMatch, content_hash, participants, references_of, thread_of
from enrichment.stages.triage import triage
from enrichment.stages.wording import ask_of, request_text, told_of, words_of
from enrichment.store_ports import LeadStore, MessageStore, NewLead

EXCERPT = 600
NOTE = 1000
# Staff read the strongest few; the rest is what `/lead similar` is for.
MATCHES = 8


class Draft(Model):
    """What is known of a message so far; each stage fills in its part.

    possible: a lead that the message refers to though its writer takes no part in it. verdicts: waits for what the
    check of the sender has found, which goes on meanwhile.
    """

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
    possible: ThreadMatch | None = None
    verdicts: Callable[[], Authentication] = Authentication


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
    """The stages over the parts they need.

    businesses: whose messages these are, and so which addresses are ours. answer_key: what the addresses are signed
    with that lead an answer back to its lead. conversation: what is special to channels on which people talk.
    """

    messages: MessageStore
    leads: LeadStore
    parser: Parser
    embedder: Embedder
    neighbours: Neighbours
    businesses: Businesses
    senders: SenderCheck
    known: Acquaintances
    screening: Screening
    answer_key: bytes
    conversation: Conversation | None = None
    stages: tuple[tuple[str, Stage], ...] = field(init=False)

    def __post_init__(self) -> None:
        order = (self._parse, self._thread, self._resolve, self._screen, self._match, self._triage)
        object.__setattr__(self, "stages", tuple((stage.__name__.lstrip("_"), stage) for stage in order))

    def run(self, message_id: int) -> MessageState | None:
        """Bring one message to its end and commit it; the state it ended in, None when there was nothing to do.

        Raises StageError; the message waits as it was before the stage.
        """
        raw = self.messages.get(message_id)
        if raw is None or raw.state != MessageState.IN_PROGRESS:
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
        verdicts = Authentication if self._is_talk(draft.raw) else self.senders.begin(draft.raw)
        parsed = self._parser_of(draft.raw).parse(draft.raw.content)
        who = participants(parsed, self.businesses.own.addresses)
        excerpt = told_of(parsed)[:EXCERPT]
        original = self.messages.describe(draft.raw.id, parsed.message_id, content_hash(parsed), who, excerpt)
        if original is not None:
            return Stop(state=None, reason=f"the same message as {original}, by another way")
        return draft.model_copy(update={"parsed": parsed, "verdicts": verdicts})

    def _parser_of(self, raw: StoredMessage) -> Parser:
        return self.conversation.parsers[raw.channel] if self.conversation and self._is_talk(raw) else self.parser

    def _is_talk(self, raw: StoredMessage) -> bool:
        return self.conversation is not None and self.conversation.speaks(raw)

    def _thread(self, draft: Draft) -> Draft | Stop:
        parsed = draft.parsed
        named = references_of(parsed)
        signed = leads_by_token(recipients_of(draft.raw.rcpt_tos, parsed), self.answer_key)
        # A message that a crash stopped after its lead was opened stays that lead, whatever has come in since.
        if not (named or signed) or self.leads.opened(draft.raw.id):
            return self._continue(draft) if self._is_talk(draft.raw) else draft
        waits = bool(named) and self.messages.waits_for(draft.raw.id, named)
        hits = self.messages.in_threads(signed, named, sample=draft.raw.sample)
        automatic = bool(auto_reply(parsed, draft.raw.mail_from))
        found = thread_of(hits, parsed, self.businesses.own, automatic=automatic)
        if found is None or not found.certain:
            if waits:
                raise RetryLater("it answers a message that is still being read")
            if self._is_talk(draft.raw):
                return self._continue(draft)
            return draft.model_copy(update={"possible": found})
        return self._join(draft, found.lead_id, found.reason)

    def _continue(self, draft: Draft) -> Draft | Stop:
        """What is said in a conversation: it may go on with what its writer said just before."""
        if self.leads.opened(draft.raw.id) or self.conversation is None:
            return draft
        if draft.parsed.replaces:
            # What became no lead does not become one by being edited or deleted.
            self.messages.finish(draft.raw.id, MessageState.DISCARDED, "what it changes belongs to no lead")
            return Stop(state=MessageState.DISCARDED, reason="what it changes belongs to no lead")
        lead_id = self.conversation.lead_of(draft.raw)
        return draft if lead_id is None else self._join(draft, lead_id, SAID_ON)

    def _join(self, draft: Draft, lead_id: int, reason: str) -> Stop:
        """End the message as part of a lead; what its customer says in a conversation is read with what they said."""
        said: list[NewLead] = []

        def judge(first: StoredMessage, told: ParsedMessage) -> tuple[NewLead, Triage]:
            whole = self._resolve(draft.model_copy(update={"raw": first, "parsed": told}))
            said.append(self._new_lead(whole))
            return said[-1], self._judged(whole)

        talk = self.conversation
        if talk is not None and talk.join(draft.raw, draft.parsed, lead_id, reason, judge):
            self._compare_again(lead_id, said[-1])
        else:
            self.leads.attach(draft.raw.id, lead_id, reason, news=reason not in NO_NEWS)
        return Stop(state=MessageState.ATTACHED, reason=reason)

    def _compare_again(self, lead_id: int, said: NewLead) -> None:
        """What a lead repeats may show only when its customer has said more than "Hello"."""
        for lead in self.leads.candidates([lead_id]):
            self.leads.link(lead_id, self._matches(lead, said))

    def _resolve(self, draft: Draft) -> Draft:
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
        # Staff know better; and people who talk to us where the owner listens are no bulk mail.
        if draft.raw.restored or self._is_talk(draft.raw):
            return draft
        known = self.leads.known_party(draft.keys, sample=draft.raw.sample)
        verdict = self.screening.verdict(draft.raw, draft.parsed, known_party=known)
        if verdict.passes or self.leads.opened(draft.raw.id):
            return draft
        self.messages.finish(draft.raw.id, MessageState.FILTERED, verdict.reason)
        return Stop(state=MessageState.FILTERED, reason=verdict.reason)

    def _match(self, draft: Draft) -> Draft | Stop:
        """Commit the lead, then compare: whoever commits second sees the first, and a pair is written once."""
        said = self._new_lead(draft)
        lead = self.leads.open(said)
        return draft.model_copy(update={"lead": lead, "matches": self._matches(lead, said)})

    def _matches(self, lead: Candidate, said: NewLead) -> tuple[Match, ...]:
        who = (said.keys, name_key(said.contact.name))
        near = self.neighbours.near(as_vector(said.vector), *who, but=lead.lead_id, sample=lead.sample)
        return _strongest(lead, near, self.businesses.named(said.business).profile.generic)

    def _new_lead(self, draft: Draft) -> NewLead:
        vector = self.embedder.embed([request_text(draft.ask, draft.words)])[0]
        return NewLead(
            message_id=draft.raw.id,
            contact=draft.contact,
            keys=draft.keys,
            subject=draft.parsed.subject,
            ask=draft.ask,
            text=draft.words,
            vector=vector.astype("<f4").tobytes(),
            embedder=self.embedder.name,
            business=draft.business,
            origin=self._origin(draft),
            whole=draft.parsed.full_text if draft.parsed.full_text.strip() != draft.words.strip() else "",
        )

    def _origin(self, draft: Draft) -> Origin:
        parsed = draft.parsed
        cautions = cautions_on(parsed, draft.verdicts(), self.businesses.own, self.known.domains())
        doubt = (draft.possible.reason,) if draft.possible else ()
        answers = answers_go_to(parsed)
        return Origin(
            via=via_of(parsed),
            forwarded_by=forwarded_by(parsed),
            note=parsed.note[:NOTE],
            reply_to=answers if answers != draft.contact.email else "",
            link=parsed.link,
            cautions=(*doubt, *cautions_on_delivery(draft.raw), *cautions),
        )

    def _business(self, draft: Draft) -> Business:
        return self.businesses.named(draft.business)

    def _triage(self, draft: Draft) -> Draft | Stop:
        return draft.model_copy(update={"triage": self._judged(draft)})

    def _judged(self, draft: Draft) -> Triage:
        parsed = draft.parsed
        return triage(
            draft.words,
            parsed.subject,
            draft.contact,
            draft.raw.received_at,
            attachments=len(parsed.attachments),
            profile=self._business(draft).profile,
        )

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
