"""Whether a message belongs to a lead that is there: a reply by somebody who takes part, or the same message again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from enum import StrEnum

from enrichment.models import Address, Bounce, Model, ParsedMessage
from enrichment.stages.addresses import OwnAddresses, emails_in, identifies, match_key
from enrichment.stages.origin import innermost
from enrichment.store_ports import ThreadHit

_MOST_REFERENCES = 50
_MOST_PARTICIPANTS = 50
_SHOWN = 80


class Joined(StrEnum):
    """As what a message belongs to a lead: the reason that is stored with it, in words for staff."""

    REPLY = "a reply in the lead's thread"
    AUTOMATIC = "an automatic reply in the lead's thread"
    UNDELIVERED = "a message of the lead's thread could not be delivered"
    OURS = "our own answer in the lead's thread"
    EDITED = "the customer edited this message"
    WITHDRAWN = "the customer deleted this message"


# Nobody has written to us: a lead that staff have laid aside stays so.
NO_NEWS = frozenset({Joined.AUTOMATIC, Joined.OURS})


class ThreadMatch(Model):
    """A lead that a message refers to.

    certain: its writer takes part in the lead, so the message belongs there; False: a stranger quotes the lead's
    message, which staff are shown as possible and nothing else. reason: why, in words for staff.
    """

    lead_id: int
    certain: bool
    reason: str


def content_hash(parsed: ParsedMessage) -> str:
    """The same for two copies of one message that came by different ways: who, what subject, which words and files.

    Form plugins send a constant Message-ID, so the sender and the words must count too.
    """
    people = ",".join(address.address for address in (*_one(parsed.sender), *parsed.reply_to))
    files = ",".join(f"{part.filename}:{part.size}" for part in parsed.attachments)
    parts = (people, _collapsed(parsed.subject), _collapsed(parsed.full_text or parsed.text), files)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def references_of(parsed: ParsedMessage) -> tuple[str, ...]:
    """The Message-IDs that it answers, nearest first, each once, at most 50; a bounce names what came back."""
    bounce = parsed.bounce or Bounce()
    returned = (*((bounce.message_id,) if bounce.message_id else ()), *bounce.answers)
    # References run from the oldest to the newest: of a long thread the newest are kept.
    named = (*returned, *parsed.in_reply_to, *reversed(parsed.references))
    return tuple(dict.fromkeys(named))[:_MOST_REFERENCES]


def writers(parsed: ParsedMessage) -> tuple[str, ...]:
    """The addresses that the message may be from: the form's, Reply-To's, From's; lower case."""
    return tuple(dict.fromkeys((*authors(parsed), *(address.address for address in _one(parsed.sender)))))


def authors(parsed: ParsedMessage) -> tuple[str, ...]:
    """The writers without those who only passed it on: a form's From is the site's, a forward's the colleague's.

    A bounce stands for whom it could not be delivered to.
    """
    if parsed.bounce is not None:
        return tuple(filter(None, [(parsed.bounce.recipient or "").lower()]))
    original = innermost(parsed, OwnAddresses()) if parsed.forwarded else None
    if original is not None:
        found = [mailbox.address for mailbox in (*original.reply_to, *_one(original.sender))]
        return tuple(dict.fromkeys(filter(None, (*_labelled(parsed), *found))))
    form = _labelled(parsed)
    if parsed.author:
        return (parsed.author, *form, *(a.address for a in _one(parsed.sender) if a.address))
    headers = parsed.reply_to if form else (*parsed.reply_to, *_one(parsed.sender))
    return tuple(dict.fromkeys(filter(None, (*form, *(address.address for address in headers)))))


def participants(parsed: ParsedMessage, own: Iterable[str]) -> tuple[str, ...]:
    """Everyone the message is from or to, without our own addresses; at most 50."""
    ours = set(own)
    named = (*writers(parsed), *(address.address for address in (*parsed.to, *parsed.cc)))
    return tuple(dict.fromkeys(address for address in named if address not in ours))[:_MOST_PARTICIPANTS]


def thread_of(
    hits: Sequence[ThreadHit], parsed: ParsedMessage, own: OwnAddresses, *, automatic: bool = False
) -> ThreadMatch | None:
    """The lead that the message refers to, None when it refers to none; hits: what was found, newest first.

    automatic: whether a program answered in its writer's name.

    A reference alone joins nothing: anyone can quote a Message-ID they have seen. Its writer must take part in the
    lead, or be one of us who writes to somebody that does. The address of a program takes part in nothing.
    """
    who = _keys(authors(parsed))
    addressed = _keys(mailbox.address for mailbox in (*parsed.to, *parsed.cc))
    ours = parsed.sender is not None and own.owns(parsed.sender.address) and not parsed.forwarded
    for hit in hits:
        members = _keys(hit.participants)
        if who & members:
            return ThreadMatch(lead_id=hit.lead_id, certain=True, reason=_joined(parsed, automatic))
        if ours and addressed & members:
            return ThreadMatch(lead_id=hit.lead_id, certain=True, reason=Joined.OURS)
    if not hits:
        return None
    stranger = next(iter(authors(parsed)), "its writer")[:_SHOWN]
    reason = f"it answers a message of L-{hits[0].lead_id}, but {stranger} has taken no part in that"
    return ThreadMatch(lead_id=hits[0].lead_id, certain=False, reason=reason)


def _joined(parsed: ParsedMessage, automatic: bool) -> Joined:
    if parsed.bounce is not None:
        return Joined.UNDELIVERED
    if parsed.withdrawn:
        return Joined.WITHDRAWN
    if parsed.replaces:
        return Joined.EDITED
    return Joined.AUTOMATIC if automatic else Joined.REPLY


def _keys(addresses: Iterable[str]) -> frozenset[str]:
    """The addresses as they are compared, without those that several parties may write from."""
    return frozenset(match_key(address) for address in addresses if identifies(address))


def _labelled(parsed: ParsedMessage) -> tuple[str, ...]:
    """The addresses of a form's e-mail field."""
    return emails_in(parsed.fields.get("email", ""))


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _one(address: Address | None) -> tuple[Address, ...]:
    return () if address is None else (address,)
