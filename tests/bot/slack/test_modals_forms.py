"""What the windows of a card make of what was typed and chosen in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.slack import modals_edit, modals_later, modals_outcome
from bot.slack.interaction import Interaction, read
from enrichment.lead import Contact, LeadStatus
from tests.bot.slack.leads import lead

# Friday; in Denver it is Friday, 02:00.
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DENVER = {"lead": 12, "channel": "C1", "zone": "America/Denver"}


def sent(remembers: dict[str, Any], **answers: str) -> Interaction:
    """A window that was sent in."""
    return Interaction(user="U1", metadata=remembers, answers=answers)


@pytest.mark.parametrize(
    ("answers", "until"),
    [
        ({"when": "hour"}, datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ({"when": "hour", "hour": "09:00"}, datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ({"when": "tomorrow"}, datetime(2026, 11, 21, 16, tzinfo=UTC)),
        ({"when": "date", "day": "2026-11-23", "hour": "14:30"}, datetime(2026, 11, 23, 21, 30, tzinfo=UTC)),
        ({"when": "date", "day": "2027-06-01"}, datetime(2027, 6, 1, 15, tzinfo=UTC)),
    ],
)
def test_snooze_ends_by_the_clock_of_the_business(answers: dict[str, str], until: datetime) -> None:
    """In an hour, tomorrow at nine, or at a date, at nine unless told otherwise."""
    given = sent(DENVER, **answers)
    assert modals_later.unclear_snooze(given, NOW) == {}
    assert modals_later.snoozed_until(given, NOW) == until


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "when"),
        ({"when": "never"}, "when"),
        ({"when": "date"}, "day"),
        ({"when": "date", "day": "2026-11-19"}, "day"),
        ({"when": "date", "day": "2026-11-20", "hour": "02:00"}, "day"),
        ({"when": "date", "day": "2028-01-01"}, "day"),
        ({"when": "date", "day": "0001-01-01"}, "day"),
        ({"when": "date", "day": "9999-12-31"}, "day"),
        ({"when": "date", "day": "soon"}, "day"),
        ({"when": "date", "day": "2026-12-01", "hour": "late"}, "day"),
        ({"when": "hour", "day": "2026-12-01"}, "day"),
        ({"when": "tomorrow", "day": "2026-12-01", "hour": "09:00"}, "day"),
    ],
)
def test_no_moment_to_come_is_refused(answers: dict[str, str], field: str) -> None:
    """Below the field that is wrong."""
    assert list(modals_later.unclear_snooze(sent(DENVER, **answers), NOW)) == [field]


@pytest.mark.parametrize("zone", [None, 7, "", "Mars/Olympus", "../../etc/passwd", "\0"])
def test_odd_time_zone_counts_as_utc(zone: Any) -> None:
    """Whatever a payload holds."""
    given = sent({"zone": zone}, when="tomorrow")
    assert modals_later.snoozed_until(given, NOW) == datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_note_of_an_outcome_says_what_was_chosen() -> None:
    """Value or reason first, then the words; nothing when nothing was said."""
    assert modals_outcome.note_of_won(sent({}, value="$4,000", note="Booked\n")) == "Worth $4,000\nBooked"
    assert modals_outcome.note_of_won(sent({})) == ""
    assert modals_outcome.note_of_lost(sent({}, reason="price", note="half the price")) == (
        "Too expensive\nhalf the price"
    )
    assert modals_outcome.note_of_lost(sent({}, reason="other")) == ""
    assert modals_outcome.unclear_reason(sent({}, reason="because")) == {"reason": "Choose why it was lost"}


def test_a_value_has_a_number() -> None:
    """However it is written; words alone are no value, and are told below their field."""
    for value in ("", " ", "$4,000", "1.250,50 €", "about 4k", "٤٠٠"):
        assert modals_outcome.unclear_value(sent({}, value=value, note="Booked")) == {}
    told = modals_outcome.unclear_value(sent({}, value="abc"))
    assert told == {"value": "Write it with a number, such as $4,000, or leave it empty"}


def edit(**answers: str) -> Interaction:
    """The edit window of a lead, with these fields changed and the others sent as they were shown."""
    contact = Contact(name="Jo", email="jo@shop.com", phone="+13035550100")
    form = modals_edit.edit_form(lead("x", contact=contact), "C1", "US")
    remembers = json.loads(form["private_metadata"])
    return sent(remembers, **(remembers["was"] | answers))


def test_only_what_was_changed_is_stored() -> None:
    """What an analysis finds meanwhile is not wiped out by a window that was open; an emptied field is taken back."""
    assert modals_edit.edits_of(edit()) == {}
    assert modals_edit.edits_of(edit(name="", urgency="90")) == {"name": None, "urgency": 90}
    changed = edit(email=" JO@Shop.com ", phone="(720) 555-0142", company="Smith  & Co")
    assert modals_edit.wrong_edit(changed) == {}
    assert modals_edit.edits_of(changed) == {
        "email": "jo@shop.com",
        "phone": "+17205550142",
        "company": "Smith & Co",
    }


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("email", "jo"),
        ("email", "jo@shop.com, eve@shop.com"),
        ("email", "Jo <jo@shop.com> x"),
        ("phone", "12"),
        ("phone", "call me"),
        ("urgency", "101"),
        ("urgency", "-1"),
        ("urgency", "9.5"),
        ("urgency", "٩"),
        ("urgency", "9" * 300),
    ],
)
def test_what_cannot_be_stored_is_said_below_its_field(field: str, typed: str) -> None:
    """And the window stays open."""
    assert list(modals_edit.wrong_edit(edit(**{field: typed}))) == [field]


@pytest.mark.parametrize("remembers", [{}, {"was": 7}, {"was": {"name": 3}, "country": []}])
def test_window_that_remembers_nonsense_is_read(remembers: dict[str, Any]) -> None:
    """Then everything in it counts as changed."""
    given = sent(remembers, name="Jo", email="jo@shop.com", phone="+13035550100")
    assert modals_edit.wrong_edit(given) == {}
    assert modals_edit.edits_of(given)["name"] == "Jo"


def test_selects_and_pickers_are_read() -> None:
    """A person, a day, a time: each kind of field keeps its answer elsewhere."""
    values = {
        "owner": {"owner": {"type": "users_select", "selected_user": "U2"}},
        "day": {"day": {"type": "datepicker", "selected_date": "2026-11-23"}},
        "hour": {"hour": {"type": "timepicker", "selected_time": "14:30"}},
        "reason": {"reason": {"type": "static_select", "selected_option": {"value": "price"}}},
        "odd": {"odd": {"selected_user": ["U2"]}},
    }
    answers = read({"view": {"state": {"values": values}}}).answers
    assert answers == {"owner": "U2", "day": "2026-11-23", "hour": "14:30", "reason": "price", "odd": ""}


def test_form_begins_with_what_is_known() -> None:
    """The owner of a claimed lead, the fields of the contact."""
    shown = lead("x", status=LeadStatus.CLAIMED, owner="U2")
    assert modals_later.assign_form(shown, "C1")["blocks"][1]["element"]["initial_user"] == "U2"
    assert "initial_user" not in modals_later.assign_form(lead("x"), "C1")["blocks"][1]["element"]
