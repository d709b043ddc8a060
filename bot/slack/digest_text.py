"""What the daily and the weekly digest say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.slack import cards
from bot.slack.blocks import TEXT_LIMIT, Block, SlackMessage, clipped, context, one_line, section, small
from bot.slack.history import ago
from enrichment.adapters.store.numbers import DayNumbers, WeekNumbers
from enrichment.lead import Lead
from enrichment.models import Model

RANKED = 10
# Escaped, a line of nothing but `&` is five times as long; ten such rows are what one message may hold.
_LINE, _ROW_LIMIT = 200, 1080
_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"))


class Facts(Model):
    """What there is to say. leads: the most urgent open ones, RANKED at most; total: how many are open and not snoozed.

    yesterday, week: the numbers of the last day and, once a week, of the last seven.
    """

    day: date
    leads: tuple[Lead, ...]
    total: int
    snoozed: int = 0
    yesterday: DayNumbers | None = None
    week: WeekNumbers | None = None

    @property
    def empty(self) -> bool:
        """Whether nobody needs to read it: nothing is open, and there are no numbers of a week."""
        return not self.total and (self.week is None or not _counted(self.week))


def message(facts: Facts, now: datetime) -> SlackMessage:
    """Most urgent first, each with its age and whose it is, then the numbers."""
    count = facts.total or "no"
    title = f"{facts.day:%A %d %B}: {count} open {'lead' if facts.total == 1 else 'leads'}"
    rows = [
        section(f"{one_line(cards.list_line(lead), _LINE)}\n      {_age(lead, now)}", _ROW_LIMIT)
        for lead in facts.leads
    ]
    more = facts.total - len(facts.leads)
    rest = [context(f"and {more} more: `/lead` lists them")] if more > 0 and facts.leads else []
    return SlackMessage(text=clipped(title, TEXT_LIMIT), blocks=(section(title), *rows, *rest, *_numbers(facts)))


def _age(lead: Lead, now: datetime) -> str:
    return f"came {ago(lead.received_at, now)}"


def _numbers(facts: Facts) -> Sequence[Block]:
    told = []
    if facts.snoozed:
        told.append(f"💤 {facts.snoozed} snoozed {'lead comes' if facts.snoozed == 1 else 'leads come'} back later")
    if facts.week is not None and _counted(facts.week):
        told.append(f"📈 Last 7 days: {week_words(facts.week)}")
    elif facts.yesterday is not None and (said := _day_words(facts.yesterday)):
        told.append(f"📈 Yesterday: {said}")
    return [small("\n".join(told))] if told else []


def week_words(week: WeekNumbers) -> str:
    """`23 leads, 12 claimed (median 14 minutes), 5 won, 2 lost, 40 filtered`."""
    median = f" (median {_lasting(week.median_claim_seconds)})" if week.median_claim_seconds is not None else ""
    return (
        f"{week.leads} {'lead' if week.leads == 1 else 'leads'}, {week.claimed} claimed{median}, {week.won} won, "
        f"{week.lost} lost, {week.filtered} filtered"
    )


def _day_words(day: DayNumbers) -> str:
    """Empty when nothing happened."""
    if not (day.leads or day.won or day.filtered):
        return ""
    noun = "lead" if day.leads == 1 else "leads"
    return f"{day.leads} {noun} ({day.hot} hot), {day.won} won, {day.filtered} filtered"


def _counted(week: WeekNumbers) -> bool:
    return bool(week.leads or week.claimed or week.won or week.lost or week.filtered)


def _lasting(seconds: float) -> str:
    for length, unit in _UNITS:
        if seconds >= length:
            count = round(seconds / length)
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return "under a minute"
