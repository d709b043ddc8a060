"""Whose a message is: the business whose address it was sent to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from enrichment.lead import Lead
from enrichment.models import Model, ParsedMessage
from enrichment.stages.addresses import OwnAddresses, recipients_of
from enrichment.stages.hours import Hours
from enrichment.stages.profiles import Profile


class Business(Model):
    """One business that the bot works for.

    name: as staff call it; title: what it is called to a reader who does not know it; recipients: its addresses, lower
    case; country: two letters, for phones without a prefix; timezone: of the IANA list; hours: when it is open.
    """

    name: str
    title: str
    profile: Profile
    recipients: tuple[str, ...]
    country: str
    timezone: str = "UTC"
    hours: Hours

    def opens(self, at: datetime) -> bool:
        """Whether it is open at that moment. at: aware."""
        return self.hours.opens(at, ZoneInfo(self.timezone))


class Businesses:
    """All businesses of the bot; the first is the one that gets what is sent to none of them."""

    def __init__(self, businesses: Sequence[Business], more: Iterable[str] = ()) -> None:
        """businesses: at least one; names and recipients are unique. more: further addresses of ours, lower case."""
        self.all = tuple(businesses)
        self.default = self.all[0]
        self._by_name = {business.name: business for business in self.all}
        self._by_address = {address: business for business in self.all for address in business.recipients}
        self.own = OwnAddresses(addresses=frozenset((*self._by_address, *more)))

    def of(self, recipients: Iterable[str], parsed: ParsedMessage) -> Business:
        """Whose message it is, by the envelope's recipients, else by To and Cc; the first of ours that is named."""
        found = (self._at(address) for address in recipients_of(recipients, parsed))
        return next((business for business in found if business is not None), self.default)

    def named(self, name: str) -> Business:
        """The business of that name; the default one when there is none (any more)."""
        return self._by_name.get(name, self.default)

    def about(self, lead: Lead) -> tuple[str, tuple[str, ...]]:
        """The title of the business whose lead it is, and the services that it offers."""
        business = self.named(lead.business)
        return business.title, business.profile.service_names

    def _at(self, address: str) -> Business | None:
        """The business with that address, or with the one before its `+token`."""
        local, _, domain = address.rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return self._by_address.get(address) or self._by_address.get(plain)
