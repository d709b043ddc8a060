"""Name, phone and company of the customer, from a form, the display name, the signature or the words themselves.

In a forward only what the customer wrote is read: the colleague's note and signature are about somebody else.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from enrichment.models import Address, Original, ParsedMessage
from enrichment.ports import name_key
from enrichment.stages.addresses import OwnAddresses, domain_of, is_free_mail, is_relay, is_robot, is_shared, match_key
from enrichment.stages.companies import company_of_domain, company_of_lines, domain_label
from enrichment.stages.names import belongs_to, clean_name, display_name, is_full, looks_personal, turned
from enrichment.stages.origin import innermost, is_form, original_name
from enrichment.stages.people_words import names_company, names_role, people_words
from enrichment.stages.phones import Phone, phone_in_text, phone_of_field
from enrichment.stages.sign_off import greeted, introduced, sign_off
from enrichment.stages.wording import words_of

_SIGNATURE_READ = 4000
_IN_BRACKETS = re.compile(r"[(|\[]\s{0,3}([^()|\[\]]{2,70})")
# Country codes that anybody registers under, wherever they are.
_WORLDWIDE = frozenset({"ai", "cc", "co", "fm", "io", "me", "tv", "ws", "gg", "sh", "to", "eu"})


class Details(NamedTuple):
    """What is known of the customer beside the address; empty and None where nothing is said."""

    name: str
    phone: Phone | None
    company: str


def details_of(parsed: ParsedMessage, mailbox: Address | None, own: OwnAddresses, region: str) -> Details:
    """Name, phone and company of the customer.

    mailbox: theirs, None when it is not known; region: two letters of the business's country, for phone numbers
    without a country code; empty when it is not known.
    """
    address = mailbox.address if mailbox else ""
    signature = customers_signature(parsed)
    signed = sign_off(words_of(parsed), signature, address)
    shown = _display(parsed, mailbox, own)
    name = _labelled_name(parsed) or _best_name(shown, signed.name, parsed, own)
    company = clean_name(parsed.fields.get("company", "")) or company_of_lines(
        signed.lines, domain_label(domain_of(address))
    )
    return Details(
        name=name,
        phone=_phone(parsed, signature, own, likely_regions(region, address, parsed.language)),
        company=company or _shown_company(parsed, mailbox) or _company_by_domain(mailbox, name),
    )


def customers_signature(parsed: ParsedMessage) -> str:
    """The signature that was split off, unless it is the forwarder's."""
    signature = parsed.signature[:_SIGNATURE_READ]
    if not (parsed.forwarded and signature and parsed.sender):
        return signature
    forwarder = parsed.sender
    theirs = signature.strip() in parsed.note or forwarder.address in signature.lower()
    named = is_full(forwarder.name) and name_key(forwarder.name) in name_key(signature)
    return "" if theirs or named else signature


def likely_regions(region: str, address: str, language: str | None) -> tuple[str, ...]:
    """The countries that a number without a country code may be from, likeliest first.

    The business's own, that of the address's domain, those where the language is spoken most.
    """
    top = domain_of(address).rpartition(".")[2]
    by_domain = {"uk": "GB"}.get(top, top.upper()) if len(top) == 2 and top not in _WORLDWIDE else ""
    by_language = people_words().countries.get(language or "", ())
    return tuple(dict.fromkeys(filter(None, (region.upper(), by_domain, *by_language))))


def _labelled_name(parsed: ParsedMessage) -> str:
    """The form's name; some type their address there."""
    name = clean_name(parsed.fields.get("name", ""))
    return "" if "@" in name else turned(name)


def _display(parsed: ParsedMessage, mailbox: Address | None, own: OwnAddresses) -> str:
    """The display name that belongs to the mailbox; not an address, the site's name or a program's."""
    for name in (display_name(named.name) for named in _named(parsed, mailbox, own)):
        if name and name.lower() not in own.names and not is_robot(f"{name.lower()}@"):
            return name
    return ""


def _named(parsed: ParsedMessage, mailbox: Address | None, own: OwnAddresses) -> list[Address]:
    """Every header that may bear the customer's name."""
    original = innermost(parsed, own) if parsed.forwarded else None
    named = [_as_named(original)] if original and not _is_ours(original, own) else []
    if mailbox is None:
        # A forward may name its author without an address, and so does a channel that knows its users.
        return named or ([parsed.sender] if parsed.author and parsed.sender else [])
    headers = [*named, *parsed.reply_to, *([parsed.sender] if parsed.sender else [])]
    key = match_key(mailbox.address)
    found = [mailbox, *(header for header in headers if match_key(header.address) == key)]
    return [*found, parsed.sender] if parsed.sender and _speaks_for(parsed, parsed.sender, mailbox, own) else found


def _speaks_for(parsed: ParsedMessage, sender: Address, mailbox: Address, own: OwnAddresses) -> bool:
    """Whether From bears the name of the one who is to be answered at another address."""
    if is_form(parsed) or parsed.forwarded:
        return False
    name = display_name(sender.name)
    if not (looks_personal(name) and is_full(name)):
        return False
    person = not (own.owns(sender.address) or is_robot(sender.address) or is_shared(sender.address))
    return person or belongs_to(name, mailbox.address)


def _is_ours(original: Original, own: OwnAddresses) -> bool:
    """Whether a passed-on message's From is our site's, and the customer only in its Reply-To."""
    return original.sender is not None and own.owns(original.sender.address)


def _as_named(original: Original) -> Address:
    """The forwarded header's sender with their name, also where it gives no address."""
    return Address(name=original_name(original), address=original.sender.address if original.sender else "")


def _best_name(shown: str, signed: str, parsed: ParsedMessage, own: OwnAddresses) -> str:
    """The display name, or how the message is signed where that says more: `info`, `ana` and `Ana Pérez`."""
    if shown and is_full(shown) and not (names_role(shown) or names_company(shown)):
        return shown
    signed = signed if signed.lower() not in own.names else ""
    if not signed or not is_full(signed):
        signed = introduced(words_of(parsed)) or signed or ("" if shown or parsed.forwarded else greeted(parsed.quoted))
    if not shown or names_role(shown) or names_company(shown) or is_shared(f"{shown.lower()}@"):
        return signed or shown
    fuller = is_full(signed) and name_key(shown) in name_key(signed).split()
    handle = shown == shown.lower() or any(letter.isdigit() for letter in shown)
    return signed if signed and (fuller or handle) else shown


def _phone(parsed: ParsedMessage, signature: str, own: OwnAddresses, regions: tuple[str, ...]) -> Phone | None:
    """The form's, else one in the customer's words, else one of their signature; never ours."""
    labelled = phone_of_field(parsed.fields.get("phone", ""), regions)
    if labelled and (labelled.e164 is None or labelled.e164 not in own.phones):
        return labelled
    if found := phone_in_text(words_of(parsed), regions, own.phones):
        return found
    # Around a form's message stand numbers of entries and dates: only what is called a phone counts.
    if is_form(parsed) and (found := phone_in_text(parsed.text, regions, own.phones, cued=True)):
        return found
    return phone_in_text(signature, regions, own.phones, labelled=True)


def _shown_company(parsed: ParsedMessage, mailbox: Address | None) -> str:
    """The firm beside a person's display name, `Ana Pérez (Acme Ltd)`, or in place of it, when it is said to be one."""
    shown = clean_name(mailbox.name) if mailbox else ""
    beside = _IN_BRACKETS.search(shown)
    candidate = beside[1].strip() if beside else shown
    return candidate if "@" not in candidate and names_company(candidate) and not is_form(parsed) else ""


def _company_by_domain(mailbox: Address | None, name: str) -> str:
    """What the address's domain is called, unless a provider's or a relay's."""
    if mailbox is None or is_robot(mailbox.address) or is_relay(mailbox.address):
        return ""
    domain = domain_of(mailbox.address)
    company = "" if is_free_mail(domain) else company_of_domain(domain)
    # A domain that bears the sender's own name is a family's, or says nothing more of a firm.
    own_name = (*name_key(name).split(), name_key(name).replace(" ", ""))
    return "" if name_key(company).replace(" ", "") in own_name else company
