"""A lead as one flat record."""

from __future__ import annotations

import pytest

from enrichment.adapters.lead_record import COLUMNS, CUT, KEY, TEXT_LIMIT, Kind, record
from enrichment.lead import Analysis, Contact, LeadStatus, Triage, UrgencyLabel
from enrichment.stages.analyse import judged
from tests.enrichment.crm import MOMENT, lead


def test_every_column_says_its_part_of_the_lead() -> None:
    """In plain words, with the key first."""
    assert record(lead(12)) == {
        "Leadbot Key": "00000000-0000-4000-8000-000000000012",
        "Lead ID": "L-12",
        "Name": "Ann Lee",
        "Email": "ann@example.com",
        "Phone": "+15551234567",
        "Company": "Lee Ltd",
        "Request": "Brakes grind when I stop",
        "Message": "Hello,\n\nmy brakes grind.",
        "Urgency": 85,
        "Priority": "Hot",
        "Intent": "Booking",
        "Service": "Brakes",
        "Summary": "Wants brakes looked at.",
        "Status": "Claimed",
        "Owner": "Sam",
        "Note": "Called back.",
        "Channel": "Email",
        "Business": "garage",
        "Received": "2026-11-20T09:30:00.000Z",
        "Duplicate Of": "L-7",
        "Why": "says it is urgent (“asap”), gives a phone number",
    }
    assert next(iter(record(lead()))) == KEY


def test_what_is_not_known_is_none() -> None:
    """Not an empty text, which a single select would refuse."""
    bare = lead(
        contact=Contact(), text="", ask="", analysis=None, duplicate_of=None, business="", owner="", owner_name="",
        note="", triage=Triage(urgency=0, label=UrgencyLabel.COLD),
    )  # fmt: skip
    empty = {name for name, value in record(bare).items() if value is None}
    assert empty == {"Name", "Email", "Phone", "Company", "Request", "Message", "Service", "Summary", "Owner", "Note", "Business", "Duplicate Of", "Why"}  # fmt: skip  # noqa: E501
    assert record(bare)["Urgency"] == 0


def test_every_word_of_a_choice_is_among_its_choices() -> None:
    """Whatever the lead: the options that docs/airtable.md asks for are enough."""
    choices = {column.name: column.choices for column in COLUMNS if column.kind is Kind.CHOICE}
    for status in LeadStatus:
        for label in UrgencyLabel:
            for channel in ("smtp", "imap", "slack"):
                made = lead(status=status, channel=channel, triage=Triage(urgency=1, label=label))
                assert all(record(made)[name] in words for name, words in choices.items())
    assert choices["Status"] == ("Open", "Claimed", "Won", "Lost", "Not a lead")


@pytest.mark.parametrize(
    ("intent", "service", "told"),
    [("quote", "Tyres", ("Quote", "Tyres")), ("unknown", "", ("Inquiry", "Brakes"))],
)
def test_intent_and_service_are_those_of_the_card(intent: str, service: str, told: tuple[str, str]) -> None:
    """The judgement holds the model's part already; one that cannot tell changes nothing."""
    rules = Triage(urgency=1, label=UrgencyLabel.COLD, service="Brakes")
    found = Analysis(model="m", made_at=MOMENT, summary="s", intent=intent, service=service, urgency=1)
    before = lead(triage=rules, analysis=None)
    made = record(lead(analysis=found, triage=judged(before, found)))
    assert (made["Intent"], made["Service"]) == told


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\0b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x07\x1bb", "ab"),
        ("🚗 a\tb", "🚗 a\tb"),
    ],
)
def test_text_is_cleaned_for_any_table(written: str, kept: str) -> None:
    """NUL, half a surrogate pair, and what a terminal would obey."""
    assert record(lead(text=written))["Message"] == kept


def test_what_stands_on_one_line_stays_there() -> None:
    """A name with line ends, or one without an end."""
    assert record(lead(ask=" a\n\n b\tc "))["Request"] == "a b c"
    long = record(lead(contact=Contact(name="x" * 100_000)))["Name"]
    assert isinstance(long, str)
    assert len(long) == 1000


@pytest.mark.parametrize("each", ["x", "é", "🚗", "\r\n"])
def test_a_long_message_is_cut_to_what_airtable_takes(each: str) -> None:
    """Counted in UTF-16 units, never in half a character, and it says so."""
    message = record(lead(text=f"a{each * 300_000}b"))["Message"]
    assert isinstance(message, str)
    assert message.endswith(CUT)
    assert len(message.encode("utf-16-le")) <= 2 * TEXT_LIMIT
    exact = "x" * TEXT_LIMIT
    assert record(lead(text=exact))["Message"] == exact
