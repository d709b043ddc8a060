"""Two businesses on one bot: each message is read with the profile and the country of the one it was sent to."""

from __future__ import annotations

import pytest

from enrichment.lead import Lead, MatchKind
from enrichment.models import MessageState
from enrichment.pipeline import Pipeline
from enrichment.ports import Embedder
from tests.enrichment.house import build, business, mail, shown
from tests.enrichment.parts import ExactIndex, Parts

GARAGE, SPA = "service@garage.example", "hallo@spa.example"


@pytest.fixture
def two(house: Parts, embedder: Embedder, index: ExactIndex) -> Pipeline:
    """The pipeline of a garage in the United States and a medical spa in Germany."""
    garage = business("Northside", GARAGE, kind="automotive")
    spa = business("Glow", SPA, country="DE", kind="medspa")
    return build(house, embedder, index, businesses=(garage, spa))


def lead_of(house: Parts, pipeline: Pipeline, recipient: str, sender: str, body: str) -> Lead:
    """The lead that a mail to this recipient becomes."""
    message_id = house.accept(mail(sender, body, "Hello"), rcpt_tos=(recipient,))
    assert pipeline.run(message_id) == MessageState.LEAD
    return shown(house)[-1]


def test_profile_and_region_follow_the_recipient(house: Parts, two: Pipeline) -> None:
    """The same words with the same phone number, to either."""
    body = "My inspection sticker expires soon. And how much is lip filler? Call me on (030) 2345 6789."
    garage = lead_of(house, two, GARAGE, "ann@example.com", body)
    spa = lead_of(house, two, SPA, "bob@example.com", body)
    assert (garage.business, garage.triage.service) == ("Northside", "State Inspection")
    assert (spa.business, spa.triage.service, spa.contact.phone) == ("Glow", "Lip Filler", "+493023456789")
    assert garage.contact.phone != spa.contact.phone
    assert "papers run out" in {evidence.rule for evidence in garage.triage.evidence}
    assert "papers run out" not in {evidence.rule for evidence in spa.triage.evidence}


def test_header_decides_when_the_envelope_names_none_of_ours(house: Parts, two: Pipeline) -> None:
    """As for a mailbox that is fetched; else it is the first business's."""
    content = mail("ann@example.com", "Do you do Botox?").replace(b"To: leads@localhost", b"To: " + SPA.encode())
    two.run(house.accept(content, rcpt_tos=()))
    two.run(house.accept(mail("bob@example.com", "Do you do Botox?"), rcpt_tos=()))
    assert [lead.business for lead in shown(house)] == ["Glow", "Northside"]


def test_mail_of_the_other_business_is_not_a_customer_s_address(house: Parts, two: Pipeline) -> None:
    """A form on the spa's site that sends as the garage: the form's e-mail field counts, not our own address."""
    form = "Name: Cleo\nEmail: cleo@example.com\nMessage: Do you do peels?\n"
    lead = lead_of(house, two, SPA, GARAGE, form)
    assert (lead.contact.email, lead.business) == ("cleo@example.com", "Glow")


def test_one_customer_of_both_is_seen_as_one(house: Parts, two: Pipeline) -> None:
    """Leads are compared across businesses."""
    lead_of(house, two, GARAGE, "ann@example.com", "My brakes grind, please call me.")
    lead = lead_of(house, two, SPA, "ann@example.com", "I'd like to book a chemical peel.")
    assert [match.kind for match in lead.matches] == [MatchKind.RELATED]


def test_generic_words_of_the_trade_are_no_reason(house: Parts, two: Pipeline) -> None:
    """That both have a car is said by every customer of a garage."""
    body = "The brakes of my car grind when the vehicle stops."
    lead_of(house, two, GARAGE, "ann@example.com", body)
    (match,) = lead_of(house, two, GARAGE, "bob@example.com", f"{body} Please help.").matches
    (about,) = [reason for reason in match.reasons if reason.startswith("both are about")]
    assert "brakes" in about
    assert "car" not in about.replace(",", "").split()
    assert "vehicle" not in about
