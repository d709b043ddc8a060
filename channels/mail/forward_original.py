"""From the values of a passed-on header to addresses, freed of what mail clients put around them."""

from __future__ import annotations

import re

from channels.mail.addresses import parse_addresses
from channels.mail.cleaning import MAX_NAME, MAX_SUBJECT, clean_line
from enrichment.models import Address, Original

_MAX_ADDRESSES = 20_000
_LINKED = re.compile(r"<mailto:[^<>\s]{1,400}>|\((?:mailto:)[^()\s]{1,400}\)", re.IGNORECASE)
_BRACKETED = re.compile(r"\[(?:mailto:)?([^\[\]\s@]{1,200}@[^\[\]\s@]{1,255})\]", re.IGNORECASE)
_SCHEME = re.compile(r"\bmailto:", re.IGNORECASE)
_BEHALF = re.compile(
    r"\s(?:on behalf of|im auftrag von|de la part de|en nombre de|per conto di|em nome de|namens|på vegne af"
    r"|på vegne av|för)\s.{0,1000}$",
    re.IGNORECASE | re.DOTALL,
)
_PUNCTUATION = " \t'\"<>[](),;*_\u201c\u201d\u201e\u00ab\u00bb"
_EMPHASIS = " *_"  # bold type, as text
_QUOTES = frozenset("\"'[(")
_MAX_DATE = 200


def original_of(values: dict[str, str]) -> Original:
    """The message that a header describes."""
    stated = values.get("from", "")
    sender = _sender(_BEHALF.sub("", stated))
    return Original(
        sender=sender,
        sender_name=sender.name if sender else _name(stated),
        reply_to=addresses_in(values.get("reply_to", "")),
        to=addresses_in(values.get("to", "")),
        cc=addresses_in(values.get("cc", "")),
        subject=clean_line(values.get("subject", ""), MAX_SUBJECT),
        date=clean_line(values.get("date", ""), _MAX_DATE).strip(" ;"),
    )


def addresses_in(value: str) -> tuple[Address, ...]:
    """The mailboxes of a header value; links that clients add (`a@b<mailto:a@b>`) are left out."""
    bare = _SCHEME.sub("", _BRACKETED.sub(r"<\1>", _LINKED.sub("", value[:_MAX_ADDRESSES])))
    found = parse_addresses(bare.replace("\u201e", '"').replace("\u201c", '"').replace("\u201d", '"'))
    return tuple(Address(name=mailbox.name.strip(_EMPHASIS), address=mailbox.address) for mailbox in found)


def _sender(stated: str) -> Address | None:
    """The first mailbox; a comma in its name (`Doe, John <a@b>`) stays."""
    found = addresses_in(stated)
    if not found:
        return None
    surname, comma, rest = stated.partition("<")[0].partition(",")
    if len(found) == 1 and comma and not _QUOTES.intersection(stated) and "@" not in surname + rest:
        return Address(name=_name(f"{surname}, {rest.strip()}"), address=found[0].address)
    return found[0]


def _name(stated: str) -> str:
    """What a `From:` without any address says."""
    return clean_line(_LINKED.sub("", stated[:1_000]), MAX_NAME).strip(_PUNCTUATION)
