"""Time as the business lives it: its working hours and holidays, whatever the clocks do twice a year."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from enrichment.stages.hours import Hours

# A business that is closed for so long has no working hours that could be waited for.
HORIZON_DAYS = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingHours:
    """When one business works. hours: its local week; holidays: `2026-12-24`, or `12-25` for that day of every year.

    Times are aware; what is answered is in UTC. Where it never opens, time counts as if it were always open.
    """

    hours: Hours
    zone: tzinfo
    holidays: Collection[str] = ()

    def is_open(self, moment: datetime) -> bool:
        """Whether it works at that moment."""
        return any(start <= moment for start, _ in self._spans(moment, 1))

    def works_on(self, day: date) -> bool:
        """Whether it opens on that local day."""
        return bool(self._of(day))

    def add(self, moment: datetime, minutes: float) -> datetime:
        """When so much working time has passed since then; with none, the next moment at which it is open."""
        left = timedelta(minutes=max(0.0, minutes))
        for start, end in self._spans(moment, HORIZON_DAYS):
            begins = max(start, moment)
            if left < end - begins:
                return (begins + left).astimezone(UTC)
            left -= end - begins
        return moment.astimezone(UTC) + timedelta(minutes=max(0.0, minutes))

    def add_days(self, moment: datetime, days: int) -> datetime:
        """The same time of day so many working days later, or when it next opens."""
        local = moment.astimezone(self.zone)
        day, left = local.date(), days
        for _ in range(HORIZON_DAYS):
            if left <= 0:
                break
            day += _DAY
            left -= self.works_on(day)
        if left > 0:
            return moment.astimezone(UTC) + timedelta(days=days)
        return self.add(datetime.combine(day, local.time(), tzinfo=self.zone).astimezone(UTC), 0)

    def _spans(self, moment: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """Its open times that end after the moment, in order and apart from each other, over so many days from it."""
        today = moment.astimezone(self.zone).date()
        reached = moment.astimezone(UTC)
        # A span may have begun on the evening before.
        for number in range(-1, days):
            for span in self._of(today + timedelta(days=number)):
                start, end = (self._at(today + timedelta(days=number), minute) for minute in span)
                if end > max(start, reached):
                    yield max(reached, start), end
                    reached = end

    def _of(self, day: date) -> list[tuple[int, int]]:
        closed = day.isoformat() in self.holidays or f"{day:%m-%d}" in self.holidays
        return [] if closed else sorted(self.hours.week[day.weekday()])

    def _at(self, day: date, minute: int) -> datetime:
        """The moment of a local time, which may be on the next day."""
        later, rest = divmod(minute, 24 * 60)
        wall = datetime.combine(day + timedelta(days=later), time(*divmod(rest, 60)), tzinfo=self.zone)
        return wall.astimezone(UTC)


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DASH = re.compile(r"\s*[-\u2013]\s*")
_ADVICE = 'should be like "Mon-Fri 9:00-17:30, Sat 10:00-14:00"'


def parse_hours(text: str) -> Hours:
    """`Mon-Fri 8:00-12:00, 13:00-17:00, Sat 10:00-14:00` as hours; days that are not named are closed.

    Raises ValueError in words.
    """
    week: dict[str, list[str]] = {}
    days: tuple[str, ...] = ()
    for piece in _DASH.sub("-", text).split(","):
        head, _, rest = piece.strip().rpartition(" ")
        named, times = (head, rest) if rest[:1].isdigit() or rest.lower() == "closed" else (piece.strip(), "")
        days = _days(named) if named else days
        if not days or not times:
            raise ValueError(_ADVICE)
        for day in days:
            week.setdefault(day, []).append(times)
    return Hours.model_validate({day: ", ".join(times) for day, times in week.items()})


def _days(named: str) -> tuple[str, ...]:
    """`Mon-Fri` or `Sat` as names of days; `Sun-Thu` goes round the end of the week."""
    ends = [_day(word) for word in named.split("-")]
    if len(ends) == 1:
        return (_DAYS[ends[0]],)
    if len(ends) != len(("from", "to")):
        raise ValueError(_ADVICE)
    ((first, last),) = pairwise(ends)
    return tuple(_DAYS[(first + step) % 7] for step in range((last - first) % 7 + 1))


def _day(word: str) -> int:
    start = word.strip().lower()
    found = [number for number, day in enumerate(_DAYS) if len(start) >= 2 and day.startswith(start)]
    if len(found) != 1:
        raise ValueError(_ADVICE)
    return found[0]
