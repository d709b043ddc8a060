"""Opening hours: lunch breaks, nights, closed days, other time zones, and what is no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from enrichment.stages.hours import Hours

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
HOURS = Hours.model_validate(
    {
        "monday": "08:00-12:00, 13:00-17:30",
        "friday": "18:00-02:00",
        "saturday": "00:00-24:00",
        "sunday": "22:00\u201306:00",
        "tuesday": "closed",
    }
)


@pytest.mark.parametrize(
    ("day", "clock", "is_open"),
    [
        (0, "07:59", False),
        (0, "08:00", True),
        (0, "11:59", True),
        (0, "12:00", False),
        (0, "12:30", False),
        (0, "17:29", True),
        (0, "17:30", False),
        (1, "10:00", False),
        (2, "10:00", False),
        (4, "17:59", False),
        (4, "23:59", True),
        (5, "00:00", True),
        (5, "23:59", True),
        (6, "00:00", False),
        (6, "21:59", False),
        (6, "22:00", True),
        (7, "05:59", True),
        (7, "06:00", False),
        (5, "01:59", True),
    ],
)
def test_week(day: int, clock: str, is_open: bool) -> None:
    """day: after Monday; a night that begins on Sunday ends on Monday."""
    hour, minute = map(int, clock.split(":"))
    assert HOURS.opens(MONDAY + timedelta(days=day, hours=hour, minutes=minute), UTC) is is_open


def test_night_goes_over_into_a_closed_day() -> None:
    """Open on Friday until two: so on Saturday at one, though nothing is said of Saturday."""
    hours = Hours.model_validate({"friday": "18:00-02:00"})
    saturday = MONDAY + timedelta(days=5)
    assert hours.opens(saturday + timedelta(hours=1, minutes=59), UTC)
    assert not hours.opens(saturday + timedelta(hours=2), UTC)


def test_hours_are_local() -> None:
    """Eight in Denver is fifteen UTC in winter and fourteen in summer."""
    denver = ZoneInfo("America/Denver")
    assert HOURS.opens(datetime(2026, 11, 9, 15, 0, tzinfo=UTC), denver)
    assert not HOURS.opens(datetime(2026, 11, 9, 14, 59, tzinfo=UTC), denver)
    assert HOURS.opens(datetime(2026, 7, 6, 14, 0, tzinfo=UTC), denver)


WRONG = [
    "8-17",
    "08:00",
    "25:00-26:00",
    "08:60-09:00",
    "08:00-08:00",
    "24:00-01:00",
    "08:00-24:30",
    "always",
    "²:00-3:00",
]


@pytest.mark.parametrize("day", [*WRONG, 8, None, ",".join(["08:00-09:00"] * 7)])
def test_wrong_hours_are_told_with_an_example(day: object) -> None:
    """Whatever stands there."""
    with pytest.raises(ValidationError, match="should be like"):
        Hours.model_validate({"monday": day})


def test_unknown_day_is_an_error() -> None:
    """A misspelt day must not mean closed."""
    with pytest.raises(ValidationError, match="mondya"):
        Hours.model_validate({"mondya": "08:00-17:00"})


@pytest.mark.parametrize("day", ["", "closed", " Closed "])
def test_closed(day: str) -> None:
    """Said in either way."""
    assert Hours.model_validate({"monday": day}) == Hours()
