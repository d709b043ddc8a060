"""Whose words are whose in a whole mail: what is looked for first wins, and each part ends in its own field."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from channels.mail.mime import parse
from enrichment.lead import Via
from enrichment.models import ParsedMessage, SpamOpinion
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.origin import answers_go_to
from enrichment.stages.resolve import contact_of, via_of
from enrichment.stages.screen import Automatic, screen
from enrichment.stages.wording import words_of

OWN = OwnAddresses(addresses=frozenset({"leads@shop.example"}))
WORDS = "Is it still there?\nI could come on Friday."
RELAYED = f"Hello Bob!\n\nAnn Lee sent you a message:\n\n{WORDS}\n\nReply\n\nhttps://market.example/messages/1\n"


def parsed(sender: str, body: str, subject: str = "Your ad", **headers: str) -> ParsedMessage:
    """What is understood of a mail; further headers by keyword, `_` for `-`."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "leads@shop.example", subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return parse(mail.as_bytes())


def test_a_relayed_mail_gives_the_customer_s_words_and_name() -> None:
    """The service's own words stay in the whole text, and its address is not taken for the customer's."""
    found = parsed("Thumbtack <no-reply@messaging.thumbtack.com>", RELAYED)
    assert (found.relay, found.text, found.fields["name"]) == ("Thumbtack", WORDS, "Ann Lee")
    assert "market.example" in found.full_text
    assert found.form == {}
    assert via_of(found) is Via.RELAY
    assert screen(found, None, False, OWN).passes
    contact = contact_of(found, OWN, "US")
    assert (contact.name, contact.email) == ("Ann Lee", None)


def test_a_relay_without_an_introduction_keeps_all_words() -> None:
    """Only the name is known then."""
    found = parsed('"Ann Lee (via Houzz)" <reply+8f7a6b5c4d3e2f1a0b9c@mail.houzz.de>', WORDS)
    assert (found.relay, found.text, words_of(found)) == ("Houzz", WORDS, WORDS)
    assert contact_of(found, OWN, "US").name == "Ann Lee"
    assert answers_go_to(found) == "reply+8f7a6b5c4d3e2f1a0b9c@mail.houzz.de"


def test_where_an_answer_goes() -> None:
    """Reply-To says it; a no-reply address of a service leads nowhere, nor does a person's need to be told."""
    service = "Thumbtack <no-reply@messaging.thumbtack.com>"
    assert answers_go_to(parsed(service, RELAYED)) == ""
    through = parsed(service, RELAYED, Reply_To="Ann <reply-12@messaging.thumbtack.com>")
    assert answers_go_to(through) == "reply-12@messaging.thumbtack.com"
    assert answers_go_to(parsed("Reply Desk <reply.desk@corp.example>", WORDS, "Hello")) == ""


@pytest.mark.parametrize("header", ["List-Unsubscribe", "List-Id", "List-Post", "Precedence"])
def test_an_unknown_service_that_writes_to_many_is_no_relay(header: str) -> None:
    """A newsletter may tell of somebody's message too; a known marketplace's every mail has these headers."""
    marked = {header.replace("-", "_"): "bulk" if header == "Precedence" else "<x.market.example>"}
    found = parsed("Market <noreply@market.example>", RELAYED, **marked)
    assert (found.relay, found.fields) == (None, {})
    assert screen(found, None, False, OWN).kind is Automatic.BULK
    assert parsed("Market <noreply@members.ebay.co.uk>", RELAYED, **marked).relay == "eBay"


def test_an_unknown_service_is_spared_no_opinion() -> None:
    """What a program says of itself must not carry spam through the screen, as a form's labels would."""
    found = parsed("Market <noreply@market.example>", RELAYED)
    assert (found.relay, via_of(found)) == ("", Via.RELAY)
    spam = SpamOpinion(score=0.9, spam=True, reasons=("a prize is promised",))
    assert screen(found, None, False, OWN, spam).kind is Automatic.SPAM
    assert screen(parsed("x <x@members.ebay.com>", RELAYED), None, False, OWN, spam).passes


def test_a_person_relays_nothing() -> None:
    """People write such words too."""
    found = parsed("Bob <bob@corp.example>", RELAYED)
    assert (found.relay, found.fields) == (None, {})
    assert via_of(found) is Via.DIRECT


def test_a_form_and_a_forward_are_no_relay() -> None:
    """What is found first stands."""
    form = parsed("Site <noreply@site.example>", "Name: Ann Lee\nEmail: ann@lee.example\nMessage: Brakes grind\n")
    assert (form.relay, via_of(form)) == (None, Via.FORM)
    body = f"---------- Forwarded message ----------\nFrom: Ann <ann@lee.example>\nSubject: Ad\n\n{RELAYED}"
    forward = parsed("Ann Reed via Houzz <reply+8f7a6b5c4d3e2f1a0b9c@mail.houzz.de>", body, "Fwd: Ad")
    assert (forward.relay, via_of(forward)) == (None, Via.FORWARD)


def test_an_answer_through_a_relay_quotes_an_earlier_introduction() -> None:
    """What an answer quotes introduces nobody."""
    quoted = "\n".join(f"> {line}" for line in RELAYED.splitlines())
    found = parsed(
        "Carl Beck via Houzz <reply+8f7a6b5c4d3e2f1a0b9c@mail.houzz.de>",
        f"Friday suits me.\n\nOn Mon, 5 Jan 2026 at 10:00, Houzz <x@houzz.de> wrote:\n{quoted}\n",
        "Re: Your ad",
        In_Reply_To="<1@houzz.de>",
    )
    assert (found.relay, found.fields, found.text) == ("Houzz", {"name": "Carl Beck"}, "Friday suits me.")
