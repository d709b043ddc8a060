"""What makes two messages one, and a message part of a lead."""

from __future__ import annotations

import pytest

from enrichment.models import Address, Attachment, ParsedMessage
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.thread import content_hash, participants, thread_of, writers
from enrichment.store_ports import ThreadHit

ANN = Address(name="Ann", address="ann@example.com")
SITE = Address(address="hello@garage.example")
BASE = ParsedMessage(message_id="1@x", sender=ANN, subject="Brakes", text="They grind.\n\nAnn", to=(SITE,))


def hit(lead_id: int, *people: str) -> ThreadHit:
    """A lead that a reference was found to belong to."""
    return ThreadHit(lead_id=lead_id, participants=people)


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": "2@x"},
        {"text": "They  grind.\nAnn "},
        {"subject": " Brakes "},
        {"to": ()},
        {"headers": {"list-id": "x"}},
        {"sender": Address(name="Ann L.", address="ann@example.com")},
    ],
)
def test_a_copy_has_the_same_hash(change: dict[str, object]) -> None:
    """What a second way changes (white space, recipients, headers on the road) makes no other message."""
    assert content_hash(BASE.model_copy(update=change)) == content_hash(BASE)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "They squeak.\n\nAnn"},
        {"subject": "Tyres"},
        {"sender": Address(address="bob@example.com")},
        {"reply_to": (Address(address="bob@example.com"),)},
        {"attachments": (Attachment(filename="brake.jpg", content_type="image/jpeg", size=9),)},
    ],
)
def test_another_customer_or_request_has_another_hash(change: dict[str, object]) -> None:
    """Form plugins send one Message-ID for all: people, words and files tell their mails apart."""
    assert content_hash(BASE.model_copy(update=change)) != content_hash(BASE)


def test_the_writers_are_the_form_s_the_reply_to_s_and_the_from_s() -> None:
    """Best first, each once, in lower case."""
    parsed = BASE.model_copy(update={"fields": {"email": " Ann@Home.example "}, "reply_to": (ANN, SITE)})
    assert writers(parsed) == ("ann@home.example", "ann@example.com", "hello@garage.example")
    assert writers(ParsedMessage()) == ()


def test_everyone_but_us_takes_part() -> None:
    """Senders and recipients, without our own addresses, and no more than fifty."""
    parsed = BASE.model_copy(update={"cc": tuple(Address(address=f"p{number}@x.example") for number in range(90))})
    found = participants(parsed, ["hello@garage.example"])
    assert found[:2] == ("ann@example.com", "p0@x.example")
    assert "hello@garage.example" not in found
    assert len(found) == 50


def lead_replied_to(hits: list[ThreadHit], parsed: ParsedMessage) -> int | None:
    """The lead that the message joins."""
    found = thread_of(hits, parsed, OwnAddresses())
    return found.lead_id if found and found.certain else None


def test_a_reply_by_a_participant_belongs_to_the_newest_of_their_leads() -> None:
    """Leads that others wrote are passed over."""
    hits = [hit(9, "bob@example.com"), hit(7, "ann@example.com"), hit(5, "ann@example.com")]
    assert lead_replied_to(hits, BASE) == 7


def test_a_stranger_who_quotes_a_reference_joins_nothing() -> None:
    """Anyone can quote a Message-ID they have seen."""
    assert lead_replied_to([hit(9, "bob@example.com")], BASE) is None
    assert lead_replied_to([], BASE) is None


def test_being_written_to_makes_no_author() -> None:
    """Who writes counts, not whom they write to."""
    parsed = BASE.model_copy(update={"to": (Address(address="bob@example.com"),)})
    assert lead_replied_to([hit(9, "bob@example.com")], parsed) is None


def test_a_site_s_own_address_joins_no_two_customers() -> None:
    """All mails of a form come from the site, some under one Message-ID: its From says nothing about who wrote."""
    parsed = ParsedMessage(sender=SITE, fields={"email": "bob@example.com"})
    assert lead_replied_to([hit(9, "ann@example.com", SITE.address)], parsed) is None
    assert lead_replied_to([hit(9, "bob@example.com", SITE.address)], parsed) == 9


def test_a_program_s_address_joins_no_two_customers() -> None:
    """Nor does a no-reply address or a form service."""
    robot = Address(address="wordpress@garage.example")
    parsed = ParsedMessage(sender=robot, reply_to=(Address(address="bob@example.com"),))
    assert lead_replied_to([hit(9, "ann@example.com", robot.address)], parsed) is None
