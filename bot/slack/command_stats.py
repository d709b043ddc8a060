"""`/lead stats`: the week in numbers, narrow enough for a phone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.slack import cards
from bot.slack.blocks import SlackMessage, fields, markup
from bot.slack.command_list import WEEK
from bot.slack.command_reply import Asker, titled
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.lead_filters import Filters
from enrichment.adapters.store.numbers import DayNumbers, Numbers, WeekNumbers
from enrichment.errors import GiveUp
from enrichment.lead import LeadStatus, UrgencyLabel
from enrichment.ports import Clock

BAR = 14
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


class StatsCommand:
    """zone: whose days they are."""

    def __init__(self, numbers: Numbers, book: LeadBook, clock: Clock, zone: ZoneInfo) -> None:
        self._numbers = numbers
        self._book = book
        self._clock = clock
        self._zone = zone

    async def answer(self, _asker: Asker, rest: str) -> SlackMessage:
        """The last seven days. Raises GiveUp for further words, which nothing is done with."""
        if rest.lower() not in {"", "week"}:
            raise GiveUp("it is just `stats`: the numbers of the last seven days")
        return await asyncio.to_thread(self._read)

    def _read(self) -> SlackMessage:
        now = self._clock.now()
        today = now.astimezone(self._zone).date()
        days = self._numbers.by_day(today - timedelta(days=6), today, self._zone)
        every = Filters(status=tuple(LeadStatus), since=now - WEEK, samples=False)
        urgent = {
            label: self._book.count(every.model_copy(update={"label": label}))
            for label in (UrgencyLabel.HOT, UrgencyLabel.WARM, UrgencyLabel.COLD)
        }
        return stats(self._numbers.week(now), urgent, days)


def stats(week: WeekNumbers, urgent: Mapping[UrgencyLabel, int], days: Sequence[DayNumbers]) -> SlackMessage:
    """The numbers, and a bar for each day."""
    noun = "lead" if week.leads == 1 else "leads"
    told = [(f"{cards.SIGNS[label]} {label.value.title()}", str(count)) for label, count in urgent.items()]
    told += [("🙋 Claimed", str(week.claimed)), ("Median time to claim", span(week.median_claim_seconds))]
    told += [("🏆 Won", str(week.won)), ("❌ Lost", str(week.lost)), ("🧹 Filtered", str(week.filtered))]
    return titled(f"The last 7 days: {week.leads} {noun}", [fields(told), markup(bars(days))])


def bars(days: Sequence[DayNumbers]) -> str:
    """A line for each day, the longest bar BAR signs long: digits, bars and the names of days only."""
    most = max((day.leads for day in days), default=0)
    lines = []
    for day in days:
        # However few they are, some are more than none.
        length = max(1, round(day.leads / most * BAR)) if day.leads else 0
        hot = f" ({day.hot} hot)" if day.hot else ""
        lines.append(f"{day.day:%a} {day.day.day:>2} {'█' * length}{' ' if length else ''}{day.leads}{hot}")
    return "```\n" + "\n".join(lines) + "\n```"


def span(seconds: float | None) -> str:
    """`8 min`, `3 h 20 min`, `2 d`; a dash when there is nothing to tell."""
    if seconds is None:
        return "—"
    if seconds < 60:
        return "under 1 min"
    for place, (length, unit) in enumerate(_UNITS):
        if seconds >= length:
            smaller = _UNITS[place + 1 :][:1]
            rest = [(int(seconds % length // small), name) for small, name in smaller]
            return " ".join([f"{int(seconds // length)} {unit}", *(f"{count} {name}" for count, name in rest if count)])
    return "—"
