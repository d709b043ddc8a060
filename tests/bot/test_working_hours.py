"""Working time passes as the business works, over nights, weekends, holidays and changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.working_hours import WorkingHours, parse_hours
from enrichment.stages.hours import Hours

BERLIN, DENVER = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Denver")
OFFICE = WorkingHours(parse_hours("Mon-Fri 9:00-17:30, Sat 10:00-14:00"), BERLIN, ("2026-12-24", "12-25"))
MINUTE = timedelta(minutes=1)
# Lord Howe moves its clocks by half an hour, Apia skipped a day once, Kathmandu is odd by a quarter.
ZONES = st.sampled_from([ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/Denver", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")])  # fmt: skip  # noqa: E501
SPANS = st.sampled_from(["09:00-17:00", "08:00-12:00, 13:00-17:30", "18:00-02:00", "00:00-24:00", "01:30-02:30", "closed", "22:00-03:00, 01:00-05:00"])  # fmt: skip  # noqa: E501
WEEKS = st.lists(SPANS, min_size=7, max_size=7).map(lambda days: Hours.model_validate(dict(zip(Hours.model_fields, days, strict=True))))  # fmt: skip  # noqa: E501
# Around both changes of the clocks of the northern and the southern half.
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 3, 6), datetime(2026, 4, 6), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.datetimes(datetime(2026, 10, 2), datetime(2026, 11, 3), timezones=st.just(UTC)),  # noqa: DTZ001 - as above
).map(lambda moment: moment.replace(second=0, microsecond=0))
HOLIDAYS = st.sampled_from([(), ("2026-03-29",), ("03-30", "10-26", "2026-10-27")])
WORKING = st.builds(WorkingHours, WEEKS, ZONES, HOLIDAYS)


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A local time as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("begun", "minutes", "due"),
    [
        ("2026-11-17T10:00", 30, "2026-11-17T10:30"),
        ("2026-11-17T17:15", 30, "2026-11-18T09:15"),
        ("2026-11-17T03:00", 30, "2026-11-17T09:30"),
        ("2026-11-20T17:20", 30, "2026-11-21T10:20"),
        ("2026-11-21T13:50", 30, "2026-11-23T09:20"),
        ("2026-12-23T17:20", 30, "2026-12-26T10:20"),
        ("2026-12-23T12:00", 0, "2026-12-23T12:00"),
        ("2026-12-24T12:00", 0, "2026-12-26T10:00"),
        ("2026-11-17T17:30", 0, "2026-11-18T09:00"),
    ],
)
def test_working_time_passes(begun: str, minutes: int, due: str) -> None:
    """Only while it is open: not at night, on Sundays and on holidays."""
    assert OFFICE.add(local(begun), minutes) == local(due)


def test_a_night_shift_has_the_hour_that_the_clocks_add_or_take() -> None:
    """Eight hours by the clock on the wall are nine, or seven, of work."""
    night = WorkingHours(parse_hours("Sat 22:00-6:00, Mon 9:00-17:00"), DENVER)
    autumn, spring = local("2026-10-31T22:00", DENVER), local("2026-03-07T22:00", DENVER)
    assert night.add(autumn, 8 * 60 + 59) == local("2026-11-01T05:59", DENVER)
    assert night.add(spring, 6 * 60 + 59) == local("2026-03-08T05:59", DENVER)
    assert night.add(spring, 7 * 60) == local("2026-03-09T09:00", DENVER)


def test_working_days_keep_the_time_of_day() -> None:
    """Sundays and holidays are none; a time at which it is closed becomes the next at which it opens."""
    assert OFFICE.add_days(local("2026-11-18T11:00"), 5) == local("2026-11-24T11:00")
    assert OFFICE.add_days(local("2026-12-22T11:00"), 2) == local("2026-12-26T11:00")
    assert OFFICE.add_days(local("2026-11-19T16:00"), 2) == local("2026-11-23T09:00")
    assert not OFFICE.works_on(date(2027, 12, 25))


@given(working=WORKING, moment=MOMENTS, minutes=st.integers(0, 900))
@settings(max_examples=40, deadline=None)
def test_exactly_so_much_working_time_passes(working: WorkingHours, moment: datetime, minutes: int) -> None:
    """Counted minute by minute, wherever the business is and whatever its clocks do."""
    due = working.add(moment, minutes)
    assert due >= moment + minutes * MINUTE
    if working.hours == Hours():
        assert due == moment + minutes * MINUTE
        return
    assert working.is_open(due)
    if due - moment < timedelta(days=2):
        span = int((due - moment) / MINUTE)
        assert sum(working.is_open(moment + number * MINUTE) for number in range(span)) == minutes


@given(working=WORKING, moment=MOMENTS, first=st.integers(0, 600), more=st.integers(0, 600))
@settings(max_examples=40, deadline=None)
def test_waiting_in_two_parts_is_waiting_once(working: WorkingHours, moment: datetime, first: int, more: int) -> None:
    """And who begins later is not done sooner."""
    assert working.add(working.add(moment, first), more) == working.add(moment, first + more)
    assert working.add(moment + MINUTE, first) >= working.add(moment, first)


def test_a_business_that_never_opens_waits_by_the_clock() -> None:
    """Nobody's lead waits for ever."""
    never = WorkingHours(Hours(), BERLIN)
    begun = local("2026-11-17T10:00")
    assert never.add(begun, 30) == begun + 30 * MINUTE
    assert never.add_days(begun, 5) == begun + timedelta(days=5)
    assert not never.is_open(begun)


@pytest.mark.parametrize(
    ("text", "day", "spans"),
    [
        ("Mon-Fri 9:00-17:30, Sat 10:00-14:00", "saturday", ((600, 840),)),
        ("Mon-Fri 8:00-12:00, 13:00-17:00", "wednesday", ((480, 720), (780, 1020))),
        ("Sun - Thu 9:00 \u2013 17:00", "monday", ((540, 1020),)),
        ("Sun-Thu 9:00-17:00", "friday", ()),
        ("saturday 18:00-02:00, su closed", "saturday", ((1080, 1560),)),
        ("Tu 9:00-17:00, Sat closed", "saturday", ()),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, day: str, spans: object) -> None:
    """Days by their first letters, a range round the weekend, several times a day."""
    assert getattr(parse_hours(text), day) == spans


@pytest.mark.parametrize("text", ["9-5", "9:00-17:00", "Mon", "Mon-", "Mon-Tue-Wed 9:00-10:00", "T 9:00-10:00", "Mon 9:00", "Mon 25:00-26:00", ",", "Mon 9:00-17:00,,"])  # fmt: skip  # noqa: E501
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    """In words that show how they are written."""
    with pytest.raises(ValueError, match="should be like"):
        parse_hours(text)
