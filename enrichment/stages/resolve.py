"""Who wrote: the best e-mail address, name, phone and company that a message states about its sender."""

from __future__ import annotations

from enrichment.lead import Contact
from enrichment.models import ParsedMessage
from enrichment.ports import name_key
from enrichment.stages.addresses import OwnAddresses, emails_in, identifies, match_key, normalise_email
from enrichment.stages.contact_details import details_of
from enrichment.stages.origin import best_mailbox, forwarded_by, via_of
from enrichment.stages.phones import Phone, phones_in, regions_of
from enrichment.stages.wording import ask_of, request_text, words_of

# The door to everything that is read out of one message.
__all__ = [
    "OwnAddresses",
    "Phone",
    "ask_of",
    "contact_and_phone",
    "contact_keys",
    "contact_of",
    "emails_in",
    "forwarded_by",
    "match_key",
    "name_key",
    "normalise_email",
    "phones_in",
    "regions_of",
    "request_text",
    "via_of",
    "words_of",
]


def contact_of(parsed: ParsedMessage, own: OwnAddresses, region: str) -> Contact:
    """Who wrote; region: two letters, for phone numbers without a country code; empty when it is not known.

    E-mail, best first: a form's labelled field, Reply-To, X-Original-Sender, the forwarded message's header, From.
    Never one of ours or of the colleague who forwards; a program's address (no-reply ...) only when a message that is
    no form has nothing better. `source` says which it was.
    """
    return contact_and_phone(parsed, own, region)[0]


def contact_and_phone(parsed: ParsedMessage, own: OwnAddresses, region: str) -> tuple[Contact, Phone | None]:
    """As `contact_of`, and the number as it was written, also when its country cannot be told; None without one."""
    source, mailbox = best_mailbox(parsed, own)
    name, phone, company = details_of(parsed, mailbox, own, region)
    contact = Contact(
        name=name,
        email=mailbox.address if mailbox else None,
        phone=phone.e164 if phone else None,
        company=company,
        source=source,
    )
    return contact, phone


def contact_keys(contact: Contact) -> tuple[tuple[str, str], ...]:
    """The (kind, value) pairs by which this party is known again; kind `email` or `phone`.

    An address of a program or a relay is none: sharing it says nothing.
    """
    email = [("email", match_key(contact.email))] if contact.email and identifies(contact.email) else []
    phone = [("phone", contact.phone)] if contact.phone else []
    return (*email, *phone)
