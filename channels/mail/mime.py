"""Raw mail to facts. Every input gives a ParsedMessage; what was broken in it is said in `defects`.

Four stages, each more modest than the one before: mail-parser; the standard library, whose compat32 reading has no
opinion that could fail; its headers alone, with the body searched for text, when the nesting is too deep; and last the
raw bytes as text, with From and Subject found by pattern. Never policy.default: hostile headers cost it minutes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.feedparser import BytesFeedParser
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from itertools import islice

import mailparser

from channels.mail.addresses import find_address, parse_addresses
from channels.mail.body import MAX_PARTS, Body, raw_text, read_body
from channels.mail.cleaning import MAX_HEADER, MAX_SUBJECT, clean_line
from channels.mail.defuse import defuse
from channels.mail.headers import Headers, decode_header
from channels.mail.part import Part
from channels.mail.salvage import salvage_parts, split_head
from channels.mail.understand import plain_words, understand
from enrichment.models import Address, ParsedMessage

_MAX_DEFECTS = 20
_MAX_FOR_DEFECTS = 2_000_000
_PIECE = 65_536
_MAX_BOUNDARIES = 20_000
_MAX_DEFECT = 200
_RAW_FROM = re.compile(rb"^(?:reply-to|from|sender)[ \t]*:([^\n]{0,1000})", re.IGNORECASE | re.MULTILINE)
_RAW_SUBJECT = re.compile(rb"^subject[ \t]*:([^\n]{0,4000})", re.IGNORECASE | re.MULTILINE)
logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs pieces of customers' mail

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def parse(content: bytes) -> ParsedMessage:
    """The facts of one RFC 5322 message; never raises, and every string is clean and bounded (see cleaning.py)."""
    defects: list[str] = []
    stages: tuple[Callable[[bytes], ParsedMessage], ...] = (_by_mail_parser, _by_stdlib, _headers_and_text)
    for stage in stages:
        if stage is _by_stdlib and any(RecursionError.__name__ in defect for defect in defects):
            continue  # the same nesting would be too deep again
        try:
            parsed = stage(defuse(content))
        except Exception as error:  # noqa: BLE001 - fuzzing found four unrelated types, and a lead must not be lost to a fifth
            defects.append(f"the message is badly broken ({type(error).__name__}); read with fewer means")
        else:
            found = (*defects, *parsed.defects)[:_MAX_DEFECTS]
            return parsed.model_copy(update={"defects": tuple(clean_line(defect, _MAX_DEFECT) for defect in found)})
    return _raw(content, defects)


def _by_mail_parser(content: bytes) -> ParsedMessage:
    """Stage one: the structure and its defects as mail-parser sees them."""
    message = _structure(content)
    return _facts(message, read_body(message), _defects_of(message, len(content)))


def _structure(content: bytes) -> Message:
    """The parts of a message; fed in pieces, because the stdlib's own way holds four bytes for each of the mail's.

    Raises ValueError for a mail of tens of thousands of parts, which the stdlib would take many seconds for.
    """
    if content.count(b"\n--") > _MAX_BOUNDARIES:
        raise ValueError("too many parts")
    feed = BytesFeedParser()
    for start in range(0, len(content), _PIECE):
        feed.feed(content[start : start + _PIECE])
    return feed.close()


def _defects_of(message: Message, size: int) -> list[str]:
    """What mail-parser finds broken; large mail is left out, because it holds three more copies of every attachment."""
    if size > _MAX_FOR_DEFECTS or len(list(islice(message.walk(), MAX_PARTS))) == MAX_PARTS:
        return []
    light: Message = Message()  # without dates, hosts and addresses: we read them, and they are half of its time
    for name, value in message.raw_items():
        if name.lower().startswith(("content-", "mime-")):
            light[name] = value
    light.set_payload(message.get_payload())
    light.defects, light.epilogue = message.defects, message.epilogue
    return [_in_words(category) for category in sorted(mailparser.MailParser(light).defects_categories)]


def _by_stdlib(content: bytes) -> ParsedMessage:
    """Stage two: the structure alone."""
    message = _structure(content)
    return _facts(message, read_body(message), [])


def _headers_and_text(content: bytes) -> ParsedMessage:
    """Stage three: the headers, and whatever text lies between boundary lines."""
    head, rest = split_head(content)
    message = BytesHeaderParser().parsebytes(head)
    holder: Message = Message()
    holder["Content-Type"] = "multipart/mixed"
    for part in salvage_parts(rest):
        holder.attach(part)
    return _facts(message, read_body(holder), [], simply=True)


def _raw(content: bytes, defects: list[str]) -> ParsedMessage:
    """Stage four: no structure at all."""
    sender, subject = _RAW_FROM.search(content), _RAW_SUBJECT.search(content)
    address = find_address(_escaped(sender[1])) if sender else None
    text = raw_text(content)
    return ParsedMessage(
        sender=Address(address=address) if address else None,
        subject=clean_line(decode_header(_escaped(subject[1])), MAX_SUBJECT) if subject else "",
        text=text,
        full_text=text,
        defects=tuple(defects),
    )


def _escaped(raw: bytes) -> str:
    return raw.decode("ascii", "surrogateescape")


def _facts(message: Message, body: Body, defects: list[str], *, simply: bool = False) -> ParsedMessage:
    """What the headers and the body say. simply: without telling whose words are whose."""
    top = Part(message)
    headers = top.headers
    sender, subject = _sender(headers), headers.text("subject", MAX_SUBJECT)
    to, cc = parse_addresses(headers.raw("to")), parse_addresses(headers.raw("cc"))
    answered, references = headers.ids("in-reply-to"), headers.ids("references")
    if simply:
        words = plain_words(body.text)
    else:
        sent_to = {mailbox.address for mailbox in (*to, *cc)}
        answers = bool(answered or references)
        words = understand(message, body.text, subject, reply=answers, recipients=sent_to, sender=sender)
    return ParsedMessage(
        **words._asdict(),
        message_id=next(iter(headers.ids("message-id")), None),
        in_reply_to=answered,
        references=references,
        sender=sender,
        reply_to=parse_addresses(headers.raw("reply-to")),
        to=to,
        cc=cc,
        subject=subject,
        date=_date(headers),
        hidden=body.hidden,
        content_type=top.kind,
        headers=_deciding(top, body),
        attachments=tuple(body.attachments),
        defects=tuple([*defects, *body.defects, *_header_defects(headers, sender)][:_MAX_DEFECTS]),
    )


def _sender(headers: Headers) -> Address | None:
    """Who is in From, or in Sender when From is unusable."""
    return next(iter(parse_addresses(headers.raw("from")) or parse_addresses(headers.raw("sender"))), None)


def _deciding(top: Part, body: Body) -> dict[str, str]:
    """The headers that decisions are made from, and three facts that are no headers by themselves."""
    found = top.headers.deciding(MAX_HEADER)
    facts = {
        "report-type": clean_line(top.parameter("report-type"), MAX_HEADER).lower(),
        "calendar-method": body.calendar,
        "received-count": str(top.headers.count("received") or ""),
    }
    return found | {name: value for name, value in facts.items() if value}


def _date(headers: Headers) -> datetime | None:
    """The Date header in UTC; a date without a zone is taken as UTC, as RFC 5322 says of `-0000`."""
    value = headers.text("date", 100)
    try:
        found = datetime.fromisoformat(value) if _ISO_DATE.match(value) else parsedate_to_datetime(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _header_defects(headers: Headers, sender: Address | None) -> list[str]:
    defects = []
    if sender is None:
        defects.append("From holds no address" if headers.count("from") else "there is no From")
    if headers.count("from") > 1:
        defects.append("there are several From headers; the first was taken")
    if headers.count("date") and _date(headers) is None:
        defects.append("the date cannot be read")
    return defects


def _in_words(category: str) -> str:
    """`CloseBoundaryNotFoundDefect` as `close boundary not found`."""
    return _CAMEL.sub(" ", category.removesuffix("Defect")).lower()
