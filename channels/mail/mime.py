"""Raw mail to facts. Every input gives a ParsedMessage; what was broken in it is said in `defects`.

Four stages, each more modest than the one before: mail-parser; the standard library, whose compat32 reading has no
opinion that could fail; its headers alone, with the body searched for text, when the nesting is too deep; and last the
raw bytes as text, with From and Subject found by pattern. Never policy.default: hostile headers cost it minutes.
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

import mailparser

from channels.mail.addresses import find_address, parse_addresses
from channels.mail.body import Body, raw_text, read_body
from channels.mail.cleaning import MAX_HEADER, MAX_SUBJECT, clean_line
from channels.mail.defuse import defuse
from channels.mail.forms import read_fields
from channels.mail.headers import Headers, decode_header
from channels.mail.part import Part
from channels.mail.salvage import salvage_parts, split_head
from enrichment.models import Address, ParsedMessage

_MAX_DEFECTS = 20
_MAX_DEFECT = 200
_RAW_FROM = re.compile(rb"^(?:reply-to|from|sender)[ \t]*:([^\n]{0,1000})", re.IGNORECASE | re.MULTILINE)
_RAW_SUBJECT = re.compile(rb"^subject[ \t]*:([^\n]{0,4000})", re.IGNORECASE | re.MULTILINE)
logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs pieces of customers' mail

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def parse(content: bytes) -> ParsedMessage:
    """The facts of one RFC 5322 message; never raises, and every string is clean and bounded (see cleaning.py)."""
    defects: list[str] = []
    stages: tuple[Callable[[bytes], ParsedMessage], ...] = (_by_mail_parser, _by_stdlib, _headers_and_text)
    for stage in stages:
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
    mail = mailparser.parse_from_bytes(content)
    body = read_body(mail.message)
    return _facts(mail.message, body, [_in_words(category) for category in sorted(mail.defects_categories)])


def _by_stdlib(content: bytes) -> ParsedMessage:
    """Stage two: the structure alone."""
    message = email.message_from_bytes(content)
    return _facts(message, read_body(message), [])


def _headers_and_text(content: bytes) -> ParsedMessage:
    """Stage three: the headers, and whatever text lies between boundary lines."""
    head, rest = split_head(content)
    message = BytesHeaderParser().parsebytes(head)
    holder: Message = Message()
    holder["Content-Type"] = "multipart/mixed"
    for part in salvage_parts(rest):
        holder.attach(part)
    return _facts(message, read_body(holder), [])


def _raw(content: bytes, defects: list[str]) -> ParsedMessage:
    """Stage four: no structure at all."""
    sender, subject = _RAW_FROM.search(content), _RAW_SUBJECT.search(content)
    address = find_address(_escaped(sender[1])) if sender else None
    return ParsedMessage(
        sender=Address(address=address) if address else None,
        subject=clean_line(decode_header(_escaped(subject[1])), MAX_SUBJECT) if subject else "",
        text=raw_text(content),
        defects=tuple(defects),
    )


def _escaped(raw: bytes) -> str:
    return raw.decode("ascii", "surrogateescape")


def _facts(message: Message, body: Body, defects: list[str]) -> ParsedMessage:
    top = Part(message)
    headers = top.headers
    sender = _sender(headers)
    return ParsedMessage(
        message_id=next(iter(headers.ids("message-id")), None),
        in_reply_to=headers.ids("in-reply-to"),
        references=headers.ids("references"),
        sender=sender,
        reply_to=parse_addresses(headers.raw("reply-to")),
        to=parse_addresses(headers.raw("to")),
        cc=parse_addresses(headers.raw("cc")),
        subject=headers.text("subject", MAX_SUBJECT),
        date=_date(headers),
        text=body.text,
        content_type=top.kind,
        headers=_deciding(top),
        fields=read_fields(body.text),
        attachments=tuple(body.attachments),
        defects=tuple([*defects, *body.defects, *_header_defects(headers, sender)][:_MAX_DEFECTS]),
    )


def _sender(headers: Headers) -> Address | None:
    """Who is in From, or in Sender when From is unusable."""
    return next(iter(parse_addresses(headers.raw("from")) or parse_addresses(headers.raw("sender"))), None)


def _deciding(top: Part) -> dict[str, str]:
    found = top.headers.deciding(MAX_HEADER)
    report_type = clean_line(top.parameter("report-type"), MAX_HEADER).lower()
    return found | ({"report-type": report_type} if report_type else {})


def _date(headers: Headers) -> datetime | None:
    """The Date header in UTC; a date without a zone is taken as UTC, as RFC 5322 says of `-0000`."""
    try:
        found = parsedate_to_datetime(headers.text("date", 100))
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
