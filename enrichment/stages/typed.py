"""What staff type about a contact, read by the rules that customers' own details are read by."""

from __future__ import annotations

from enrichment.errors import GiveUp
from enrichment.lead import Contact
from enrichment.stages.addresses import emails_in, normalise_email
from enrichment.stages.business import Businesses
from enrichment.stages.phones import phone_in_field
from enrichment.stages.resolve import contact_keys

LONGEST_EMAIL = 254
_SHOWN = 60


class Typed:
    """Implements enrichment.store_ports.TypedContacts. Without businesses, a phone needs its country code."""

    def __init__(self, businesses: Businesses | None = None) -> None:
        self._businesses = businesses

    def email(self, written: str) -> str:
        """The address, lower case; never one of our own, which would make every customer known by it the same."""
        address = normalise_email(written[: 2 * LONGEST_EMAIL])
        if len(address) > LONGEST_EMAIL or emails_in(address) != (address,):
            raise GiveUp(f"{_short(written)} is no e-mail address; write it like ann@example.com")
        if self._businesses and self._businesses.own.owns(address):
            raise GiveUp(f"{address} is our own address, not the customer's")
        return address

    def phone(self, written: str, business: str) -> str:
        """The number as E.164."""
        region = self._businesses.named(business).country if self._businesses else ""
        number = phone_in_field(written, region)
        if number is None:
            raise GiveUp(f"{_short(written)} is no phone number; write it with its country code, like +1 303 555 0100")
        return number

    def keys(self, contact: Contact) -> tuple[tuple[str, str], ...]:
        """The (kind, value) pairs by which this party is known again."""
        return contact_keys(contact)


def _short(written: str) -> str:
    return " ".join(written[:_SHOWN].split()) or "that"
