"""Whose a message is, by envelope and headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from enrichment.lead import Contact, Lead, Triage, UrgencyLabel
from enrichment.models import Address, ParsedMessage
from enrichment.stages.business import Businesses
from tests.enrichment.house import business

GARAGE = business("Northside", "service@garage.example", "quotes@garage.example", kind="automotive")
SPA = business("Glow", "hello@spa.example", country="DE", kind="medspa")
BOTH = Businesses([GARAGE, SPA])


def addressed(*to: str, cc: tuple[str, ...] = ()) -> ParsedMessage:
    """A message with these addresses in its headers."""
    return ParsedMessage(
        to=tuple(Address(address=address) for address in to), cc=tuple(Address(address=address) for address in cc)
    )


@pytest.mark.parametrize(
    ("envelope", "message", "name"),
    [
        (("hello@spa.example",), addressed("service@garage.example"), "Glow"),
        (("Hello@SPA.example",), addressed(), "Glow"),
        (("hello+web@spa.example",), addressed(), "Glow"),
        (("someone@else.example", "hello@spa.example"), addressed(), "Glow"),
        (("quotes@garage.example", "hello@spa.example"), addressed(), "Northside"),
        ((), addressed("hello@spa.example"), "Glow"),
        (("postmaster",), addressed("x@else.example", cc=("hello@spa.example",)), "Glow"),
        (("info@else.example",), addressed("y@else.example"), "Northside"),
        ((), addressed(), "Northside"),
        (("",), addressed(""), "Northside"),
    ],
)
def test_whose_a_message_is(envelope: tuple[str, ...], message: ParsedMessage, name: str) -> None:
    """The envelope before To before Cc, the first of ours; the default business when none is."""
    assert BOTH.of(envelope, message).name == name


def test_every_business_s_addresses_are_ours() -> None:
    """A colleague of the other business is no customer."""
    assert BOTH.own.addresses == {"service@garage.example", "quotes@garage.example", "hello@spa.example"}


def test_lead_is_told_about_by_its_business() -> None:
    """By the default one when the business is gone."""
    lead = Lead(
        id=1,
        uuid="u",
        message_id=1,
        contact=Contact(),
        channel="smtp",
        received_at=datetime(2026, 11, 10, tzinfo=UTC),
        triage=Triage(urgency=1, label=UrgencyLabel.COLD),
    )
    title, services = BOTH.about(lead.model_copy(update={"business": "Glow"}))
    assert title == "Medical Spa"
    assert "Lip Filler" in services
    assert "Brake Repair" in BOTH.about(lead.model_copy(update={"business": "Closed Down"}))[1]
    assert "Brake Repair" in BOTH.about(lead)[1]


def test_business_is_open_by_its_own_clock() -> None:
    """Tuesday ten o'clock UTC is before dawn in Denver."""
    denver = GARAGE.model_copy(update={"timezone": "America/Denver"})
    assert GARAGE.opens(datetime(2026, 11, 10, 10, 0, tzinfo=UTC))
    assert not denver.opens(datetime(2026, 11, 10, 10, 0, tzinfo=UTC))
