"""Where a message came from: which mailbox is the customer's, who passed it on, and by which way it came."""

from __future__ import annotations

from collections.abc import Iterator

from enrichment.lead import Via
from enrichment.models import Address, Original, ParsedMessage
from enrichment.stages.addresses import (
    OwnAddresses,
    domain_of,
    emails_in,
    is_free_mail,
    is_relay,
    is_robot,
    is_shared,
    match_key,
    normalise_email,
    organisation_of,
)
from enrichment.stages.people_words import people_words

_FORM_KEYS = ("email", "phone", "message", "name")


def best_mailbox(parsed: ParsedMessage, own: OwnAddresses) -> tuple[str, Address | None]:
    """The customer's mailbox and where it was found; (`from`, None) when there is none but ours.

    Best first: a form's labelled field, Reply-To, X-Original-Sender, the header of the forwarded message, From. A
    person's beats a relay's, which beats a program's; never one of ours, of the colleague who forwards, or the site's.
    """
    found = list(_usable(parsed, own))
    return min(found, key=lambda pair: _doubt(pair[1].address), default=("from", None))


def forwarded_by(parsed: ParsedMessage) -> Address | None:
    """Who passed the customer's message on, None when nobody did or somebody sent on a message of their own."""
    if not parsed.forwarded or parsed.sender is None:
        return None
    first = parsed.originals[-1].sender if parsed.originals else None
    if first and first.address and match_key(first.address) == match_key(parsed.sender.address):
        return None
    # A group rewrites From to itself and tells here who wrote.
    behind = next(iter(emails_in(parsed.headers.get("x-original-sender", ""))), parsed.sender.address)
    return Address(name=parsed.sender.name, address=behind)


def answers_go_to(parsed: ParsedMessage) -> str:
    """Where an answer must go by Reply-To, or through the marketplace that has passed it on; empty: nothing is said."""
    if parsed.reply_to:
        return parsed.reply_to[0].address
    sender = parsed.sender.address if parsed.sender and parsed.relay is not None else ""
    # `reply+8f7a6b@` is a program's address, and yet a way to one person.
    return sender if sender.startswith(("reply+", "reply-", "reply.", "reply_")) else ""


def via_of(parsed: ParsedMessage) -> Via:
    """By which way the customer's words came: a form that a colleague forwards is a form."""
    if parsed.adf:
        return Via.ADF
    if parsed.relay is not None:
        return Via.RELAY
    if is_form(parsed):
        return Via.FORM
    if parsed.forwarded:
        return Via.FORWARD
    if any(is_relay(mailbox.address) for mailbox in (*_one(parsed.sender), *parsed.reply_to)):
        return Via.RELAY
    answers = parsed.in_reply_to or parsed.references or _is_reply_subject(parsed.subject)
    return Via.REPLY if answers else Via.DIRECT


def is_form(parsed: ParsedMessage) -> bool:
    """Whether a web form's labels were found."""
    return any(parsed.fields.get(key, "").strip() for key in _FORM_KEYS)


def innermost(parsed: ParsedMessage, own: OwnAddresses) -> Original | None:
    """The forwarded message that the customer wrote: the last that is not from us; None when there is none.

    Our house is also the colleague's and the one that was written to, unless all messages came from there.
    """
    theirs = [original for original in reversed(parsed.originals) if _is_theirs(original, parsed, own)]
    houses = {organisation_of(mailbox.address) for mailbox in (*_one(parsed.sender), *parsed.to)}

    def from_elsewhere(original: Original) -> bool:
        addresses = [mailbox.address for mailbox in (*_one(original.sender), *original.reply_to)] or [""]
        return any(is_free_mail(domain_of(address)) or organisation_of(address) not in houses for address in addresses)

    return next(filter(from_elsewhere, theirs), next(iter(theirs), None))


def _is_theirs(original: Original, parsed: ParsedMessage, own: OwnAddresses) -> bool:
    """Whether somebody else wrote it than we, as far as our addresses are known; our site's form answers to them."""
    sender = original.sender
    if sender is None or not sender.address:
        return bool(original_name(original))
    behind = (mailbox.address for mailbox in (sender, *original.reply_to))
    return any(not own.owns(address) and match_key(address) not in _recipients(parsed) for address in behind)


def original_name(original: Original) -> str:
    """What the forwarded header calls its sender; some clients name no address."""
    return (original.sender.name if original.sender else "") or original.sender_name


def _usable(parsed: ParsedMessage, own: OwnAddresses) -> Iterator[tuple[str, Address]]:
    """Every mailbox that may be the customer's, best first, in lower case."""
    for source, mailbox in _mailboxes(parsed, own):
        address = normalise_email(mailbox.address)
        # A form names its customer, or nobody: the program that sent it is no answer to who wrote.
        if "@" in address and not own.owns(address) and not (is_form(parsed) and is_robot(address)):
            yield source, Address(name=mailbox.name, address=address)


def _mailboxes(parsed: ParsedMessage, own: OwnAddresses) -> Iterator[tuple[str, Address]]:
    for address in _labelled(parsed):
        yield "field", Address(address=address)
    original = innermost(parsed, own)
    passed_on = parsed.forwarded and original is not None
    for mailbox in parsed.reply_to:
        if not (passed_on and _is_forwarders(mailbox, parsed)) and not _is_list(mailbox, parsed):
            yield "reply_to", mailbox
    if original is not None and parsed.forwarded:
        yield from (("forwarded", mailbox) for mailbox in (*original.reply_to, *_one(original.sender)))
    else:
        for address in emails_in(parsed.headers.get("x-original-sender", "")):
            yield "original_sender", Address(address=address)
    if parsed.sender and not _is_passed_on_by_sender(parsed, original):
        yield "from", parsed.sender
        yield from _in_words_of_robot(parsed, parsed.sender)


def _labelled(parsed: ParsedMessage) -> tuple[str, ...]:
    """The addresses of the form's e-mail field, else those that stand alone in a field with another label."""
    if labelled := emails_in(parsed.fields.get("email", "")):
        return labelled
    if not is_form(parsed):
        return ()
    values = (value.strip() for value in parsed.form.values() if "@" in value[:200])
    alone = (address for value in values for address in emails_in(value[:200]) if address == value.lower())
    ours = {organisation_of(address) for address in _recipients(parsed)}
    return tuple(x for x in alone if is_free_mail(domain_of(x)) or organisation_of(x) not in ours)


def _is_forwarders(mailbox: Address, parsed: ParsedMessage) -> bool:
    """Whether a forward's Reply-To leads back to the colleague and not to the customer."""
    behind = emails_in(parsed.headers.get("x-original-sender", ""))
    senders = [*_one(parsed.sender), *(Address(address=address) for address in behind)]
    for sender in senders:
        same_house = organisation_of(sender.address) == organisation_of(mailbox.address)
        if match_key(sender.address) == match_key(mailbox.address):
            return True
        if same_house and not is_free_mail(domain_of(sender.address)):
            return True
    return bool(mailbox.name) and any(sender.name == mailbox.name for sender in senders)


def _is_list(mailbox: Address, parsed: ParsedMessage) -> bool:
    """Whether Reply-To leads back to a list that a person wrote to, and not to that person."""
    if parsed.sender is None or is_form(parsed) or _doubt(parsed.sender.address):
        return False
    key = match_key(mailbox.address)
    addressed = any(match_key(other.address) == key for other in (*parsed.to, *parsed.cc))
    return addressed and key != match_key(parsed.sender.address)


def _is_passed_on_by_sender(parsed: ParsedMessage, original: Original | None) -> bool:
    """Whether From is only who passed it on: a colleague, a lead provider, the site whose form it is."""
    if parsed.forwarded and original is not None:
        # Somebody who sends on what a program wrote to them is the one who asks; of a form it is the customer.
        return is_form(parsed) or original.sender is None or not is_robot(original.sender.address)
    return parsed.adf or (is_form(parsed) and _is_sites(parsed))


def _is_sites(parsed: ParsedMessage) -> bool:
    """Whether a form's From is the site's own: a program, or the very house that it writes to."""
    sender = parsed.sender.address if parsed.sender else ""
    houses = {organisation_of(address) for address in _recipients(parsed)}
    at_home = organisation_of(sender) in houses and not is_free_mail(domain_of(sender))
    automatic = parsed.headers.get("auto-submitted", "no").strip().lower() not in {"", "no"}
    return at_home or automatic or is_robot(sender)


def _in_words_of_robot(parsed: ParsedMessage, sender: Address) -> Iterator[tuple[str, Address]]:
    """The one stranger's address in what a program wrote about somebody, or in the words of who has none."""
    nameless = bool(parsed.author) and "@" not in sender.address
    if not (nameless or is_robot(sender.address)) or parsed.forwarded:
        return
    house = organisation_of(sender.address)
    strangers = (address for address in emails_in(parsed.text[:5000]) if organisation_of(address) != house)
    people = [address for address in strangers if not is_robot(address) and not is_shared(address)]
    if len(people) == 1:
        yield "text", Address(address=people[0])


def _is_reply_subject(subject: str) -> bool:
    """`Re: …`, `AW: …`, `Re[2]: …`, also with the wide colon of Chinese."""
    prefix = subject[:20].replace("\uff1a", ":").partition(":")
    return bool(prefix[1]) and prefix[0].strip().lower().partition("[")[0] in people_words().reply_prefixes


def _doubt(address: str) -> int:
    """0 a person, 1 a relay that answers go through, 2 a program."""
    return 2 if is_robot(address) else int(is_relay(address))


def _recipients(parsed: ParsedMessage) -> frozenset[str]:
    """To whom it was sent: us, whatever we are called."""
    return frozenset(match_key(mailbox.address) for mailbox in parsed.to if "@" in mailbox.address)


def _one(address: Address | None) -> tuple[Address, ...]:
    return () if address is None else (address,)
