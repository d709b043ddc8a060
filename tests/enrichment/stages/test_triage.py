"""What triage says of real-sounding messages, how it orders them, and that nothing hostile slows it down."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from enrichment.lead import Contact, Triage, UrgencyLabel
from enrichment.stages.rules import Rules
from enrichment.stages.triage import QUOTE_LENGTH, triage

TUESDAY = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)
MESSAGES = Path(__file__).with_name("messages.toml")


def judged(words: str, subject: str = "", *, phone: str | None = None, at: datetime = TUESDAY) -> Triage:
    """Triage of a message that came at that time."""
    return triage(words, subject, Contact(phone=phone), at)


def table() -> list[tuple[str, str, str, str]]:
    """(label, message, intent, telling words) of every message in the table."""
    sections = tomllib.loads(MESSAGES.read_text("utf-8"))
    return [(label, *row) for label, section in sections.items() for row in section["messages"]]


@pytest.mark.parametrize(("label", "message", "intent", "tells"), table())
def test_table(label: str, message: str, intent: str, tells: str) -> None:
    """Each message of the table gets the label, intent and evidence that a person would give it."""
    result = judged(message)
    assert (result.label.value, result.intent) == (label, intent), result
    assert not tells or any(tells in evidence.quote for evidence in result.evidence), result


@pytest.mark.parametrize("message", [message for _, message, _, _ in table()])
def test_quotes_are_the_customers_words(message: str) -> None:
    """Every quote is literally in the subject or the words, and at most 80 characters."""
    for words, subject in ((message, ""), ("", message), (message, message)):
        for evidence in judged(words, subject).evidence:
            assert len(evidence.quote) <= QUOTE_LENGTH
            assert evidence.quote in words or evidence.quote in subject


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("I smell gas and it is urgent", "my brakes grind, can you look this week?"),
        ("my brakes grind, can you look today?", "my brakes grind, can you look next week?"),
        ("I'd like a quote by tomorrow", "I'd like a quote by Friday"),
        ("I'd like a quote by Friday", "I'd like a quote by the 25th"),
        ("I'd like a quote by the 25th", "I'd like a quote by March 25"),
        ("I'd like a quote", "I'd like a quote, no rush"),
        ("I'd like a quote", "Please tell me about your company"),
        ("It's urgent: a quote please", "It's not urgent: a quote please"),
        ("Please tell me about your company", "We can increase your website traffic"),
        ("I am very disappointed with the repair", "I am very happy with the repair"),
        ("There is a leak under the sink", "There is no leak under the sink"),
        ("Is a weekend visit possible? Before Friday would be better", "Is a visit possible at some time?"),
        ("no brakes, urgent, today", "urgent, today"),
    ],
)
def test_order(more: str, less: str) -> None:
    """The more urgent of two messages has the higher urgency."""
    assert judged(more).urgency > judged(less).urgency


def test_phone_and_files_weigh_a_little() -> None:
    """A customer who left a phone number or sent files means it more, but stays within the same few points."""
    plain = judged("How much is it?").urgency
    assert plain < judged("How much is it?", phone="+14155552671").urgency <= plain + 5
    assert plain < triage("How much is it?", "", Contact(), TUESDAY, attachments=2).urgency <= plain + 5


def test_subject_counts() -> None:
    """An urgent subject makes a message urgent, and is quoted as it is written there."""
    result = judged("Please see below.", "[URGENT] quote needed")
    assert result.label is UrgencyLabel.HOT
    assert "URGENT" in {evidence.quote for evidence in result.evidence}


@pytest.mark.parametrize(
    "words",
    [
        "It isn't urgent",
        "this is NOT an emergency",
        "nothing terribly urgent",
        "it doesn't have to be today",
        "No emergency here",
        "das ist nicht dringend",
        "ce n’est pas urgent",
    ],
)
def test_negation(words: str) -> None:
    """What is denied does not count, with a filling word between and in other languages too."""
    assert judged(words).urgency <= 25


@pytest.mark.parametrize(
    "words",
    ["No, it is urgent", "I have no heat and urgently need help", "Why not today? It's urgent", "not sure, urgent"],
)
def test_negation_of_something_else(words: str) -> None:
    """A negation that belongs to other words silences nothing."""
    assert judged(words).label is UrgencyLabel.HOT


def test_whenever_is_patience_only_of_the_one_who_writes() -> None:
    """`whenever you have time` is no hurry; `whenever I brake` is the trouble itself."""
    assert "is in no hurry" not in {item.rule for item in judged("It grinds whenever I brake").evidence}
    assert "is in no hurry" in {item.rule for item in judged("Come whenever you can").evidence}


def test_day_that_has_been() -> None:
    """A day on which something happened is no deadline."""
    assert all("day" not in evidence.rule for evidence in judged("I was promised a delivery last Friday").evidence)
    assert all("day" not in evidence.rule for evidence in judged("The job was done on November 3").evidence)


def test_weekday_is_counted_from_arrival() -> None:
    """The same `before Friday` is more urgent on Thursday than on Saturday."""
    thursday = judged("a quote before Friday", at=datetime(2026, 11, 12, tzinfo=UTC)).urgency
    saturday = judged("a quote before Friday", at=datetime(2026, 11, 14, tzinfo=UTC)).urgency
    assert thursday > saturday


def test_impossible_date_is_ignored() -> None:
    """February 31 and the 0th are no dates and no errors."""
    assert judged("a quote by February 31 or by the 0th").urgency == judged("a quote").urgency


def test_own_rules() -> None:
    """A business may bring other rules, and a mistake in them is found when they are read."""
    data = {
        "base": 10,
        "negations": ["not"],
        "fillers": [],
        "rule": [{"name": "bees", "group": "safety", "points": 60, "phrases": ["bee* ~ roof"]}],
        "deadline": [],
        "distance": [{"days": 1, "points": 5}],
    }
    rules = Rules.model_validate(data)
    result = triage("There are bees under our roof!", "", Contact(), TUESDAY, rules=rules)
    assert (result.urgency, result.evidence[0].quote) == (70, "bees under our roof")
    with pytest.raises(ValidationError):
        Rules.model_validate(data | {"rule": [{"name": "x", "group": "y", "points": 5, "phrases": []}]})


@pytest.mark.parametrize(
    "hostile",
    [
        "brake " * 200_000,
        "brakes leaking ceiling " * 50_000,
        "not a " * 200_000,
        "a" * 1_000_000,
        "by the " * 150_000,
        "monday " * 150_000,
        "had " * 300_000 + "friday",
        "a'" * 500_000,
        "\n" * 1_000_000,
        "1st of " * 150_000,
        "\u0130\u0301" * 500_000,
        "\U0001f525 urgent \x00" * 80_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_text_is_bounded(hostile: str) -> None:
    """A megabyte made to be slow does not hang, as subject and as text."""
    started = time.perf_counter()
    result = judged(hostile, hostile)
    assert time.perf_counter() - started < 30
    assert all(evidence.quote in hostile for evidence in result.evidence)
