"""Weekdays and dates that a customer names, as days from when the message came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

_READ_LENGTH = 20_000
_MOST_FOUND = 20
_LOOK_BACK = 60

_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon montag lundi lunes lunedì segunda-feira maandag",
            "tuesday tue tues dienstag mardi martes martedì terça-feira dinsdag",
            "wednesday wed mittwoch mercredi miércoles mercoledì quarta-feira woensdag",
            "thursday thu thurs donnerstag jeudi jueves giovedì quinta-feira donderdag",
            "friday fri freitag vendredi viernes venerdì sexta-feira vrijdag",
            "saturday samstag samedi sábado sabato zaterdag",
            "sunday sonntag dimanche domingo domenica zondag",
        )
    )
    for name in names.split()
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio janeiro januari",
            "february feb februar février febrero febbraio fevereiro februari",
            "march mar märz mars marzo março maart",
            "april apr avril abril aprile",
            "may mai mayo maggio maio mei",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember décembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_WEEKDAY = re.compile(
    rf"\b(?P<next>next\s)?\b(?P<weekday>{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})\b", re.IGNORECASE
)
_DATES = (
    re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b"),
    re.compile(rf"\b{_MONTH}\.?\s(?:the\s)?{_DAY}\b", re.IGNORECASE),
    re.compile(rf"\b{_DAY}\.?\s(?:of\s|de\s)?{_MONTH}\b", re.IGNORECASE),
    re.compile(r"\b(?:by|before|until|till|on|than)\sthe\s(?P<day>[0-3]?\d)(?:st|nd|rd|th)\b", re.IGNORECASE),
)
# A day behind one of these has been: the customer tells what happened.
_PAST = re.compile(
    r"\b(?:last|since|past|every|had|was|were|went|came|bought|visited|promised|ordered|happened|started|did|been|got"
    r"|letzten|seit|jeden|dernier|depuis|pasado|desde|scorso|sabato scorso|passad[ao]|vorige|sinds)\b[^.!?\n]*$",
    re.IGNORECASE,
)


def days_until(text: str, today: date) -> Iterator[tuple[int, int, int]]:
    """(days from today, start, end) of each weekday and date that lies ahead, at most 20 of each kind."""
    read = text[:_READ_LENGTH]
    for match in _first(_WEEKDAY, read):
        if not _PAST.search(read[max(0, match.start() - _LOOK_BACK) : match.start()]):
            days = (_WEEKDAYS[match["weekday"].lower()] - today.weekday()) % 7
            yield days + (7 if match["next"] and days < 3 else 0), match.start(), match.end()
    for pattern in _DATES:
        for match in _first(pattern, read):
            days_ahead = _days_to(match.groupdict(), today)
            if days_ahead is not None:
                yield days_ahead, match.start(), match.end()


def _first(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for _, match in zip(range(_MOST_FOUND), pattern.finditer(text), strict=False):
        yield match


def _days_to(named: dict[str, str | None], today: date) -> int | None:
    """Days until the date; None when there is no such day, or it has been in the last half year."""
    day = int(named["day"] or 0)
    month = named.get("month")
    if month is None:
        return _days_to_day_of_month(day, today)
    number = int(month) if month.isdigit() else _MONTHS[month.lower()]
    year = int(named.get("year") or today.year)
    try:
        days = (date(year, number, day) - today).days
        if days < -183 and not named.get("year"):
            days = (date(year + 1, number, day) - today).days
    except ValueError:
        return None
    return days if days >= 0 else None


def _days_to_day_of_month(day: int, today: date) -> int | None:
    """Days until the next such day, this month or the next."""
    return next((ahead for ahead in range(62) if (today + timedelta(days=ahead)).day == day), None)
