"""Who wrote: the best address that a message gives, name, phone, company, and the keys to know them by."""

from __future__ import annotations

import time

import pytest

from enrichment.lead import Contact
from enrichment.models import Address, ParsedMessage
from enrichment.stages.resolve import (
    OwnAddresses,
    contact_keys,
    contact_of,
    emails_in,
    match_key,
    name_key,
    normalise_email,
    phones_in,
)

OWN = OwnAddresses(
    addresses=frozenset({"leads@shop.example"}),
    domains=frozenset({"mail.shop.example"}),
    phones=frozenset({"+14155550000"}),
    names=frozenset({"shop website"}),
)
JO = Address(name="Jo Smith", address="jo@customer.example")
ROBOT = Address(name="Shop Website", address="wordpress@shop.example")


def who(parsed: ParsedMessage) -> Contact:
    """The contact of a message to our shop in the United States."""
    return contact_of(parsed, OWN, "US")


@pytest.mark.parametrize(
    ("parsed", "email", "source"),
    [
        (ParsedMessage(sender=JO), "jo@customer.example", "from"),
        (ParsedMessage(sender=ROBOT, reply_to=(JO,)), "jo@customer.example", "reply_to"),
        (ParsedMessage(sender=ROBOT, reply_to=(JO,), fields={"email": "Ann@X.example"}), "ann@x.example", "field"),
        (
            ParsedMessage(sender=ROBOT, headers={"x-original-sender": "<pat@home.example>"}),
            "pat@home.example",
            "original_sender",
        ),
        (ParsedMessage(sender=JO, reply_to=(Address(address="leads@shop.example"),)), "jo@customer.example", "from"),
        (ParsedMessage(sender=JO, reply_to=(Address(address="leads+7@shop.example"),)), "jo@customer.example", "from"),
        (ParsedMessage(sender=JO, reply_to=(Address(address="x@mail.shop.example"),)), "jo@customer.example", "from"),
        (ParsedMessage(sender=JO, reply_to=(Address(address="no-reply@big.example"),)), "jo@customer.example", "from"),
        (ParsedMessage(sender=JO, fields={"email": "not given"}), "jo@customer.example", "from"),
        (ParsedMessage(sender=ROBOT), "wordpress@shop.example", "from"),
        (ParsedMessage(sender=Address(address="leads@shop.example")), None, "from"),
        (ParsedMessage(), None, "from"),
    ],
)
def test_email_best_first(parsed: ParsedMessage, email: str | None, source: str) -> None:
    """A form's field beats Reply-To beats X-Original-Sender beats From; ours never, a program's only as the last."""
    contact = who(parsed)
    assert (contact.email, contact.source) == (email, source)


@pytest.mark.parametrize(
    ("parsed", "name"),
    [
        (ParsedMessage(sender=JO), "Jo Smith"),
        (ParsedMessage(sender=Address(name='"Smith, Jo"', address="jo@x.example")), "Jo Smith"),
        (ParsedMessage(sender=Address(name="jo@x.example", address="jo@x.example")), ""),
        (ParsedMessage(sender=Address(name="Shop Website", address="jo@x.example")), ""),
        (ParsedMessage(sender=ROBOT, fields={"name": " Ann  Lee ", "email": "ann@x.example"}), "Ann Lee"),
        (ParsedMessage(sender=ROBOT, fields={"email": "ann@x.example"}), ""),
        (ParsedMessage(sender=JO, fields={"email": "JO@customer.example"}), "Jo Smith"),
        (ParsedMessage(sender=Address(name="Jo " + "x" * 500, address="jo@x.example")), "Jo " + "x" * 117),
    ],
)
def test_name(parsed: ParsedMessage, name: str) -> None:
    """The form's name or the mailbox's own display name; never an address, the site's name or another mailbox's."""
    assert who(parsed).name == name


@pytest.mark.parametrize(
    ("email", "company"),
    [
        ("jo@acme-tools.co.uk", "Acme Tools"),
        ("jo@mail.acme.example", "Acme"),
        ("jo@gmail.com", ""),
        ("jo@t-online.de", ""),
        ("no-reply@acme.example", ""),
        ("jo123@reply.craigslist.org", ""),
    ],
)
def test_company_from_domain(email: str, company: str) -> None:
    """A firm's domain names it; a provider's, a program's and a relay's do not."""
    assert who(ParsedMessage(sender=Address(address=email))).company == company


@pytest.mark.parametrize(("name", "company"), [("Priya Raman", ""), ("Priya Shah", "Raman"), ("", "Raman")])
def test_a_family_is_no_company(name: str, company: str) -> None:
    """A domain that bears the sender's own name is not shown as where they work."""
    assert who(ParsedMessage(sender=Address(name=name, address="priya@raman.example"))).company == company


def test_company_field_wins() -> None:
    """What the form says of the company beats the domain."""
    assert who(ParsedMessage(sender=JO, fields={"company": "Widgets Ltd"})).company == "Widgets Ltd"


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("call (415) 555-2671 or +44 20 7946 0958", ("+14155552671", "+442079460958")),
        ("You can reach me on 555-213-8890 after 5pm", ("+15552138890",)),
        ("Order 555-213-8890 from your list", ()),
        ("VIN 1HGCM82633A004352, 90,000 miles, 2016, $1,250.00, 12/24/2026", ()),
        ("415.555.2671 415-555-2671", ("+14155552671",)),
        ("", ()),
    ],
)
def test_phones_in_text(text: str, phones: tuple[str, ...]) -> None:
    """Real numbers anywhere, unreal ones only where the words call them a phone, nothing else that has digits."""
    assert phones_in(text, "US") == phones


def test_phone_of_contact() -> None:
    """The labelled field first, then the text; our own number never; the region decides what a local number is."""
    text = "Call us at 415-555-0000. My number is 415-555-2671."
    assert who(ParsedMessage(sender=JO, text=text)).phone == "+14155552671"
    assert who(ParsedMessage(sender=JO, text=text, fields={"phone": "(212) 555-0123"})).phone == "+12125550123"
    assert who(ParsedMessage(sender=JO, text=text, fields={"phone": "n/a"})).phone == "+14155552671"
    assert contact_of(ParsedMessage(text="Tel. 030 901820"), OWN, "DE").phone == "+4930901820"


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("J.o.Smith+spam@Gmail.com", "josmith@googlemail.com", True),
        ("jo.smith@outlook.com", "josmith@outlook.com", False),
        ("jo+car@outlook.com", "jo@outlook.com", True),
        ("reply+4711@relay.example", "reply+4712@relay.example", False),
        ("Jo@X.example", "jo@x.example", True),
    ],
)
def test_match_key(left: str, right: str, *, same: bool) -> None:
    """Providers' tags and Gmail's dots do not make another mailbox; a company's own tags may."""
    assert (match_key(left) == match_key(right)) is same


def test_emails_in_text() -> None:
    """Addresses are found once each in lower case, without the punctuation around them."""
    text = "Write to Jo@X.example, <mailto:ann.lee+a@sub.y.co.uk>. Not: @handle, a@b, x@@y.example"
    assert emails_in(text) == ("jo@x.example", "ann.lee+a@sub.y.co.uk")
    assert normalise_email(" <Jo@X.example> ") == "jo@x.example"


def test_contact_keys_know_a_party_again() -> None:
    """E-mail as its match key and phone are keys; a program's and a relay's addresses are none."""
    assert contact_keys(Contact(email="j.o@gmail.com", phone="+14155552671")) == (
        ("email", "jo@gmail.com"),
        ("phone", "+14155552671"),
    )
    assert contact_keys(Contact(email="no-reply@forms.example")) == ()
    assert contact_keys(Contact(email="abc123@reply.craigslist.org")) == ()
    assert name_key("  JO   Smith ") == "jo smith"


@pytest.mark.parametrize("unit", ["a@", "a.", "1-", "+1 ", "(415) 555-2671 ", "a@a.", "call 5", "@", "x@y.example "])
def test_hostile_text_is_bounded(unit: str) -> None:
    """A megabyte of almost-addresses and almost-phones is read without hanging."""
    parsed = ParsedMessage(sender=JO, text=unit * (1_000_000 // len(unit)))
    started = time.perf_counter()
    who(parsed)
    emails_in(parsed.text)
    assert time.perf_counter() - started < 30
