"""What the bot understands from one mail, in the shape that `leadbot read --json` prints; no store, no network.

Missing values are null (texts of the customer are empty instead, so that they can be searched and joined).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from pydantic import Field

from channels.mail import mbox
from channels.mail.framing import MAX_FRAME
from channels.mail.trust_stated import stated_in
from enrichment.errors import GiveUp
from enrichment.lead import Via
from enrichment.models import Address, Model, ParsedMessage
from enrichment.ports import Parser
from enrichment.stages.business import Businesses
from enrichment.stages.resolve import contact_and_phone, forwarded_by, via_of, words_of
from enrichment.stages.screen import Verdict, screen
from enrichment.stages.spam import judge_spam


class Kind(StrEnum):
    """What a message is, in one word."""

    LEAD = "lead"
    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"
    PITCH = "pitch"
    JOB_APPLICATION = "job_application"
    SPAM = "spam"
    CALENDAR = "calendar"
    OTHER = "other"
    UNREADABLE = "unreadable"


_KINDS = {kind.value: kind for kind in Kind}


class Person(Model):
    """A mailbox as it is printed."""

    name: str | None = None
    email: str | None = None


class Who(Person):
    """The customer; phone: E.164 where the region can be told, else as it was written."""

    phone: str | None = None
    company: str | None = None


class File(Model):
    """An attachment; size in bytes."""

    name: str
    type: str
    size: int


class Returned(Model):
    """What a bounce says."""

    recipient: str | None
    status: str | None
    hard: bool
    reason: str | None


class Verdicts(Model):
    """What a mail server that is trusted says of the sender; see LEADBOT_AUTHSERV_IDS."""

    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None


class Reading(Model):
    """One message; see DESIGN's command line. text: the customer's own words; note: a forwarding colleague's."""

    file: str
    kind: Kind
    is_lead: bool
    reasons: tuple[str, ...] = ()
    via: Via = Via.DIRECT
    contact: Who = Who()
    forwarded_by: Person | None = None
    sender: Person = Person()
    reply_to: str | None = None
    subject: str | None = None
    text: str = ""
    note: str | None = None
    full_text: str = ""
    quoted: str | None = None
    signature: str | None = None
    language: str | None = None
    attachments: tuple[File, ...] = ()
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    date: datetime | None = None
    form: dict[str, str] = Field(default_factory=dict)
    bounce: Returned | None = None
    authentication: Verdicts = Verdicts()
    defects: tuple[str, ...] = ()


def readings(sources: list[Path], stdin: IO[bytes], reader: Reader) -> Iterator[Reading]:
    """What is in these files and folders, in their order; `-` is standard input. One that cannot be read says so."""
    for source in sources:
        if str(source) == "-":
            yield from reader.of_file("-", stdin)
            continue
        files = _files_in(source) if source.is_dir() else [source]
        for file in files:
            try:
                with file.open("rb") as opened:
                    yield from reader.of_file(str(file), opened)
            except OSError as error:
                yield unreadable(str(file), f"{file} cannot be read ({error.strerror})")


def _files_in(folder: Path) -> list[Path]:
    """Every file below it but hidden ones, which are the system's; hidden folders are mailboxes of a Maildir."""
    return sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))


def unreadable(file: str, why: str) -> Reading:
    """A message of which nothing is known."""
    return Reading(file=file, kind=Kind.UNREADABLE, is_lead=False, reasons=(why,))


class Reader:
    """Reads mails as the bot would. trusted: see channels.mail.trust_stated; limit: bytes of the largest mail."""

    def __init__(
        self, parser: Parser, businesses: Businesses, trusted: frozenset[str] = frozenset(), limit: int = MAX_FRAME
    ) -> None:
        self._parser = parser
        self._businesses = businesses
        self._trusted = trusted
        self._limit = limit

    def of_file(self, name: str, file: IO[bytes]) -> Iterator[Reading]:
        """Each mail of a file; in an mbox they are called `name#1`, `name#2` ..."""
        first: Reading | None = None
        for number, content in enumerate(mbox.mails(file, self._limit), 1):
            reading = self.of_mail(f"{name}#{number}", content)
            if first is not None:
                yield first
                first = None
            if number == 1:
                first = reading
            else:
                yield reading
        if first is not None:
            yield first.model_copy(update={"file": name})

    def of_mail(self, name: str, content: bytes) -> Reading:
        """What this mail says; never raises GiveUp."""
        if not content.strip():
            return unreadable(name, "the file is empty")
        if len(content) > self._limit:
            return unreadable(name, f"the mail is larger than {self._limit:,} bytes")
        try:
            parsed = self._parser.parse(content)
        except GiveUp as error:
            return unreadable(name, str(error))
        said = stated_in(content, self._trusted)
        verdicts = Verdicts(spf=said.spf, dkim=said.dkim, dmarc=said.dmarc)
        return self._understood(name, parsed).model_copy(update={"authentication": verdicts})

    def _understood(self, name: str, parsed: ParsedMessage) -> Reading:
        business = self._businesses.of((), parsed)
        own = self._businesses.own
        verdict = screen(parsed, None, known_party=False, own=own, spam=judge_spam(parsed))
        contact, phone = contact_and_phone(parsed, own, business.country)
        return Reading(
            file=name,
            kind=_kind(parsed, verdict),
            is_lead=verdict.passes and _says_something(parsed),
            reasons=(verdict.reason,) if verdict.reason else (),
            via=via_of(parsed),
            contact=Who(
                name=contact.name or None,
                email=contact.email,
                phone=contact.phone or (phone.written if phone else None),
                company=contact.company or None,
            ),
            forwarded_by=_person(forwarded_by(parsed)),
            sender=_person(parsed.sender) or Person(),
            reply_to=parsed.reply_to[0].address if parsed.reply_to else None,
            subject=parsed.subject or None,
            text=words_of(parsed),
            note=parsed.note or None,
            full_text=parsed.full_text,
            quoted=parsed.quoted or None,
            signature=parsed.signature or None,
            language=parsed.language,
            attachments=tuple(
                File(name=part.filename, type=part.content_type, size=part.size)
                for part in parsed.attachments
                if not part.within  # the attached message that holds it is listed
            ),
            message_id=parsed.message_id,
            in_reply_to=parsed.in_reply_to[0] if parsed.in_reply_to else None,
            references=parsed.references,
            date=parsed.date,
            form=parsed.form,
            bounce=_returned(parsed),
            defects=parsed.defects,
        )


def _kind(parsed: ParsedMessage, verdict: Verdict) -> Kind:
    if verdict.kind is not None:
        return _KINDS.get(verdict.kind.value, Kind.OTHER)
    if not _says_something(parsed):
        return Kind.OTHER
    return Kind.REPLY if via_of(parsed) is Via.REPLY else Kind.LEAD


def _says_something(parsed: ParsedMessage) -> bool:
    """Whether anything at all came with the message."""
    return bool(parsed.full_text.strip() or parsed.subject.strip() or parsed.attachments)


def _person(address: Address | None) -> Person | None:
    return None if address is None else Person(name=address.name or None, email=address.address)


def _returned(parsed: ParsedMessage) -> Returned | None:
    bounce = parsed.bounce
    if bounce is None:
        return None
    return Returned(recipient=bounce.recipient, status=bounce.status, hard=bounce.hard, reason=bounce.reason or None)
