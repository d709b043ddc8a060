"""Until when: few words, by the clock of the business, whatever the season does to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.command_time import end_of_day, moment, start_of_day, told
from enrichment.errors import GiveUp

BERLIN = ZoneInfo("Europe/Berlin")
# A Friday, 16:30 in Berlin.
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("1h", "2026-11-20 17:30"),
        ("90 min", "2026-11-20 18:00"),
        ("for 2 days", "2026-11-22 16:30"),
        ("1w", "2026-11-27 16:30"),
        ("tomorrow", "2026-11-21 09:00"),
        ("Tomorrow 14:05", "2026-11-21 14:05"),
        ("until tomorrow at 8 am", "2026-11-21 08:00"),
        ("monday", "2026-11-23 09:00"),
        ("next mon 12 am", "2026-11-23 00:00"),
        ("friday", "2026-11-27 09:00"),
        ("today 17:00", "2026-11-20 17:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01 9:00", "2026-12-01 09:00"),
        ("2027-03-28 2:30", "2027-03-28 03:30"),  # an hour that this night does not have
    ],
)
def test_words_for_a_time(text: str, local: str) -> None:
    """Each means the moment that the wall clock of the business shows then."""
    assert f"{moment(text, NOW, BERLIN).astimezone(BERLIN):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "say until when: `2h`"),
        ("soon", "say until when"),
        ("0h", "say until when"),
        ("12h 30", "say until when"),
        ("tomorrow 25:00", "say until when"),
        ("tomorrow 13 pm", "say until when"),
        ("2026-02-30", "say until when"),
        ("2026-13-01", "say until when"),
        ("٣h", "say until when"),
        ("today", "is past already"),
        ("2026-11-19", "is past already"),
        ("0001-01-01", "past already|out of the calendar"),
        ("9999-12-31", "more than a year away"),
        ("9999w", "more than a year away"),
        ("400d", "more than a year away"),
    ],
)
def test_other_words_get_examples(text: str, why: str) -> None:
    """Never a guess."""
    with pytest.raises(GiveUp, match=why):
        moment(text, NOW, BERLIN)


@given(
    st.one_of(
        st.text(max_size=80),
        st.from_regex(
            r"(tomorrow|mon|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}) ?([0-9]{1,2}:?[0-9]{0,2})?( ?pm)?", fullmatch=True
        ),
    ),
    st.sampled_from([BERLIN, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Denver"), ZoneInfo("UTC")]),
)
def test_any_words_are_a_moment_to_come_or_refused(text: str, zone: ZoneInfo) -> None:
    """Within a year, or GiveUp; nothing else is raised."""
    try:
        found = moment(text, NOW, zone)
    except GiveUp:
        return
    assert NOW < found <= NOW + timedelta(days=366)


def test_days_are_those_of_the_business() -> None:
    """From midnight to midnight there."""
    assert start_of_day(NOW, BERLIN) == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert end_of_day(NOW, BERLIN) == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert told(datetime(2026, 12, 1, 8, tzinfo=UTC), BERLIN) == "Tue 1 Dec, 09:00"
