"""Address headers, tolerantly: broken ones still give the mailbox that a person would see in them.

A single pass over bounded input: the stdlib's structured parser takes minutes for a From of commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.mail.cleaning import MAX_ADDRESS, MAX_NAME, clean_line
from channels.mail.headers import decode_header
from enrichment.models import Address

MAX_MAILBOXES = 100

_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.){0,400})"'
    r"|\((?P<comment>[^()]{0,400})\)"
    r"|<(?P<angle>[^<>]{0,1000})>"
    r"|(?P<separator>[,;:])"
    r'|(?P<words>[^"(<,;:]+|.)',
    re.DOTALL,
)
# The local part is longer than RFC 5321's 64 in real reply tokens; a piece of an overlong address is no address.
_BARE = re.compile(
    r"(?<![^\s@<>()\[\],;:\\\"])[^\s@<>()\[\],;:\\\"]{1,200}@[^\s@<>()\\,;:\"']{1,255}(?![^\s@<>()\\,;:\"'])"
)
_MAILTO = re.compile(r"[\[(<]mailto:([^\s\[\]<>()]{1,320})[\])>]", re.IGNORECASE)
_PUNCTUATION = " \t'\"<>,;"


@dataclass
class _Mailbox:
    """One entry of the list, in raw pieces."""

    phrase: list[str] = field(default_factory=list)
    comment: str = ""
    angle: str | None = None

    def address(self) -> str | None:
        """The address, from the angle brackets first, else from anywhere in the entry."""
        closed = "".join(self.angle.split()) if self.angle else None  # `<ann @example.com>`
        for source in (self.angle, closed, " ".join(self.phrase), self.comment):
            if source and (found := find_address(source)):
                return found
        return None

    def name(self) -> str:
        """The display name decoded; without the address when that is part or all of it."""
        phrase = decode_header(" ".join(self.phrase))
        if self.angle is None:
            phrase = _BARE.sub(" ", phrase)
        name = clean_line(phrase, MAX_NAME).strip(_PUNCTUATION)
        if name.lower() == self.address():
            name = ""
        return name or clean_line(decode_header(self.comment), MAX_NAME).strip(_PUNCTUATION)


def parse_addresses(raw: str) -> tuple[Address, ...]:
    """The mailboxes of one raw address header, at most 100; entries without an address are left out."""
    found = []
    for mailbox in _mailboxes(_MAILTO.sub(r"<\1>", raw)):
        address = mailbox.address()
        if address:
            found.append(Address(name=mailbox.name(), address=address))
        if len(found) == MAX_MAILBOXES:
            break
    return tuple(found)


def find_address(text: str) -> str | None:
    """The last e-mail address in a piece of raw text, lower case; None when there is none of a sensible length."""
    found = _BARE.findall(decode_header(text))
    address = clean_line(found[-1], 1000).strip(".'").lower() if found else ""
    if "@[" not in address:
        address = address.rstrip("]")  # of Outlook's `[mailto:ann@example.com]`
    return address if "@" in address and " " not in address and len(address) <= MAX_ADDRESS else None


def _mailboxes(raw: str) -> Iterator[_Mailbox]:
    """The entries between commas; `Smith, John <a@b>` without quotes is one entry."""
    mailbox = _Mailbox()
    for token in _TOKEN.finditer(raw):
        if token["separator"] == ":":
            mailbox = _Mailbox()  # what stood before it named a group
        elif token["separator"]:
            if mailbox.angle is not None or "@" in "".join(mailbox.phrase):
                yield mailbox
                mailbox = _Mailbox()
        else:
            _add(mailbox, token)
    yield mailbox


def _add(mailbox: _Mailbox, token: re.Match[str]) -> None:
    if token["angle"] is not None:
        mailbox.angle = token["angle"]
    elif token["comment"] is not None:
        mailbox.comment = mailbox.comment or token["comment"]
    elif token["quoted"] is not None:
        mailbox.phrase.append(re.sub(r"\\(.)", r"\1", token["quoted"]))
    elif len(mailbox.phrase) < 50:
        mailbox.phrase.append(token["words"].strip())
