"""The link that opens an answer: made of harmless characters only, and signed so that the answer finds its lead."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bot.slack import cards
from bot.slack.answering import build_mailto, is_real
from enrichment.lead import Contact, Edits, Lead, Origin
from enrichment.stages.reply_token import leads_by_token
from tests.bot.slack.leads import HOSTILE, lead
from tests.bot.slack.staff import assert_safe, text_objects

KEY = b"k" * 32
OURS = ("leads@garage-denver.com", "second@garage-denver.com")


def of(email: str, **changes: Any) -> Lead:
    """A lead of somebody with that address."""
    return lead("Brakes grind", contact=Contact(name="Jo", email=email), **changes)


def read(url: str) -> tuple[str, str, str]:
    """To, subject and blind copy of a link, as a mail program reads them."""
    parts = urlsplit(url)
    assert parts.scheme == "mailto"
    asked = parse_qs(parts.query.replace("+", "%2B"), keep_blank_values=True)
    return unquote(parts.path), asked["subject"][0], asked.get("bcc", [""])[0]


def test_answer_names_the_lead_and_is_copied_to_it() -> None:
    """Subject with the lead's name; the copy's address is one that the bot finds the lead by."""
    to, subject, copy = read(build_mailto(of("jo.smith+web@shop.com"), KEY, OURS))
    assert (to, subject) == ("jo.smith+web@shop.com", "Re: Brakes grind [L-12]")
    assert copy.startswith("leads+12.")
    assert leads_by_token([copy], KEY) == (12,)
    assert leads_by_token([copy], b"x" * 32) == ()


@pytest.mark.parametrize("subject", ["Re: Brakes", "RE:  Brakes", "Brakes", "Re: Fwd: AW: Brakes", "Wg: Brakes"])
def test_re_is_not_said_twice(subject: str) -> None:
    """Whoever wrote it first."""
    assert read(build_mailto(of("jo@shop.com", subject=subject), KEY))[1] == "Re: Brakes [L-12]"


@pytest.mark.parametrize("own", ["leads@localhost", "leads@shop.example", "leads@example.com", "leads@10.0.0.1", "x"])
def test_nothing_is_copied_to_an_address_that_no_mail_reaches(own: str) -> None:
    """Staff would get it back as undeliverable."""
    assert "bcc" not in build_mailto(of("jo@shop.com"), KEY, (own,))
    assert "bcc" not in build_mailto(of("jo@shop.com"), KEY, ())
    assert "bcc" not in build_mailto(of("jo@shop.com"), b"", OURS)


@pytest.mark.parametrize(
    ("domain", "real"), [("shop.com", True), ("a.shop.co.uk", True), ("SHOP.local", False), ("a.example.org", False)]
)
def test_reserved_names_are_no_real_domains(domain: str, real: bool) -> None:
    """Those of RFC 2606 and its kin."""
    assert is_real(domain) is real


def test_answer_goes_where_answers_must_go() -> None:
    """To the relay, when the customer came by one; the link stands at that address alone."""
    shown = of("jo@shop.com", origin=Origin(reply_to="buyer-7@relay.com"))
    url = build_mailto(shown, KEY, OURS)
    assert read(url)[0] == "buyer-7@relay.com"
    linked = [each["text"] for each in text_objects(cards.card(shown, url).blocks) if "mailto:" in each["text"]]
    assert [text.partition("\n")[0] for text in linked] == ["Answer to"]


def test_answer_goes_to_the_address_that_staff_have_put_right() -> None:
    """The relay's is neither linked nor shown any more."""
    shown = of("jo@right.com", origin=Origin(reply_to="buyer-7@relay.com"), edits=Edits(email="jo@right.com"))
    url = build_mailto(shown, KEY, OURS)
    assert read(url)[0] == "jo@right.com"
    told = [each["text"] for each in text_objects(cards.card(shown, url).blocks)]
    assert [text.partition("\n")[0] for text in told if "mailto:" in text] == ["E-mail"]
    assert not [text for text in told if "relay.com" in text]


ODD = [
    *HOSTILE.values(),
    "<!channel>@shop.com",
    "a|b@shop.com",
    "*bold*@shop.com",
    "_it_@shop.com",
    "`x`@shop.com",
    ":fire:@shop.com",
    "a?bcc=boss@shop.com",
    "a&b@shop.com",
    "a%0abcc@shop.com",
    "jo@shop.com\nbcc:x@y.com",
    "jo@shop.com>",
    "jo@shop",
    "jo@-shop.com",
    "jö@shop.com",
    "a" * 65 + "@shop.com",
    f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.com",
    "jo@shop.com, eve@shop.com",
]


@pytest.mark.parametrize("email", ODD)
def test_odd_address_is_no_link(email: str) -> None:
    """It is shown as plain words, as everything of a customer's is."""
    assert build_mailto(of(email), KEY, OURS) == ""
    assert_safe(cards.card(of(email), ""))


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_subject_stays_in_the_subject(kind: str) -> None:
    """No other recipient, no line of its own, nothing that Slack reads; and the field fits."""
    shown = of("jo_s@shop.com", subject=HOSTILE[kind])
    url = build_mailto(shown, KEY, OURS)
    to, subject, _ = read(url)
    assert (to, url.count("bcc="), url.count("&")) == ("jo_s@shop.com", 1, 1)
    assert subject.endswith(" [L-12]")
    assert not set("<>|\n\r ").intersection(url)
    message = cards.card(shown, url)
    assert_safe(message)
    (field,) = [each["text"] for each in text_objects(message.blocks) if "mailto:" in each["text"]]
    assert field.startswith("E-mail\n<mailto:jo_s@shop.com?subject=")
    assert field.endswith("|jo_s@shop.com>")
    assert len(field) <= 2000
