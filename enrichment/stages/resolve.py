"""Who wrote: the best e-mail address, name, phone and company that a message states about its sender."""

from __future__ import annotations

from collections.abc import Iterator

from enrichment.models import Address, Contact, ParsedMessage
from enrichment.ports import name_key
from enrichment.stages.addresses import (
    OwnAddresses,
    domain_of,
    emails_in,
    identifies,
    is_free_mail,
    is_relay,
    is_robot,
    match_key,
    normalise_email,
)
from enrichment.stages.phones import phone_in_field, phones_in
from enrichment.stages.wording import ask_of, request_text, words_of

# The door to everything that is read out of one message.
__all__ = [
    "OwnAddresses",
    "ask_of",
    "contact_keys",
    "contact_of",
    "emails_in",
    "match_key",
    "name_key",
    "normalise_email",
    "phones_in",
    "request_text",
    "words_of",
]

_NAME_LENGTH = 120
# Reserved for examples: nobody works there.
_NO_COMPANY = frozenset({"example", "localhost", "test"})
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gob", "gov", "ltd", "net", "org"})  # before a country code


def contact_of(parsed: ParsedMessage, own: OwnAddresses, region: str) -> Contact:
    """Who wrote; region: two letters, for phone numbers without a country code.

    E-mail, best first: a form's labelled field, Reply-To, X-Original-Sender, From. Never one of ours; a program's
    address (no-reply ...) only when there is nothing better. `source` says which it was.
    """
    source, mailbox = _best_mailbox(parsed, own)
    name = _name(parsed, mailbox, own)
    return Contact(
        name=name,
        email=mailbox.address if mailbox else None,
        phone=_phone(parsed, own, region),
        company=_company(parsed, mailbox, name),
        source=source,
    )


def contact_keys(contact: Contact) -> tuple[tuple[str, str], ...]:
    """The (kind, value) pairs by which this party is known again; kind `email` or `phone`.

    An address of a program or a relay is none: sharing it says nothing.
    """
    email = [("email", match_key(contact.email))] if contact.email and identifies(contact.email) else []
    phone = [("phone", contact.phone)] if contact.phone else []
    return (*email, *phone)


def _mailboxes(parsed: ParsedMessage) -> Iterator[tuple[str, Address]]:
    """Every address that may be the customer's, best first, with where it was found."""
    for address in emails_in(parsed.fields.get("email", "")):
        yield "field", Address(address=address)
    for mailbox in parsed.reply_to:
        yield "reply_to", mailbox
    for address in emails_in(parsed.headers.get("x-original-sender", "")):
        yield "original_sender", Address(address=address)
    if parsed.sender:
        yield "from", parsed.sender


def _best_mailbox(parsed: ParsedMessage, own: OwnAddresses) -> tuple[str, Address | None]:
    """The customer's mailbox and where it was found; (`from`, None) when there is none but ours."""
    usable = [
        (source, Address(name=mailbox.name, address=normalise_email(mailbox.address)))
        for source, mailbox in _mailboxes(parsed)
        if "@" in mailbox.address and not own.owns(mailbox.address)
    ]
    people = [found for found in usable if not is_robot(found[1].address)]
    return next(iter(people or usable), ("from", None))


def _name(parsed: ParsedMessage, mailbox: Address | None, own: OwnAddresses) -> str:
    """A form's name, else the display name that belongs to the mailbox, unless it is an address or the site's name."""
    if labelled := _clean(parsed.fields.get("name", "")):
        return labelled
    named = [mailbox] if mailbox else []
    if mailbox and parsed.sender and match_key(parsed.sender.address) == match_key(mailbox.address):
        named.append(parsed.sender)  # X-Original-Sender and fields bear no name, From may
    for name in (_clean(candidate.name) for candidate in named):
        if name and "@" not in name and name.lower() not in own.names and not is_robot(f"{name.lower()}@"):
            return _turned(name)
    return ""


def _turned(name: str) -> str:
    """`Smith, Jo` as `Jo Smith`."""
    family, comma, given = name.partition(", ")
    return f"{given} {family}" if comma and len(family.split()) == 1 and len(given.split()) == 1 else name


def _phone(parsed: ParsedMessage, own: OwnAddresses, region: str) -> str | None:
    labelled = phone_in_field(parsed.fields["phone"], region) if parsed.fields.get("phone", "").strip() else None
    if labelled and labelled not in own.phones:
        return labelled
    words = (words_of(parsed), parsed.text)
    return next((phone for text in words for phone in phones_in(text, region) if phone not in own.phones), None)


def _company(parsed: ParsedMessage, mailbox: Address | None, name: str) -> str:
    """A form's company, else what the address's domain is called unless a provider's or a relay's."""
    if labelled := _clean(parsed.fields.get("company", "")):
        return labelled
    if mailbox is None or is_robot(mailbox.address) or is_relay(mailbox.address):
        return ""
    domain = domain_of(mailbox.address)
    company = "" if is_free_mail(domain) else _company_of(domain)
    # A domain that bears the sender's own name is a family's, or says nothing more of a firm.
    return "" if name_key(company) in name_key(name).split() else company


def _company_of(domain: str) -> str:
    """`mail.acme-tools.co.uk` as `Acme Tools`."""
    labels = domain.split(".")
    country_code = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    label = labels[-3] if country_code else labels[-2] if len(labels) > 1 else ""
    return "" if label in _NO_COMPANY else " ".join(word.capitalize() for word in label.split("-"))


def _clean(value: str) -> str:
    return " ".join(value.split()).strip(" \"'<>,;")[:_NAME_LENGTH]
