"""The numbers of the week and of each day, without samples and history; on both databases."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from enrichment.adapters.store.numbers import DayNumbers, WeekNumbers
from enrichment.errors import GiveUp
from enrichment.lead import LeadStatus
from enrichment.models import MessageState
from tests.enrichment.parts import START, Parts

MAYA = ("U1", "Maya Brooks")
TOM = ("U2", "Tom Keller")
DAY = timedelta(days=1)


def busy(parts: Parts) -> None:
    """Four leads: claimed after a minute, given away after three, won, lost; one filtered; samples and history."""
    claimed, given, won, lost = (parts.lead(f"c{number}@example.com", urgency=20 * number) for number in range(1, 5))
    parts.clock.move(60)
    parts.desk.claim(claimed, *MAYA)
    parts.clock.move(120)
    parts.desk.assign(given, *MAYA, *TOM)
    parts.desk.release(claimed, *MAYA)
    parts.clock.move(999)
    parts.desk.claim(claimed, *TOM)
    parts.desk.close(won, *MAYA, LeadStatus.WON)
    parts.desk.close(lost, *MAYA, LeadStatus.WON)
    parts.desk.reopen(lost, *MAYA)
    parts.desk.close(lost, *MAYA, LeadStatus.LOST)
    unreal: list[dict[str, Any]] = [{"sample": True}, {"historical": True}]
    for extra in (*unreal, {}):
        parts.messages.finish(parts.accept(**extra), MessageState.FILTERED, "advertising")
    for extra in unreal:
        lead_id = parts.lead(message_id=parts.accept(**extra))
        parts.desk.claim(lead_id, *MAYA)
        parts.desk.close(lead_id, *MAYA, LeadStatus.WON)


def test_the_week_in_numbers(parts: Parts) -> None:
    """The median is that of the first claims; a lead counts as it stands now."""
    busy(parts)
    parts.clock.move(1)
    expected = WeekNumbers(leads=4, claimed=2, median_claim_seconds=120.0, won=1, lost=1, filtered=1)
    assert parts.figures.week(parts.clock.now()) == expected


def test_what_is_older_than_a_week_is_not_counted(parts: Parts) -> None:
    """A lead that is claimed again was claimed before."""
    busy(parts)
    parts.clock.move(8 * 86_400)
    assert parts.figures.week(parts.clock.now()) == WeekNumbers()
    parts.desk.release(1, *TOM)
    parts.desk.claim(1, *MAYA)
    parts.clock.move(1)
    assert parts.figures.week(parts.clock.now()) == WeekNumbers()
    late = parts.lead()
    parts.desk.claim(late, *MAYA)
    parts.clock.move(1)
    assert parts.figures.week(parts.clock.now()) == WeekNumbers(leads=1, claimed=1, median_claim_seconds=0.0)


def test_days_are_those_of_the_zone(parts: Parts) -> None:
    """Each day is there, the empty ones too; nine in the morning in UTC is the next day in Auckland from noon on."""
    busy(parts)
    first = START.date()
    day, empty = parts.figures.by_day(first, first + DAY, ZoneInfo("UTC"))
    assert day == DayNumbers(day=first, leads=4, hot=1, won=1, filtered=1)
    assert empty == DayNumbers(day=first + DAY)
    parts.clock.move(3 * 3600)
    parts.lead("z@example.com", urgency=70)
    one, other = parts.figures.by_day(first, first + DAY, ZoneInfo("Pacific/Auckland"))
    assert (one.leads, other.leads, other.hot) == (4, 1, 1)


def test_a_day_is_as_long_as_it_is(parts: Parts) -> None:
    """The hour that comes twice in autumn belongs to its day."""
    zone = ZoneInfo("Europe/Berlin")
    parts.clock.moment = START.replace(month=10, day=25, hour=22, minute=30, tzinfo=UTC)  # 23:30 there, after 24½ hours
    parts.lead()
    day, after = parts.figures.by_day(date(2026, 10, 25), date(2026, 10, 26), zone)
    assert (day.leads, after.leads) == (1, 0)


def test_a_span_has_bounds(parts: Parts) -> None:
    """More days than anybody looks at are refused; a span that ends before it begins is empty."""
    zone = ZoneInfo("UTC")
    with pytest.raises(GiveUp, match="400 days"):
        parts.figures.by_day(date(1, 1, 1), date(9999, 1, 1), zone)
    assert parts.figures.by_day(date(2026, 1, 2), date(2026, 1, 1), zone) == []
