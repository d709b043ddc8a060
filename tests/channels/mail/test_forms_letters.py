"""Letters, signatures, headers and newsletters have colons and columns too, and are no forms."""

from __future__ import annotations

import random

import pytest

from channels.mail.form_labels import key_of
from channels.mail.forms import read_form

_LETTER = "\n".join(f"We are pleased to tell you about matter number {number}." for number in range(20))
LETTERS = {
    "a press release with a contact": (
        f"{_LETTER}\n\nContact: Jane Doe\nPhone: 555 010 0123\nEmail: jane@press.example\nWeb: https://press.example"
    ),
    "a signature in columns": "Please call.\n\nBest\nAnn Lee\nTel      555 010 0123\nE-mail   ann@lee.example",
    "a signature with a firm": "Merci.\n\nJean Dupont\nSociété : Dupont\nTél : 01 23 45 67 89\nE-mail : jean@d.example",
    "a header in Polish": "Patrz niżej\n\nOd: Jan <jan@x.example>\nWysłano: dziś\nDo: my@x.example\nTemat: Dach\n\nHej",
    "a header in Japanese": "どうぞ\n\n差出人: Taro <taro@x.example>\n宛先: me@x.example\n件名: 屋根\n\nこんにちは",
    "a header with an address to answer to": (
        "From: Ann <ann@lee.example>\nReply-To: ann@lee.example\nDate: Monday\nTo: us@x.example\nSubject: Roof\n\nHi"
    ),
    "a delivery report": (
        "Reporting-MTA: dns; mx.example\nFinal-Recipient: rfc822; ann@lee.example\nAction: failed\nStatus: 5.1.1"
    ),
    "an order": "Thank you for your order\n\nOrder number: 12\nProduct: Hammer\nQuantity: 2\nPrice: 10.00",
    "minutes": "Topic: Roof\nTime: 10:00\nLocation: Room 2\n\nNote: bring coffee",
    "a quotation marked by a program": "Thanks!\n\ue002\nName: Bo\nEmail: bo@example.com\nMessage: old",
    "a quotation in Russian": "Спасибо!\n\nпн, 6 мая, Bo написал(а):\nName: Bo\nEmail: bo@example.com\nMessage: old",
    "a region that a program marked": "Thanks!\n\ue005\nName: Bo\nEmail: bo@example.com\nMessage: old\n\ue004\nBye",
    "code": "x = 1\nname = 'a'\nemail = None\n",
}


@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_letters_are_no_forms_in_any_language(text: str) -> None:
    """No form is found where nobody filled one in."""
    assert read_form(text) is None


def test_a_reply_does_not_bring_back_the_form_it_quotes() -> None:
    """Under the header of a quoted mail a reply's form is an old one; otherwise it is the mail's own."""
    text = (
        "Thanks!\n\nFrom: Site <site@x.example>\nSent: Monday\nTo: us@x.example\nSubject: Form\n\n"
        "Name: Bo\nEmail: bo@example.com\nMessage: old"
    )
    assert read_form(text, reply=True) is None
    form = read_form(text)
    assert form is not None
    assert form.fields == {"name": "Bo", "email": "bo@example.com", "message": "old"}


@pytest.mark.parametrize("label", ["Vendor name", "Dealer e-mail", "Agent's phone", "Product name", "the", "Your", ""])
def test_others_labels_are_not_the_customers(label: str) -> None:
    """What names a vendor, or nothing, gives no field."""
    assert key_of(label) is None


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Customer's E-mail", "email"),
        ("Buyer name", "name"),
        ("customerEmail", "email"),
        ("field_email", "email"),
        ("Name / Nom", "name"),
        ("What's your phone number?", "phone"),
        ("Name des Interessenten", "name"),
        ("ご連絡先メールアドレス", "email"),
        ("Type your message here...", "message"),
        ("E-Mail (wird nicht veröffentlicht)", "email"),
    ],
)
def test_labels_are_known_whosever_they_are(label: str, key: str) -> None:
    """Roles of the sender, two languages side by side, questions and names of variables do not matter."""
    assert key_of(label) == key


@pytest.mark.parametrize(
    "unit",
    [
        "\n",
        ">",
        ">\n",
        "a: ",
        "a:b\n",
        "[",
        "【a】",
        "a  ",
        "a\t",
        "|",
        "x | ",
        "Name\n",
        "Name: a; ",
        "a?\n",
        " a?\n",
        "\xa0",
    ],
)
@pytest.mark.parametrize("start", ["", "Name: A\nEmail: a@b.c\nMessage: x\n", "Name\n A\nEmail\n a@b.c\nfoo\n"])
def test_hostile_text_ends(start: str, unit: str) -> None:
    """200,000 characters of anything, alone and below a form, are read; what is found is bounded."""
    form = read_form(start + (unit * 200_000)[:200_000])
    found = form.labels if form else {}
    assert sum(map(len, found.values())) < 200_000


def test_a_form_below_a_marked_signature_is_read() -> None:
    """A colleague's signature above a form is skipped, and not taken for the form."""
    form = read_form("FYI\n\ue003\nEmail: bob@staff.example\n\ue004\nName: Bo\nEmail: bo@x.example\nMessage: Hi")
    assert form is not None
    assert form.fields == {"name": "Bo", "email": "bo@x.example", "message": "Hi"}


def test_no_mutilation_of_a_form_breaks_the_reading() -> None:
    """Whatever is cut out, doubled or put into a form, something comes out and no label is without a value."""
    draw = random.Random(5)
    form = (
        "Hello\nName: Ann\nE-Mail\nann@lee.example\n\nCity  Reno\nMessage: Hi\nthere\n-- \nThis e-mail was sent from it"
    )
    pieces = [
        "\n",
        ":",
        "  ",
        "\t",
        "|",
        "*",
        "【",
        "\ue002",
        "\ue005",
        "\ue004",
        "\x00",
        "\ud800",
        "@",
        "Name:",
        "?",
        "<",
    ]
    for _ in range(500):
        text = form
        for _ in range(draw.randint(1, 8)):
            place, length = draw.randint(0, len(text)), draw.randint(0, 9)
            text = text[:place] + draw.choice(pieces) * draw.randint(0, 3) + text[place + length :]
        found = read_form(text)
        assert found is None or all(found.labels.values())
