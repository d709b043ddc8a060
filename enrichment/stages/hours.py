"""Opening hours: local times for each day of the week, over midnight where a shop stays open."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Annotated, Any

from pydantic import BeforeValidator

from enrichment.models import Model

_DAY = 24 * 60
_MOST_SPANS = 6
_SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-\u2013]\s*([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_ADVICE = 'should be like "08:00-12:00, 13:00-17:30", "18:00-02:00" over midnight, "00:00-24:00", or "closed"'

Span = tuple[int, int]  # minutes from the day's midnight; the end is beyond 24 h when it is on the next day


def _spans(value: Any) -> tuple[Span, ...]:
    """`08:00-12:00, 13:00-17:00` as spans; closed and empty as none."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        raise ValueError(_ADVICE)  # noqa: TRY004 - pydantic reports a ValueError
    if value.strip().lower() in {"", "closed"}:
        return ()
    spans = [_span(part.strip()) for part in value.split(",")]
    if len(spans) > _MOST_SPANS:
        raise ValueError(_ADVICE)
    return tuple(spans)


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(_ADVICE)
    opens, opens_minute, closes, closes_minute = (int(number) for number in match.groups())
    start, end = opens * 60 + opens_minute, closes * 60 + closes_minute
    if start >= _DAY or end > _DAY or start == end:
        raise ValueError(_ADVICE)
    return start, end if end > start else end + _DAY


Day = Annotated[tuple[Span, ...], BeforeValidator(_spans)]


class Hours(Model):
    """When a business is open; a day that is not named is closed."""

    monday: Day = ()
    tuesday: Day = ()
    wednesday: Day = ()
    thursday: Day = ()
    friday: Day = ()
    saturday: Day = ()
    sunday: Day = ()

    @property
    def week(self) -> tuple[tuple[Span, ...], ...]:
        """The days from Monday on."""
        return (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)

    def opens(self, at: datetime, zone: tzinfo) -> bool:
        """Whether it is open at that moment. at: aware; zone: where the business is."""
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        today, yesterday = self.week[local.weekday()], self.week[local.weekday() - 1]
        return any(start <= minute < end for start, end in today) or any(minute < end - _DAY for _, end in yesterday)
