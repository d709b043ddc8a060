"""What letters are told by their wording: those who sell to us and those who apply, and never a customer."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from enrichment.models import Address, Attachment, ParsedMessage, SpamOpinion
from enrichment.stages.addresses import OwnAddresses
from enrichment.stages.screen import Automatic, Verdict, screen

OWN = OwnAddresses(addresses=frozenset({"leads@shop.example", "kim@shop.example"}))
JO = Address(name="Jo", address="jo@writer.example")
SPAM = SpamOpinion(score=0.97, spam=True, reasons=("a prize is promised", "a link hides its target"))
KINDS = ("pitch", "job_application", "customer", "auto_reply")


def _cases() -> dict[str, list[dict[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("screen_cases.toml").read_text("utf-8"))


def _letters() -> list[tuple[str, ParsedMessage]]:
    return [(kind, ParsedMessage(sender=JO, **case)) for kind in KINDS for case in _cases()[kind]]


def verdict(parsed: ParsedMessage, *, known: bool = False, spam: SpamOpinion | None = None) -> Verdict:
    """What screening says of a letter to our shop."""
    return screen(parsed, "jo@writer.example", known, OWN, spam)


@pytest.mark.parametrize(("kind", "letter"), _letters())
def test_letters_are_told_by_their_wording(kind: str, letter: ParsedMessage) -> None:
    """In some twenty languages: sellers, applicants and vacation notices are set aside, a customer never is."""
    result = verdict(letter)
    assert (result.kind or "customer") == kind, result.reason


@pytest.mark.parametrize("case", _cases()["pitch"] + _cases()["job_application"])
def test_an_opinion_never_touches_who_is_known_or_came_by_a_form(case: dict[str, str]) -> None:
    """A known party, a web form, a lead document and what a colleague passed on go through whatever they say."""
    letter = ParsedMessage(sender=JO, **case)
    assert verdict(letter, known=True, spam=SPAM).passes
    kept: tuple[dict[str, object], ...] = (
        {"fields": {"email": "jo@writer.example"}},
        {"adf": True},
        {"relay": "eBay", "fields": {"message": case.get("text", "")}},
        {"forwarded": True, "sender": Address(address="kim@shop.example")},
        {"forwarded": True, "sender": Address(address="somebody.else@shop.example")},
    )
    for update in kept:
        assert verdict(letter.model_copy(update=update), spam=SPAM).passes


def test_a_stranger_who_forwards_vouches_for_nothing() -> None:
    """Only a colleague's forward is a judgement, and who shares a provider with us is no colleague."""
    case = _cases()["pitch"][0]
    assert verdict(ParsedMessage(sender=JO, forwarded=True, **case)).kind == Automatic.PITCH
    ours = OwnAddresses(addresses=frozenset({"shop@gmail.com"}))
    neighbour = ParsedMessage(sender=Address(address="jo@gmail.com"), forwarded=True, **case)
    assert screen(neighbour, None, False, ours).kind == Automatic.PITCH


def test_a_program_that_names_somebody_is_spared_nothing() -> None:
    """An unknown service is no form, nor is a known one that passes no words on."""
    case = _cases()["pitch"][0]
    weak = ParsedMessage(sender=JO, relay="", fields={"name": "Ann Lee", "message": case.get("text", "")}, **case)
    assert verdict(weak).kind == Automatic.PITCH
    assert verdict(ParsedMessage(sender=JO, relay="eBay", fields={"name": "Ann Lee"}, **case)).kind == Automatic.PITCH


def test_spam_is_set_aside_with_its_reasons() -> None:
    """Staff read the score and why; an opinion that abstains filters nothing."""
    result = verdict(ParsedMessage(sender=JO, text="You won"), spam=SPAM)
    assert result.kind == Automatic.SPAM
    assert result.reason == "spam (97%): a prize is promised; a link hides its target"
    unsure = SpamOpinion(score=0.6, spam=False, reasons=("a link",))
    assert verdict(ParsedMessage(sender=JO, text="You won"), spam=unsure).passes


@pytest.mark.parametrize("name", ["CV_Jo.pdf", "Jo Smith resume.docx", "Lebenslauf-Jo.pdf", "Curriculum Vitae.doc"])
def test_a_cv_and_the_post_make_an_application(name: str) -> None:
    """A file that is named like a CV counts as papers; alone it says nothing."""
    file = Attachment(filename=name, content_type="application/pdf", size=9)
    asked = ParsedMessage(sender=JO, subject="Vacancy", text="Hello, see attached.", attachments=(file,))
    assert verdict(asked).kind == Automatic.JOB_APPLICATION
    assert name in verdict(asked).reason
    assert verdict(asked.model_copy(update={"subject": "Hello"})).passes


@pytest.mark.parametrize("name", ["cvc-brochure.pdf", "resume.jpg", "invoice.pdf", "recv.pdf"])
def test_other_files_are_no_papers(name: str) -> None:
    """A brochure or a picture beside the word vacancy is no application."""
    file = Attachment(filename=name, content_type="application/octet-stream", size=9)
    assert verdict(ParsedMessage(sender=JO, subject="Vacancy", text="Hello", attachments=(file,))).passes


def test_the_reason_quotes_the_writer() -> None:
    """Staff see which words decided."""
    result = verdict(ParsedMessage(sender=JO, **_cases()["pitch"][0]))
    assert "“businesses like yours”" in result.reason or "“your website”" in result.reason
    assert "\n" not in result.reason
    assert len(result.reason) < 400


@pytest.mark.parametrize(
    "letter", ["a " * 50_000, "\n" * 100_000, ">" * 100_000, "seo " * 20_000, "我" * 100_000, "we offer " * 9_000]
)
def test_a_monstrous_letter_is_read_in_bounded_steps(letter: str) -> None:
    """However long it is, only its beginning is judged, and one word said often makes no pitch."""
    assert verdict(ParsedMessage(sender=JO, subject="x" * 998, text=letter)).passes


def _short_letters(kind: str) -> list[str]:
    found: list[str] = tomllib.loads(Path(__file__).with_name("pitch_letters.toml").read_text("utf-8"))[kind]
    return found


@pytest.mark.parametrize("text", _short_letters("customer"))
def test_customers_in_the_same_trades_are_never_pitches(text: str) -> None:
    """A customer may ask for leads, a website or a demo, and may say what their own company offers."""
    assert verdict(ParsedMessage(sender=JO, text=text)).passes


def test_most_english_pitches_are_told() -> None:
    """Three of four of these short letters; the rest pass as leads, which staff close with one click."""
    letters = _short_letters("pitch")
    told = sum(verdict(ParsedMessage(sender=JO, text=text)).kind == Automatic.PITCH for text in letters)
    assert told >= 0.75 * len(letters)


@pytest.mark.parametrize(
    "text", ["My CV joint clicks, is that a big job?", "CV boot torn, do you have a job slot? My CV axle too."]
)
def test_a_car_part_is_no_paper(text: str) -> None:
    """CV is a joint too."""
    assert verdict(ParsedMessage(sender=JO, text=text)).passes
