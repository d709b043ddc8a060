"""The nouns of what comes in: frozen models with no behaviour beyond what their own fields say; leads are in `lead`.

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
