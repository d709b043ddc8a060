"""A delivery report's own words: what comes before the returned mail, whom it speaks of, what the server answered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

from channels.mail.bounce_terms import RETURNED
from channels.mail.cleaning import clean_line

_READ = 16_000
_REASON = 300
_EMAIL = re.compile(r"(?<![\w.+=/-])[\w.+=/!#$%&'*?^`{|}~-]{1,128}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_NAMED = re.compile(
    r"^[ \t>]{0,20}[<\"']?([^\s<>@\"':]{1,128}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8})[>\"']?(?:[ \t]{0,9}:|[ \t]{0,9}$)",
    re.MULTILINE,
)
_RCPT = re.compile(
    r"(?:rcpt to: ?<|final-recipient: ?rfc822; ?<?|original-recipient: ?rfc822; ?<?)([^<>\s]{3,320})", re.IGNORECASE
)
_MESSAGE_ID = re.compile(r"^[ \t>]{0,10}message-id:\s{0,5}<?([^<>\s]{3,998})>?", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(
    r"^[ \t]{0,10}(status|action|diagnostic-code|final-recipient):[ \t]{0,10}([^\n]{1,1000})",
    re.IGNORECASE | re.MULTILINE,
)
_REPLY_LINE = re.compile(r"(?:^|[\s<:'\"(#])[45]\d\d[- ](?=\S)|\(#[45]\.|(?<![\d.])[45]\.[0-7]\.\d{1,3}\s")
_NEXT_PERSON = re.compile(r"^<?[^\s<>@]{1,128}@[^\s<>@]{1,255}>?:")


class Report(NamedTuple):
    """The two halves of a report's text: the server's words and the mail that came back."""

    words: str
    returned: str


def split_report(text: str) -> Report:
    """The report before and after the first line that announces the returned mail."""
    for mark in RETURNED.finditer(text[: 4 * _READ]):
        if text[: mark.start()].strip():
            return Report(text[: mark.start()][:_READ], text[mark.start() :][:_READ])
    return Report(text[:_READ], "")


def pasted_fields(words: str) -> dict[str, str]:
    """Fields of RFC 3464 that a server wrote into its text instead of a part of their own; lower-case names."""
    found: dict[str, str] = {}
    for name, value in _FIELD.findall(words):
        found.setdefault(name.lower(), value.strip())
    return found


def recipient_in(words: str, others: Iterable[str]) -> str | None:
    """The address that could not be reached: the one of a RCPT command, else the first that is none of `others`."""
    if command := _RCPT.search(words):
        return command[1].strip("<>.,;:").lower()
    passed = {other.lower() for other in others}
    named = [match[1] for match in _NAMED.finditer(words)] + [match[0] for match in _EMAIL.finditer(words)]
    found = (address.strip("'.").lower() for address in named)
    return next((address for address in found if address not in passed), None)


def answer_in(words: str, recipient: str | None) -> str:
    """The remote server's words: from the line that holds a reply code on, else what follows the recipient's name."""
    lines = [line.strip() for line in words.split("\n")]
    for number, line in enumerate(lines):
        if _REPLY_LINE.search(line):
            return "\n".join([line, *_until_gap(lines[number + 1 : number + 6])])
    if recipient:
        for number, line in enumerate(lines):
            place = line.lower().find(recipient)
            if place >= 0:
                rest = line[place + len(recipient) :].lstrip(">\"': ")
                return "\n".join([rest, *_until_gap([item for item in lines[number + 1 : number + 6] if item])]).strip()
    return ""


def _until_gap(lines: list[str]) -> list[str]:
    """The lines up to the first empty one, or up to the next recipient's."""
    return list(takewhile(lambda line: line and not _NEXT_PERSON.match(line), lines))


def one_line(words: str) -> str:
    """The words as a reason that fits in a message to staff."""
    return clean_line(words, _REASON)


def message_id_in(returned: str) -> str | None:
    """The Message-ID of the mail that came back, from its headers in the text."""
    found = _MESSAGE_ID.search(returned)
    return found[1] if found else None
