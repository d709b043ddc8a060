"""What a lead is: who wants what, how soon, what it resembles, and what staff made of it; frozen like all models.

Times are aware UTC; phones are E.164; e-mail addresses are lower case; scores are 0.0-1.0; urgency is 0-100.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from enrichment.models import Address, ChannelName, Model


class LeadStatus(StrEnum):
    """What staff have done with a lead; OPEN and CLAIMED are the ones still to be answered."""

    OPEN = "open"
    CLAIMED = "claimed"
    WON = "won"
    LOST = "lost"
    NOT_A_LEAD = "not_a_lead"


# From which urgency a lead is hot, or warm; below, it is cold.
HOT_FROM, WARM_FROM = 70, 40


class UrgencyLabel(StrEnum):
    """Urgency in one word."""

    HOT = "hot"
    WARM = "warm"
    COLD = "cold"

    @classmethod
    def of(cls, urgency: int) -> UrgencyLabel:
        """The label of an urgency of 0-100."""
        if urgency >= HOT_FROM:
            return cls.HOT
        return cls.WARM if urgency >= WARM_FROM else cls.COLD


class MatchKind(StrEnum):
    """How two leads belong together."""

    DUPLICATE = "duplicate"  # same party, same request
    RELATED = "related"  # same party, another request
    SIMILAR = "similar"  # another party, the same kind of request


class Verdict(StrEnum):
    """What staff say of two leads; it counts for more than what matching found."""

    SAME = "same"
    RELATED = "related"
    DIFFERENT = "different"


class Via(StrEnum):
    """By which way the customer's words came into the message."""

    DIRECT = "direct"
    REPLY = "reply"
    FORWARD = "forward"
    FORM = "form"
    ADF = "adf"
    RELAY = "relay"


class Origin(Model):
    """How a lead's words came in.

    forwarded_by: the colleague who passed it on, with their `note` above it. reply_to: where an answer must go when
    that is not the contact's e-mail (a relay, say). cautions: what to know of the sender before answering, a line each.
    link: where the message itself stands, when it has an address (Slack's permalink).
    """

    via: Via = Via.DIRECT
    forwarded_by: Address | None = None
    note: str = ""
    reply_to: str = ""
    cautions: tuple[str, ...] = ()
    link: str = ""


class Contact(Model):
    """Who wrote. `source` says where the e-mail address was found.

    source: field (of a form), reply_to, original_sender (a group's header), forwarded (header), text or from.
    id: None until the contact is stored.
    """

    id: int | None = None
    name: str = ""
    email: str | None = None
    phone: str | None = None
    company: str = ""
    source: str = "from"


class Evidence(Model):
    """Why a score is what it is: the customer's words (`quote`, may be empty), the rule that spoke, its points."""

    rule: str
    quote: str = ""
    points: int = 0


class Triage(Model):
    """How soon someone should answer, and why. `method` names who judged: rules, or rules and a model.

    service: the service of the business profile that is asked for, empty when none is named.
    """

    urgency: int = Field(ge=0, le=100)
    label: UrgencyLabel
    intent: str = "inquiry"
    service: str = ""
    evidence: tuple[Evidence, ...] = ()
    method: str = "rules"


class Analysis(Model):
    """What a language model made of a lead, checked against the customer's words.

    summary: what is wanted, in one line; timeframe, budget, location: as the customer put it, empty when not said.
    urgency: the model's own opinion, 0-100; evidence: its reasons, each quote found in the message.
    next_step: what staff might do, in one line; model: its name; made_at: when it answered.
    rules: what the rules alone had said, so that both can be shown and analysing again starts from there.
    """

    model: str
    made_at: datetime
    summary: str
    intent: str = "inquiry"
    service: str = ""
    urgency: int = Field(ge=0, le=100)
    timeframe: str = ""
    budget: str = ""
    location: str = ""
    next_step: str = ""
    evidence: tuple[Evidence, ...] = ()
    rules: Triage | None = None


class Match(Model):
    """A link between a lead and an earlier (or concurrent) one; never a merge.

    lead_id > other_id, so that one pair has one row; score 0.0-1.0; reasons in words for staff.
    verdict: staff's own, by whom (Slack's id, and the name); None as long as nobody has judged.
    """

    lead_id: int
    other_id: int
    kind: MatchKind
    score: float = Field(ge=0.0, le=1.0)
    reasons: tuple[str, ...] = ()
    verdict: Verdict | None = None
    judged_by: str = ""
    judged_by_name: str = ""
    judged_at: datetime | None = None


class Edits(Model):
    """What staff put in the place of what the machine found; None: nothing. An empty word takes away what was found."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    urgency: int | None = Field(default=None, ge=0, le=100)


class Candidate(Model):
    """A stored lead as matching sees it.

    vector: unit length, little-endian float32 as stored; empty when it was made by another model.
    """

    lead_id: int
    contact: Contact
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    received_at: datetime
    sample: bool = False
    vector: bytes = Field(default=b"", repr=False)


class Lead(Model):
    """A customer's request as staff see it; everything shown anywhere is rendered from this.

    id: the number in `L-1042`; uuid: its name outside; revision: raised by every change, 0 before triage.
    ask: the request in one line; text: the customer's own words.
    business: whose lead it is, by name; sample: came with Leadbot, never synced anywhere.
    analysis: the language model's, None until it has answered.
    owner: Slack's id of who claimed it, owner_name: their name; note: what staff wrote when they closed it.
    historical: imported from before the bot's time; nobody is told of it until its customer writes again.
    origin: how its words came in; whole: everything that came, quotations and signature too, where that is more.
    edits: what staff changed; contact and triage say what they said already. snoozed_until: nobody is to be bothered
    with it before then. machine: the judgement without staff, where they set another urgency.
    """

    id: int
    uuid: str
    message_id: int
    status: LeadStatus = LeadStatus.OPEN
    contact: Contact
    subject: str = ""
    ask: str = ""
    text: str = ""
    channel: ChannelName
    received_at: datetime
    revision: int = 0
    triage: Triage
    analysis: Analysis | None = None
    duplicate_of: int | None = None
    matches: tuple[Match, ...] = ()
    business: str = ""
    sample: bool = False
    owner: str = ""
    owner_name: str = ""
    note: str = ""
    historical: bool = False
    origin: Origin = Origin()
    whole: str = ""
    edits: Edits = Edits()
    snoozed_until: datetime | None = None
    machine: Triage | None = None

    @property
    def label(self) -> str:
        """The lead's name for people, `L-1042`."""
        return f"L-{self.id}"
