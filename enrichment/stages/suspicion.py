"""What staff should know of a sender before they answer: unproven, answers going elsewhere, a domain in disguise.

Nothing here filters a message; each caution is one line for the card.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from enrichment.models import Address, Authentication, ParsedMessage, RawMessage
from enrichment.stages.addresses import (
    OwnAddresses,
    domain_of,
    emails_in,
    is_free_mail,
    is_relay,
    is_robot,
    match_key,
    organisation_of,
)
from enrichment.stages.confusables import skeleton
from enrichment.stages.lookalike import KnownDomains, is_mixed_script, readable_domain
from enrichment.stages.origin import is_form

_SHOWN = 80
_MOST = 6
_MEGABYTE = 1_000_000


def cautions_on(
    parsed: ParsedMessage,
    authentication: Authentication,
    own: OwnAddresses,
    known: KnownDomains | None = None,
) -> tuple[str, ...]:
    """The cautions, the weightiest first, each once, at most six; none for what was not looked at.

    known: our own domains and those of known customers, which a stranger's may resemble.
    """
    found = (
        *_unproven(parsed, authentication, own),
        *_name_of_another(parsed),
        *_answers_elsewhere(parsed, own),
        *_disguised(parsed),
        *_look_alikes(parsed, known, own),
    )
    return tuple(dict.fromkeys(found))[:_MOST]


def cautions_on_delivery(raw: RawMessage) -> tuple[str, ...]:
    """What to know of how the mail lay in its mailbox: what is missing of it, and whether it was taken for junk."""
    found = []
    if raw.cut_from is not None:
        sizes = _megabytes(len(raw.content)), _megabytes(raw.cut_from)
        found.append(f"Only the first {sizes[0]} of {sizes[1]} could be read: the rest is in your mailbox")
    if raw.junk:
        found.append("Your mail provider had put this into Junk")
    return tuple(found)


def _megabytes(size: int) -> str:
    """A size as mail programs show it; never 0 MB of something."""
    return f"{size / _MEGABYTE:.1f}".removesuffix(".0") + " MB" if size >= _MEGABYTE else f"{max(1, size // 1000)} kB"


def _unproven(parsed: ParsedMessage, authentication: Authentication, own: OwnAddresses) -> Iterator[str]:
    """That nothing proves From. A form's sender is the web site, and anybody may fill a form in."""
    failed = authentication.dmarc == "fail"
    if parsed.sender is None or parsed.adf or is_form(parsed):
        return
    if authentication.dmarc == "permerror":
        yield "Sender not verified: it cannot be checked whom this is from"
    elif (failed or authentication.aligned is False) and own.owns(parsed.sender.address):
        yield f"Sender not verified: nothing proves that this comes from your own address {_short(parsed.sender)}"
    elif failed:
        yield f"Sender not verified: by its own rules {_domain(parsed.sender)} did not send this (DMARC fail)"
    elif authentication.aligned is False:
        yield f"Sender not verified: nothing proves that this comes from {_domain(parsed.sender)}"


def _name_of_another(parsed: ParsedMessage) -> Iterator[str]:
    """That the name in From is somebody else's address, which is all that a phone shows."""
    sender = parsed.sender
    if sender is None or is_relay(sender.address):
        return
    houses = {organisation_of(address) for address in (sender.address, *_original_senders(parsed))}
    for named in emails_in(sender.name):
        if organisation_of(named) not in houses:
            yield f"The name reads {named[:_SHOWN]}, but this comes from {_short(sender)}"


def _answers_elsewhere(parsed: ParsedMessage, own: OwnAddresses) -> Iterator[str]:
    """That an answer would go to another party than the one who seems to write."""
    sender = parsed.sender
    if sender is None or parsed.adf or is_form(parsed) or is_relay(sender.address) or is_robot(sender.address):
        return
    if own.owns(sender.address):  # a colleague or a group of ours that passes a customer on
        return
    known = (sender.address, *_original_senders(parsed))
    for mailbox in parsed.reply_to:
        if not own.owns(mailbox.address) and not any(_is_same_party(mailbox.address, other) for other in known):
            yield f"An answer would go to {_short(mailbox)}, not to {_short(sender)}: make sure before you write"


def _is_same_party(left: str, right: str) -> bool:
    """Whether two addresses are one person's, or of one house; a free-mail provider is no house."""
    if match_key(left) == match_key(right):
        return True
    return organisation_of(left) == organisation_of(right) and not is_free_mail(domain_of(left))


def _disguised(parsed: ParsedMessage) -> Iterator[str]:
    """That a domain holds letters of another alphabet that pass for Latin ones."""
    for mailbox in _writers(parsed):
        domain = domain_of(mailbox.address)
        if is_mixed_script(domain) or _passes_for_latin(domain):
            shown = readable_domain(domain)[:_SHOWN]
            yield f"The domain {shown} is written with letters of another alphabet ({_as_sent(domain)})"


def _passes_for_latin(domain: str) -> bool:
    """Whether a name under a Latin ending looks Latin without being it, as a Cyrillic `apple` does."""
    *labels, ending = readable_domain(domain).split(".")
    return ending.isascii() and any(_is_foreign(label) and skeleton(label).isascii() for label in labels)


def _is_foreign(label: str) -> bool:
    return any(letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN") for letter in label)


def _as_sent(domain: str) -> str:
    """The domain in ASCII, as a mail program would show a suspicious one."""
    try:
        return domain.encode("idna").decode("ascii")[:_SHOWN]
    except UnicodeError:
        return ascii(domain).strip("'")[:_SHOWN]


def _look_alikes(parsed: ParsedMessage, known: KnownDomains | None, own: OwnAddresses) -> Iterator[str]:
    for mailbox in _writers(parsed):
        found = known.resembled_by(mailbox.address) if known and not own.owns(mailbox.address) else None
        if found:
            yield found.words


def _writers(parsed: ParsedMessage) -> tuple[Address, ...]:
    """Everybody who may be taken for the customer."""
    original = parsed.originals[-1].sender if parsed.originals else None
    return tuple(mailbox for mailbox in (parsed.sender, *parsed.reply_to[:5], original) if mailbox is not None)


def _original_senders(parsed: ParsedMessage) -> tuple[str, ...]:
    """Who wrote what a mailing list of ours sent on with a From of its own."""
    return emails_in(parsed.headers.get("x-original-sender", ""))


def _domain(mailbox: Address) -> str:
    return domain_of(mailbox.address)[:_SHOWN]


def _short(mailbox: Address) -> str:
    return mailbox.address[:_SHOWN]
