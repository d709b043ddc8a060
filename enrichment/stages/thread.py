"""Whether a message belongs to a lead that is there: a reply by somebody who takes part, or the same message again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from enrichment.models import Address, ParsedMessage
from enrichment.ports import ThreadHit
from enrichment.stages.addresses import identifies


def content_hash(parsed: ParsedMessage) -> str:
    """The same for two copies of one message that came by different ways: who, what subject, which words and files.

    Form plugins send a constant Message-ID, so the sender and the words must count too.
    """
    people = ",".join(address.address for address in (*_one(parsed.sender), *parsed.reply_to))
    files = ",".join(f"{part.filename}:{part.size}" for part in parsed.attachments)
    parts = (people, _collapsed(parsed.subject), _collapsed(parsed.text), files)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _one(address: Address | None) -> tuple[Address, ...]:
    return () if address is None else (address,)


def writers(parsed: ParsedMessage) -> tuple[str, ...]:
    """The addresses that the message may be from: the form's, Reply-To's, From's; lower case."""
    return tuple(dict.fromkeys((*authors(parsed), *(address.address for address in _one(parsed.sender)))))


def authors(parsed: ParsedMessage) -> tuple[str, ...]:
    """The writers without a form's From: that is the site's, the same for all who fill the form in."""
    form = parsed.fields.get("email", "").strip().lower()
    headers = parsed.reply_to if form else (*parsed.reply_to, *_one(parsed.sender))
    return tuple(dict.fromkeys(filter(None, (form, *(address.address for address in headers)))))


def participants(parsed: ParsedMessage, own: Iterable[str]) -> tuple[str, ...]:
    """Everyone the message is from or to, without our own addresses; at most 50."""
    ours = set(own)
    named = (*writers(parsed), *(address.address for address in (*parsed.to, *parsed.cc)))
    return tuple(dict.fromkeys(address for address in named if address not in ours))[:50]


def lead_replied_to(hits: Sequence[ThreadHit], parsed: ParsedMessage) -> int | None:
    """The newest lead that the reply refers to and its writer takes part in.

    A reference alone joins nothing: anyone can quote a Message-ID they have seen. Nor does the address of a program.
    """
    who = {address for address in authors(parsed) if identifies(address)}
    return next((hit.lead_id for hit in hits if who & set(hit.participants)), None)
