"""How the work goes, in numbers, without samples and without what came before the bot's time; reading only."""

from __future__ import annotations

import statistics
from datetime import date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from enrichment.adapters.store.acts import ASSIGNED, CLAIMED, CLOSED
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import events, leads, messages, samples_only, staff_events
from enrichment.errors import GiveUp
from enrichment.lead import HOT_FROM, LeadStatus
from enrichment.models import ChannelName, MessageState, Model

WEEK = timedelta(days=7)
LONGEST_DAYS = 400
# More claims than a median needs.
MOST_CLAIMS = 20_000


class WeekNumbers(Model):
    """The last seven days. median_claim_seconds: from a lead's coming to its first claim, None without a claim.

    leads, filtered: what came; claimed, won, lost: what was done, with whichever lead (as it stands now).
    """

    leads: int = 0
    claimed: int = 0
    median_claim_seconds: float | None = None
    won: int = 0
    lost: int = 0
    filtered: int = 0


class DayNumbers(Model):
    """One day. leads, hot, filtered: what came; won: what was closed as won on it, and still is."""

    day: date
    leads: int = 0
    hot: int = 0
    won: int = 0
    filtered: int = 0


Span = tuple[datetime, datetime]


class Numbers:
    """Counts, from indexes alone where there is much to count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def week(self, now: datetime) -> WeekNumbers:
        """The seven days up to now."""
        span = (now - WEEK, now)
        with self._database.begin() as connection:
            waits = _first_claims(connection, span)
            return WeekNumbers(
                leads=_came(connection, span)[0],
                claimed=len(waits),
                median_claim_seconds=statistics.median(waits) if waits else None,
                won=_ended(connection, span, LeadStatus.WON),
                lost=_ended(connection, span, LeadStatus.LOST),
                filtered=_filtered(connection, span),
            )

    def by_day(self, first: date, last: date, zone: ZoneInfo) -> list[DayNumbers]:
        """Each day from the first to the last, as days are in that zone; LONGEST_DAYS at most, or GiveUp."""
        days = [first + timedelta(days=number) for number in range(min((last - first).days, LONGEST_DAYS) + 1)]
        if len(days) > LONGEST_DAYS:
            raise GiveUp(f"ask for {LONGEST_DAYS} days at most")
        with self._database.begin() as connection:
            return [_day(connection, day, zone) for day in days]


def _day(connection: sa.Connection, day: date, zone: ZoneInfo) -> DayNumbers:
    span = (_midnight(day, zone), _midnight(day + timedelta(days=1), zone))
    came, hot = _came(connection, span)
    won, filtered = _ended(connection, span, LeadStatus.WON), _filtered(connection, span)
    return DayNumbers(day=day, leads=came, hot=hot, won=won, filtered=filtered)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _within(column: sa.ColumnElement[datetime], span: Span) -> sa.ColumnElement[bool]:
    return sa.and_(column >= span[0], column < span[1])


def _real() -> sa.ColumnElement[bool]:
    return sa.and_(leads.c.revision > 0, sa.not_(leads.c.historical), sa.not_(leads.c.sample))


def _came(connection: sa.Connection, span: Span) -> tuple[int, int]:
    """How many leads, and how many of them hot."""
    hot = sa.func.count().filter(leads.c.urgency >= HOT_FROM)
    query = sa.select(sa.func.count(), hot).where(_within(leads.c.received_at, span), _real())
    count, hots = connection.execute(query).one()
    return int(count), int(hots)


def _acted(span: Span, *actions: str) -> sa.Select[tuple[int]]:
    """The leads with which staff did one of these within the span."""
    done = sa.select(events.c.lead_id).where(staff_events, _within(events.c.at, span))
    return done.where(events.c.action.in_(actions), events.c.lead_id.is_not(None))


def _first_claims(connection: sa.Connection, span: Span) -> list[float]:
    """Seconds from coming to the first claim, of the leads that were first claimed within the span."""
    claims = (CLAIMED, ASSIGNED)
    of_lead = sa.and_(events.c.lead_id == leads.c.id, events.c.action.in_(claims))
    first = sa.select(sa.func.min(events.c.at)).where(of_lead).scalar_subquery().label("first")
    query = sa.select(leads.c.received_at, first).where(leads.c.id.in_(_acted(span, *claims)), _real())
    rows = connection.execute(query.limit(MOST_CLAIMS)).all()
    return [max(0.0, (row.first - row.received_at).total_seconds()) for row in rows if row.first >= span[0]]


def _ended(connection: sa.Connection, span: Span, status: LeadStatus) -> int:
    """How many leads were closed within the span, for the last time, and stand so."""
    later = events.alias("later")
    again = sa.select(later.c.id).where(later.c.lead_id == events.c.lead_id, later.c.id > events.c.id)
    last = _acted(span, CLOSED).where(sa.not_(again.where(later.c.action == CLOSED).exists()))
    query = sa.select(sa.func.count(leads.c.id)).where(leads.c.id.in_(last), leads.c.status == status, _real())
    return int(connection.execute(query).scalar_one())


def _filtered(connection: sa.Connection, span: Span) -> int:
    """How many messages were filtered, from an index alone; the samples, which are few, are taken off."""
    state, original = messages.c.state == MessageState.FILTERED, messages.c.copy_of.is_(None)
    live = sa.and_(original, _within(messages.c.received_at, span), sa.not_(messages.c.historical))
    every = sa.select(sa.func.count()).select_from(messages)
    every = every.where(messages.c.channel.in_(get_args(ChannelName)), state, live)
    # Inside a function, or SQLite would go through all that was filtered to find the samples.
    tried = sa.func.coalesce(messages.c.state, "") == MessageState.FILTERED
    samples = sa.select(sa.func.count()).select_from(messages).where(samples_only, tried, live)
    return int(connection.execute(every).scalar_one()) - int(connection.execute(samples).scalar_one())
