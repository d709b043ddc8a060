"""Marketplaces and portals that pass a customer's words on are read; people and newsletters are not taken for them."""

from __future__ import annotations

import pytest

from channels.mail.relays import Relay, read_relay, service_of
from enrichment.models import Address

_WORDS = "Is it still there?\nI could come on Friday."
INTRODUCTIONS = {
    "en": "Ann Lee sent you a message:",
    "en, from": "New message from Ann Lee",
    "en, about": "You have a new inquiry from Ann Lee about your listing",
    "de": "Nachricht von Ann Lee:",
    "de, verb": "Ann Lee hat dir eine Nachricht geschickt",
    "fr": "Ann Lee vous a envoyé un message concernant votre annonce :",
    "es": "Ann Lee te ha enviado un mensaje",
    "it": "Ann Lee ti ha inviato un messaggio:",
    "pt": "Ann Lee enviou uma nova mensagem",
    "nl": "Ann Lee heeft je een bericht gestuurd",
    "sv": "Nytt meddelande från Ann Lee",
    "da": "Ann Lee har sendt dig en ny besked",
    "no": "Ny melding fra Ann Lee:",
    "fi": "Uusi viesti käyttäjältä Ann Lee",
    "pl": "Ann Lee wysłał(a) Ci nową wiadomość:",
    "cs": "Nová zpráva od Ann Lee",
    "hu": "Ann Lee új üzenetet küldött Önnek:",
    "ro": "Mesaj nou de la Ann Lee",
    "ru": "Новое сообщение от Ann Lee",
    "uk": "Нове повідомлення від Ann Lee",
    "tr": "Ann Lee size yeni bir mesaj gönderdi:",
    "ja": "Ann Leeさんからメッセージが届きました",
    "zh": "来自 Ann Lee 的消息",
}
_MARKET = Address(name="Market", address="noreply@market.example")


@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS)
def test_a_program_that_passes_on_names_the_customer(introduction: str) -> None:
    """The name comes from the introduction in any language, the words from below it, without the service's own."""
    text = f"Hello Bob!\n\n{introduction}\n\n{_WORDS}\n\nReply\n\nhttps://market.example/messages/1\n© Market"
    assert read_relay(_MARKET, "Your ad", text) == Relay("", {"name": "Ann Lee", "message": _WORDS})


@pytest.mark.parametrize(
    ("name", "address", "service"),
    [
        ("Ann Lee via Thumbtack", "x@messaging.thumbtack.com", "Thumbtack"),
        ("Ann Lee (via Houzz)", "no-reply@mail.houzz.de", "Houzz"),
        ("Ann Lee über Portal", "reply+8f7a6b5c4d3e2f1a0b9c@portal.example", "Portal"),
    ],
)
def test_the_display_name_names_the_customer(name: str, address: str, service: str) -> None:
    """`Ann Lee via Houzz` is Ann Lee, also when the text does not introduce her."""
    relay = read_relay(Address(name=name, address=address), "A question", _WORDS)
    assert relay == Relay(service, {"name": "Ann Lee"})


def test_labels_and_the_address_below_the_introduction_are_read() -> None:
    """An address that stands with the name, or labels, are the customer's."""
    text = f"This is an enquiry sent via https://x.example from:\nAnn Lee <ann@lee.example>\n\n{_WORDS}"
    relay = read_relay(_MARKET, "Enquiry", text)
    assert relay == Relay("", {"name": "Ann Lee", "email": "ann@lee.example", "message": _WORDS})
    text = f"Ann Lee sent you a message\n\nPhone: 555 010 0123\nMessage: {_WORDS}\n\nReply to Ann"
    relay = read_relay(_MARKET, "Enquiry", text)
    assert relay is not None
    assert relay.fields == {"name": "Ann Lee", "phone": "555 010 0123", "message": _WORDS}


def test_the_subject_may_name_the_customer() -> None:
    """Some services say only there who writes."""
    relay = read_relay(Address(address="x@members.ebay.co.uk"), "Message from Ann Lee: brakes", _WORDS)
    assert relay == Relay("eBay", {"name": "Ann Lee"})


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        (Address(name="Bob", address="bob@corp.example"), "Message from Ann Lee:\nhi"),
        (Address(name="News", address="noreply@news.example"), "Top stories of the week\nRead more"),
        (_MARKET, "You have a new message from a customer. Log in to read it."),
        (_MARKET, "A message from our team:\nwe have new prices"),
        (Address(address="mailer-daemon@ebay.com"), "Remote host said: 550\nGiving up"),
        (None, "Ann Lee sent you a message:\nhi"),
    ],
)
def test_others_are_no_relays(sender: Address | None, text: str) -> None:
    """A colleague who quotes, a newsletter and a notice without a name name no customer."""
    relay = read_relay(sender, "Hello", text)
    assert relay is None or "name" not in relay.fields


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("a@members.ebay.co.uk", "eBay"),
        ("a@marketplace.amazon.de", "Amazon"),
        ("a@guest.booking.com", "Booking.com"),
        ("a@notzillow.com", ""),
        ("a@amazon.de", ""),
        ("nothing", ""),
    ],
)
def test_services_are_known_by_their_domains(address: str, service: str) -> None:
    """With all that is under a domain, in any country, and nothing that only looks like it."""
    assert service_of(address) == service


@pytest.mark.parametrize(
    "unit", ["\n", ">\n", "sent you ", "message from a ", "ha ", "x" * 299 + "\n", "a sent you a message"]
)
def test_hostile_mail_ends(unit: str) -> None:
    """Long lines and many of them are read; what comes out is no longer than what went in."""
    relay = read_relay(_MARKET, unit * 100, (unit * 200_000)[:200_000])
    assert sum(map(len, relay.fields.values() if relay else ())) <= 200_000
