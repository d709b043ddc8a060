"""The nouns of Leadbot: frozen models with no behaviour beyond what their own fields say.

Times are aware UTC; phones are E.164; e-mail addresses are lower case; scores are 0.0-1.0; urgency is 0-100.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ChannelName = Literal["smtp", "imap", "slack"]


class Model(BaseModel):
    """Base of every model here: immutable, and a misspelt field is an error."""

    # Errors must not carry what customers wrote into the logs.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class MessageState(StrEnum):
    """Where a message is; every state but IN_PROGRESS is final until a person acts."""

    IN_PROGRESS = "in_progress"
    LEAD = "lead"
    ATTACHED = "attached"
    FILTERED = "filtered"
    QUARANTINED = "quarantined"
    DISCARDED = "discarded"
    ERASED = "erased"


class LeadStatus(StrEnum):
    """What staff have done with a lead; OPEN and CLAIMED are the ones still to be answered."""

    OPEN = "open"
    CLAIMED = "claimed"
    WON = "won"
    LOST = "lost"
    NOT_A_LEAD = "not_a_lead"


class UrgencyLabel(StrEnum):
    """Urgency in one word: hot >= 70, warm >= 40, cold below."""

    HOT = "hot"
    WARM = "warm"
    COLD = "cold"

    @classmethod
    def of(cls, urgency: int) -> UrgencyLabel:
        """The label of an urgency of 0-100."""
        if urgency >= 70:
            return cls.HOT
        return cls.WARM if urgency >= 40 else cls.COLD


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


class RawMessage(Model):
    """One inbound message as it came, before anyone looked inside.

    identity: hex sha256 that makes accepting it twice harmless (SMTP: envelope and bytes).
    stamped: whether the bytes hold a Message-ID or Date, so that equal bytes mean one sending and not two.
    sample: whether it came with Leadbot, to be tried and thrown away.
    account: which door of the channel it came through (a listener, a mailbox, a Slack team).
    junk: whether it lay in a mailbox's Junk folder; cut_from: bytes of the whole, where only its beginning is here;
    historical: whether it was imported from before the bot's time, so that nobody is told of it.
    """

    channel: ChannelName
    identity: str
    account: str
    content: bytes
    received_at: datetime
    mail_from: str | None = None
    rcpt_tos: tuple[str, ...] = ()
    client_ip: str | None = None
    helo: str | None = None
    tls: bool = False
    stamped: bool = True
    sample: bool = False
    junk: bool = False
    cut_from: int | None = None
    historical: bool = False


class StoredMessage(RawMessage):
    """A raw message with its row number and the number of the attempt that is now working on it.

    state: None when it is a copy of another. restored: whether staff have said of it, after it was filtered, that it is
    a lead.
    """

    id: int
    state: MessageState | None = MessageState.IN_PROGRESS
    attempt: int = 1
    restored: bool = False


class Address(Model):
    """A mailbox of a mail header; `address` is lower case, `name` may be empty."""

    name: str = ""
    address: str


class Attachment(Model):
    """What is known of an attachment without opening it; size in bytes.

    inline: shown inside the text, such as a logo. within: the attached message or container that holds it, by name.
    """

    filename: str
    content_type: str
    size: int
    inline: bool = False
    within: str = ""


class Via(StrEnum):
    """By which way the customer's words came into the message."""

    DIRECT = "direct"
    REPLY = "reply"
    FORWARD = "forward"
    FORM = "form"
    ADF = "adf"
    RELAY = "relay"


class Original(Model):
    """The header of a message that somebody passed on, as the forward states it; `date` as written there.

    sender_name: the sender as named there, also where no address is given and `sender` is None.
    """

    sender: Address | None = None
    sender_name: str = ""
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: str = ""


class Bounce(Model):
    """What a delivery report says (RFC 3464).

    status: enhanced status code such as 5.1.1, None when none is given; hard: whether trying again is of no use;
    reason: the remote server's words on one line; message_id: of the message that came back; answers: the Message-IDs
    that one answered, nearest first.
    """

    recipient: str | None = None
    status: str | None = None
    hard: bool = False
    reason: str = ""
    message_id: str | None = None
    answers: tuple[str, ...] = ()


class Authentication(Model):
    """Verdicts on the sender in the words of RFC 8601 (`pass`, `fail`, `softfail`, `none`, ...); None: not looked at.

    aligned: whether SPF or DKIM proves From's own organisation, with or without a DMARC record; None: cannot be told.
    """

    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None
    aligned: bool | None = None


class ParsedMessage(Model):
    r"""The facts that one message states about itself; nothing in here is a decision.

    text: the newest words of whoever wrote it, as plain text with \n line ends and no control characters: without
    quotes, signature and, in a forward, the colleague's note. full_text: everything a person would read.
    quoted, signature: what was split off, never lost; note: the forwarder's words above a forward.
    originals: the messages passed on, outermost first; the last is the customer's. forwarded: whether it is a forward.
    language: ISO 639-1 of `text`, None when it cannot be told.
    headers: the few headers that decisions are made from, lower-case names (`auto-submitted`, `list-id`, ...).
    fields: what a web form labelled (`name`, `email`, `phone`, `company`, `subject`, `message`), values as written.
    form: every label of the form with its value, as written. adf: the fields came from an ADF XML document.
    relay: the marketplace or portal that passed the fields on; empty: an unknown one, None: they came another way.
    hidden: text that HTML hides from its reader, shortened. bounce: what a delivery report says, None when it is none.
    defects: what was broken in the message, in words.
    author: who wrote, where the channel knows its users; looks like an address and is none, never shown.
    replaces: the message_id whose newer version this is; withdrawn: its writer took it back; link: where it stands.
    """

    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    full_text: str = ""
    quoted: str = ""
    signature: str = ""
    note: str = ""
    forwarded: bool = False
    originals: tuple[Original, ...] = ()
    language: str | None = None
    content_type: str = "text/plain"
    headers: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    form: dict[str, str] = Field(default_factory=dict)
    adf: bool = False
    relay: str | None = None
    hidden: str = ""
    bounce: Bounce | None = None
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    author: str = ""
    replaces: str = ""
    withdrawn: bool = False
    link: str = ""


class SpamOpinion(Model):
    """How much a message looks like spam. An opinion only: what becomes of the message is decided by screening.

    score: 0.0-1.0; spam: whether it should be set aside; reasons: in words for staff, the weightiest first.
    mailing: whether it reads like one letter to many people, wanted or not, though no header says so.
    """

    score: float = Field(default=0.0, ge=0.0, le=1.0)
    spam: bool = False
    mailing: bool = False
    reasons: tuple[str, ...] = ()


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
