"""What staff type about a contact is read as a customer's own details are."""

from __future__ import annotations

import pytest

from enrichment.errors import GiveUp
from enrichment.lead import Contact
from enrichment.stages import profiles
from enrichment.stages.business import Business, Businesses
from enrichment.stages.typed import Typed


@pytest.fixture
def typed() -> Typed:
    """Of a house with a business in Britain and one in Germany."""
    profile = profiles.profile("general")
    made = [
        Business(
            name=name,
            title=name,
            profile=profile,
            recipients=(f"{name}@ours.example",),
            country=country,
            hours=profile.hours,
        )
        for name, country in (("london", "GB"), ("berlin", "DE"))
    ]
    return Typed(Businesses(made))


def test_a_phone_is_read_in_its_business_country(typed: Typed) -> None:
    """One with a prefix is the same everywhere."""
    assert typed.phone("020 7946 0018", "london") == "+442079460018"
    assert typed.phone("030 901820", "berlin") == "+4930901820"
    assert typed.phone("+1 303 555 0100", "berlin") == "+13035550100"


def test_our_own_address_is_no_customers(typed: Typed) -> None:
    """It would make all who are known by it one party."""
    assert typed.email(" Ann@Example.com ") == "ann@example.com"
    with pytest.raises(GiveUp, match="our own"):
        typed.email("London@ours.example")


def test_a_programs_address_is_no_key(typed: Typed) -> None:
    """As with customers' mail: sharing it says nothing."""
    assert typed.keys(Contact(email="no-reply@shop.example", phone="+13035550100")) == (("phone", "+13035550100"),)
