"""The headline, the customer's words, and the text that is compared."""

from __future__ import annotations

import time

import pytest

from enrichment.models import Attachment, ParsedMessage
from enrichment.stages.terms import in_english, shared_words, stem, telling_words
from enrichment.stages.wording import ask_of, clean_subject, request_text, words_of


@pytest.mark.parametrize(
    ("subject", "cleaned"),
    [
        ("Re: Fwd: AW: Grinding brakes", "Grinding brakes"),
        ("[Shop] Grinding   brakes\r\n Bcc: x", "Grinding brakes Bcc: x"),
        ("New submission from Contact page", ""),
        ("[Shop] Please moderate: contact form", ""),
        ("Kontaktformular", ""),
        ("Hello", ""),
        ("Quick question", ""),
        ("(no subject)", ""),
        ("Ants!!", "Ants!!"),
        ("Re:", ""),
        ("Order 10482: where is it", "Order 10482: where is it"),
    ],
)
def test_clean_subject(subject: str, cleaned: str) -> None:
    """Prefixes and tags go; a subject that says nothing, or that a form plugin wrote, is empty."""
    assert clean_subject(subject) == cleaned


def test_ask_prefers_the_customers_subject() -> None:
    """A form's subject field beats the mail's subject, which beats the first sentence."""
    parsed = ParsedMessage(subject="Roof repair", text="Please come.", fields={"subject": "Gutter"})
    assert ask_of(parsed) == "Gutter"
    assert ask_of(parsed.model_copy(update={"fields": {}})) == "Roof repair"


@pytest.mark.parametrize(
    ("text", "ask"),
    [
        ("Hi John,\n\nmy car won't start. Can you help?\n\nThanks\nJo", "my car won't start."),
        ("Hello! How are you? My roof leaks.", "How are you?"),
        ("Hi there, my brakes grind and I need help", "my brakes grind and I need help"),
        ("Dear team\nWe need a quote for 3 vans", "We need a quote for 3 vans"),
        ("Hello", "Hello"),
        ("", "(no text)"),
    ],
)
def test_ask_from_the_text(text: str, ask: str) -> None:
    """Without a subject that says something, the first sentence that does is the headline."""
    assert ask_of(ParsedMessage(subject="Hi", text=text)) == ask


def test_ask_is_one_short_line() -> None:
    """A headline never has more than 120 characters or a line break; a file's name stands in for a missing text."""
    long = ask_of(ParsedMessage(subject="brake\n" * 500))
    assert len(long) <= 120
    assert "\n" not in long
    assert long.endswith("…")
    photo = Attachment(filename="dent.jpg", content_type="image/jpeg", size=9)
    assert ask_of(ParsedMessage(attachments=(photo,))) == "Sent a file: dent.jpg"


def test_words_are_the_forms_message() -> None:
    """A form's message field is what the customer wrote; without one, all of the text is."""
    parsed = ParsedMessage(text="Name: Jo\nMessage: hi there", fields={"message": " hi there "})
    assert words_of(parsed) == "hi there"
    assert words_of(ParsedMessage(text=" hello ")) == "hello"


LETTER = """Good morning,

could you change my timing belt?
I'd need a loaner.

Kind regards,
Martin Keller
Keller Logistics | Industriestrasse 5"""


def test_request_has_no_greeting_and_no_signature() -> None:
    """Only the request is compared, so that a signature makes no two mails alike."""
    assert request_text("Re: Timing belt", LETTER) == "could you change my timing belt? I'd need a loaner."
    assert request_text("Audi", LETTER) == "Audi. could you change my timing belt? I'd need a loaner."
    assert request_text("", "The door is stuck\n-- \nDana\nTel 1") == "The door is stuck"
    assert request_text("", "Die Tür klemmt.\nMit freundlichen Grüßen\nDana") == "Die Tür klemmt."


@pytest.mark.parametrize(
    "words",
    [
        "Thanks for the call.\nWhen can you come?",
        "I need a quote.\nThanks!\nP.S. can you also paint the door?",
        "We need:\n- 3 windows\n- 2 doors",
        "I need this.\nThanks\n" + "and another long sentence that goes on " * 5,
    ],
)
def test_request_loses_no_words(words: str) -> None:
    """A postscript, a list, or thanks in the middle are no signature."""
    assert request_text("", words) == " ".join(words.split())


def test_request_is_bounded() -> None:
    """A megabyte gives a thousand characters, at once."""
    started = time.perf_counter()
    for unit in ("Thanks\n", "word ", "a@", "\n", "[", "Re: ", "1234567 "):
        assert len(request_text(unit * 200_000, unit * 200_000)) <= 1000
        ask_of(ParsedMessage(subject=unit * 200_000, text=unit * 200_000))
        telling_words(unit * 200_000)
    assert time.perf_counter() - started < 30


def test_telling_words() -> None:
    """Grammar, courtesy, contacts and small numbers tell nothing; forms of one word are one."""
    text = "Hello, please call me at 415-555-2671 or jo@x.example about the 2 leaking pipes, order 10482. Pipe!"
    assert list(telling_words(text).values()) == ["leaking", "pipes", "order", "10482"]
    assert shared_words("My brakes grind", "grinding brake, Jo", without=frozenset({"jo"})) == ("brakes", "grind")
    assert [stem(word) for word in ("stopped", "stops", "classes", "bus", "planning")] == [
        "stop",
        "stop",
        "class",
        "bus",
        "plan",
    ]


def test_language() -> None:
    """A text is taken for English unless it uses more of another language's grammar."""
    assert in_english("Can you fix the roof of my house?")
    assert in_english("Audi A4")
    assert not in_english("Können Sie das Dach von meinem Haus reparieren?")
    assert not in_english("¿Pueden reparar el techo de mi casa?")
