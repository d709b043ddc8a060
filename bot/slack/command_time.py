"""Until when, in few words: `2h`, `tomorrow 8:30`, `monday`, `2026-12-01 9:00`, by the clock of the business. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from enrichment.errors import GiveUp

EXAMPLES = "`2h`, `3d`, `tomorrow`, `monday 14:00` or `2026-12-01 9:00`"
MORNING = time(9)
LONGEST_DAYS = 366

_SPAN = re.compile(r"(\d{1,4})\s?(m|min|mins|minutes?|h|hours?|d|days?|w|weeks?)", re.ASCII)
_CLOCK = re.compile(r"(?:at )?(\d{1,2})(?:[:.](\d{2}))? ?(am|pm)?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC; a day without a time is its morning.

    Raises GiveUp with examples when the words say none, or one that is past or more than a year away.
    """
    words = " ".join(text.lower().removeprefix("until ").removeprefix("for ").split())[:60]
    until = _span(words, now) or _day(words, now.astimezone(zone), zone)
    if until is None:
        raise GiveUp(f"say until when: {EXAMPLES}")
    if until <= now:
        raise GiveUp(f"that time is past already; say one to come: {EXAMPLES}")
    if until - now > timedelta(days=LONGEST_DAYS):
        raise GiveUp(f"that is more than a year away; nearer ones are {EXAMPLES}")
    return until


def end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The coming midnight, in UTC."""
    return _at(now.astimezone(zone).date() + timedelta(days=1), time(0), zone)


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The midnight that was last, in UTC."""
    return _at(now.astimezone(zone).date(), time(0), zone)


def told(until: datetime, zone: ZoneInfo) -> str:
    """`Tue 1 Dec, 09:00`."""
    local = until.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b, %H:%M}"


def _span(words: str, now: datetime) -> datetime | None:
    found = _SPAN.fullmatch(words)
    if found is None or int(found[1]) == 0:
        return None
    return now + timedelta(seconds=int(found[1]) * _SECONDS[found[2][0]])


def _day(words: str, today: datetime, zone: ZoneInfo) -> datetime | None:
    """A named day or a date, with its time or in the morning."""
    first, _, rest = words.partition(" ")
    if first == "next":
        first, _, rest = rest.partition(" ")
    day, hour = _named_day(first, today), _clock(rest) if rest else MORNING
    return None if day is None or hour is None else _at(day, hour, zone)


def _named_day(word: str, today: datetime) -> date | None:
    if word in {"today", "tomorrow"}:
        return today.date() + timedelta(days=word == "tomorrow")
    if len(word) >= 3:
        for number, name in enumerate(_DAYS):
            if name.startswith(word):
                # The day of today's name is the one a week from now.
                return today.date() + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    found = _DATE.fullmatch(word)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _clock(words: str) -> time | None:
    found = _CLOCK.fullmatch(words)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(day, hour, zone).astimezone(UTC)
    except OverflowError as error:
        raise GiveUp(f"that date is out of the calendar's reach; nearer ones are {EXAMPLES}") from error
