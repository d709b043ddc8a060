"""The mails of a run, every one of them from the seed and its number: what it says, and what must become of it."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.faults import wording
from tests.faults.wording import Customer

RECIPIENT = "leads@localhost"
OTHER_RECIPIENT = "leads+again@localhost"
# What starter.py makes the parser fail on.
POISON = "FAIL-TO-PARSE"
# One that counts the same for ever, as form plugins send it.
CONSTANT_ID = "<form-1@plugin.example>"


class Kind(StrEnum):
    """What a mail is."""

    FRESH = "fresh"
    AGAIN = "again"
    RELATED = "related"
    REPLY = "reply"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    NEWSLETTER = "newsletter"
    FORM = "form"
    BARE = "bare"
    CONSTANT = "constant id"
    COPY = "copy"
    POISON = "poison"
    BIG = "big"


class Sending(StrEnum):
    """How often it is sent. RESENT: the sender did not see the 250. TWIN: over two connections at the same moment."""

    ONCE = "once"
    RESENT = "resent"
    TWIN = "twin"


# Of a hundred mails; dealt like a deck of cards, so that a short run has every kind too.
DECK = {
    Kind.FRESH: 50,
    Kind.AGAIN: 6,
    Kind.RELATED: 7,
    Kind.REPLY: 9,
    Kind.AUTO_REPLY: 3,
    Kind.BOUNCE: 3,
    Kind.NEWSLETTER: 4,
    Kind.FORM: 6,
    Kind.BARE: 4,
    Kind.CONSTANT: 4,
    Kind.COPY: 2,
    Kind.POISON: 1,
    Kind.BIG: 1,
}
SENDINGS = {Sending.ONCE: 90, Sending.RESENT: 6, Sending.TWIN: 4}
STATES = {
    Kind.REPLY: "attached",
    Kind.AUTO_REPLY: "filtered",
    Kind.BOUNCE: "filtered",
    Kind.NEWSLETTER: "filtered",
    Kind.COPY: "copy",
    Kind.POISON: "quarantined",
}
# Mails that others may refer to: an ordinary lead of one customer.
_ANSWERABLE = {Kind.FRESH, Kind.BIG}
# Kinds that refer to one of those.
_LATER = {Kind.AGAIN, Kind.RELATED, Kind.REPLY, Kind.COPY}
# How far back a customer's earlier mail is looked for.
_MEMORY = 300


@dataclass(frozen=True)
class Mail:
    """One mail that is to be delivered. of: the earlier mail that it refers to, which must have been accepted first."""

    seed: int
    number: int
    kind: Kind
    sending: Sending
    customer: Customer
    of: Mail | None = None

    @property
    def state(self) -> str:
        """Where it must be at the end; `copy` for one that is a further source of another."""
        return STATES.get(self.kind, "lead")

    @property
    def mail_from(self) -> str:
        """The envelope's sender."""
        return "" if self.kind == Kind.BOUNCE else self.customer.email

    @property
    def rcpt_to(self) -> str:
        """The envelope's recipient."""
        return OTHER_RECIPIENT if self.kind == Kind.COPY else RECIPIENT

    @property
    def message_id(self) -> str:
        """Its Message-ID."""
        return CONSTANT_ID if self.kind == Kind.CONSTANT else f"<{self.number}.{self.seed}@mail.example>"

    def content(self) -> bytes:
        """The bytes, the same each time."""
        return _content(self.of) if self.kind == Kind.COPY and self.of else _content(self)

    def key(self) -> str:
        """What tells it from every other: a hash of recipient and bytes."""
        return key_of(self.rcpt_to, self.content())


def key_of(rcpt_to: str, content: bytes) -> str:
    """The key of a message that was stored or sent."""
    return f"{rcpt_to} {hashlib.sha256(content).hexdigest()}"


def generate(seed: int, count: int) -> list[Mail]:
    """The mails of this seed, in the order in which they are sent."""
    chance = random.Random(f"mails {seed}")
    made: list[Mail] = []
    earlier: list[Mail] = []
    copied: set[int] = set()
    for number, (dealt, sending) in zip(range(count), _dealt(chance), strict=False):
        known = [mail for mail in earlier[-_MEMORY:] if dealt != Kind.COPY or mail.number not in copied]
        of = chance.choice(known) if dealt in _LATER and known else None
        # In the beginning there is nobody yet to come again.
        kind = Kind.FRESH if dealt in _LATER and of is None else dealt
        # The same bytes again are one message only as long as the first 250 has not been read.
        once = kind == Kind.BARE and sending == Sending.TWIN
        customer = of.customer if of else wording.customer(chance, number)
        mail = Mail(seed, number, kind, Sending.ONCE if once else sending, customer, of)
        made.append(mail)
        if kind in _ANSWERABLE:
            earlier.append(mail)
        if kind == Kind.COPY and of:
            copied.add(of.number)
    return made


def _dealt(chance: random.Random) -> Iterator[tuple[Kind, Sending]]:
    while True:
        kinds = [kind for kind, count in DECK.items() for _ in range(count)]
        sendings = [sending for sending, count in SENDINGS.items() for _ in range(count)]
        chance.shuffle(kinds)
        chance.shuffle(sendings)
        yield from zip(kinds, sendings, strict=True)


def _content(mail: Mail) -> bytes:
    chance = random.Random(f"mail {mail.seed} {mail.number}")
    headers, body = _headers(mail, chance), _body(mail, chance)
    if mail.kind == Kind.BIG:
        boundary = f"part-{mail.number}"
        headers += [("MIME-Version", "1.0"), ("Content-Type", f'multipart/mixed; boundary="{boundary}"')]
        body = _with_attachment(body, boundary, chance)
    else:
        headers += [("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8")]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{head}\r\n{body}".replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _headers(mail: Mail, chance: random.Random) -> list[tuple[str, str]]:
    sender = f"{mail.customer.name} <{mail.customer.email}>"
    subject = wording.subject(chance, mail.number)
    headers = [("From", sender), ("To", RECIPIENT), ("Subject", subject), ("X-Number", f"{mail.seed}/{mail.number}")]
    if mail.kind != Kind.BARE:
        headers += [("Date", "Fri, 20 Nov 2026 09:00:00 +0000"), ("Message-ID", mail.message_id)]
    match mail.kind:
        case Kind.REPLY if mail.of is not None:
            headers[2] = ("Subject", "Re: your enquiry")
            headers.append(("In-Reply-To", mail.of.message_id))
            if chance.random() < 0.3:
                headers.append(("Auto-Submitted", "auto-replied"))
        case Kind.AUTO_REPLY:
            headers.append(("Auto-Submitted", "auto-replied"))
        case Kind.BOUNCE:
            headers[0] = ("From", f"Mail Delivery System <mailer-daemon@bounce{mail.number}.example>")
            headers[2] = ("Subject", "Undelivered Mail Returned to Sender")
        case Kind.NEWSLETTER:
            headers[0] = ("From", f"Shop News <news@shop{mail.number}.example>")
            headers += [("List-Id", "<news.shop.example>"), ("List-Unsubscribe", "<https://news.example/u>")]
        case Kind.FORM:
            headers[0] = ("From", "Website <wordpress@garage.example>")
            headers.append(("Reply-To", mail.customer.email))
    return headers


def _body(mail: Mail, chance: random.Random) -> str:
    if mail.kind == Kind.AGAIN and mail.of is not None:
        return (
            _body(mail.of, random.Random(f"mail {mail.seed} {mail.of.number}"))
            + f"\nIs there any news? ({mail.number})\n"
        )
    text = wording.request(chance, mail.number)
    if mail.kind == Kind.FORM:
        return f"Name: {mail.customer.name}\nEmail: {mail.customer.email}\nMessage: {text}\n"
    if mail.kind == Kind.POISON:
        text += f"\n{POISON}"
    signed = f"\n\nKind regards\n{mail.customer.name}\n"
    return f"Hello,\n\n{text}{signed}" + (f"Phone {mail.customer.phone}\n" if mail.customer.phone else "")


def _with_attachment(body: str, boundary: str, chance: random.Random) -> str:
    """The body with a picture of 1 to 2 MB."""
    picture = base64.encodebytes(chance.randbytes(chance.randrange(750_000, 1_500_000))).decode()
    return (
        f"--{boundary}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
        f"--{boundary}\nContent-Type: image/jpeg\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="roof.jpg"\n\n{picture}\n--{boundary}--\n'
    )
