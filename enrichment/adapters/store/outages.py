"""Outages that a person must be told of: written down before the telling, so that it survives a kill.

One row a thing that is down. watched: down, but not for long enough; telling: a person is to be told; told: they were;
over: it is back, and they are to be told so. What is well has no row.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import outages
from enrichment.models import Model
from enrichment.ports import Clock

State = Literal["watched", "telling", "told", "over"]
# Between two looks no more time counts than this: not a stop of the bot, not a jump of the clock.
LONGEST_STEP = timedelta(seconds=60)
# Whoever began to tell has ended by then, one way or the other.
TELLING = timedelta(minutes=3)
LONGEST_PAUSE = timedelta(hours=2)
_DUE = ("telling", "over")


class Outage(Model):
    """One outage. token: its name in the mails about it. watched: seconds that it was seen to be down.

    attempts: how often the telling that is due was begun; error: why the last of them failed.
    """

    name: str
    token: str
    state: State
    since: datetime
    why: str
    seen: datetime
    watched: float
    ended: datetime | None
    attempts: int
    retry_at: datetime | None
    error: str


class Outages:
    """The outages; every method is one transaction. Raises RetryLater while the database is away."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, name: str) -> Outage | None:
        """The outage of this thing, None when it is well."""
        with self._database.begin() as connection:
            return self._read(connection, name)

    def down(self, name: str, since: datetime, why: str, patience: float) -> Outage:
        """It is seen to be down, since when and why; after `patience` seconds of that a person is to be told."""
        with self._database.begin(write=True) as connection:
            known = self._read(connection, name)
            if known is None or known.state == "over":
                return self._begin(connection, name, since, why)
            return self._go_on(connection, known, why, patience)

    def _begin(self, connection: sa.Connection, name: str, since: datetime, why: str) -> Outage:
        now = self._clock.now()
        made = Outage(
            name=name,
            token=str(uuid.uuid4()),
            state="watched",
            since=min(since, now),
            why=why,
            seen=now,
            watched=0.0,
            ended=None,
            attempts=0,
            retry_at=None,
            error="",
        )
        connection.execute(sa.delete(outages).where(outages.c.name == name))
        # Another worker may begin it at the same moment.
        connection.execute(self._database.insert(outages).values(made.model_dump()).on_conflict_do_nothing())
        return made

    def _go_on(self, connection: sa.Connection, known: Outage, why: str, patience: float) -> Outage:
        now = self._clock.now()
        step = min(max(now - known.seen, timedelta()), LONGEST_STEP)
        watched = known.watched + step.total_seconds()
        due = known.state == "watched" and watched >= patience
        changed = {"watched": watched, "seen": now, "why": why, "state": "telling" if due else known.state}
        connection.execute(_row(known).values(changed))
        return known.model_copy(update=changed)

    def up(self, name: str) -> Outage | None:
        """It is well again: the outage that a person is to be told the end of, None when nobody has heard of it."""
        with self._database.begin(write=True) as connection:
            known = self._read(connection, name)
            if known is None or known.state == "over":
                return known
            if known.state == "watched" or (known.state == "telling" and not known.attempts):
                connection.execute(sa.delete(outages).where(outages.c.name == name))
                return None
            # One that was begun to be told may have been heard although no answer came.
            changed = {"state": "over", "ended": self._clock.now(), "attempts": 0, "retry_at": None, "error": ""}
            connection.execute(_row(known).values(changed))
            return known.model_copy(update=changed)

    def claim(self, name: str) -> Outage | None:
        """The outage, if a person is to be told of it now and nobody else is doing so; this counts as an attempt."""
        now = self._clock.now()
        free = sa.or_(
            outages.c.retry_at.is_(None),
            outages.c.retry_at <= now,
            outages.c.retry_at > now + LONGEST_PAUSE,  # the clock was set back
        )
        take = (
            sa.update(outages)
            .where(outages.c.name == name, outages.c.state.in_(_DUE), free)
            .values(attempts=outages.c.attempts + 1, retry_at=now + TELLING)
            .returning(outages)
        )
        with self._database.begin() as connection:
            row = connection.execute(take).mappings().first()
        return None if row is None else Outage.model_validate(dict(row))

    def told(self, outage: Outage) -> None:
        """The person was told what was claimed; the end of it ends the row."""
        with self._database.begin() as connection:
            if outage.state == "over":
                connection.execute(sa.delete(outages).where(*_same(outage)))
                return
            connection.execute(_row(outage).values(state="told", attempts=0, retry_at=None, error=""))

    def failed(self, outage: Outage, error: str, pause: float) -> None:
        """The person could not be told; try again after `pause` seconds."""
        wait = min(timedelta(seconds=pause), LONGEST_PAUSE)
        with self._database.begin() as connection:
            connection.execute(_row(outage).values(error=error[:500], retry_at=self._clock.now() + wait))

    def _read(self, connection: sa.Connection, name: str) -> Outage | None:
        query = sa.select(outages).where(outages.c.name == name).with_for_update()
        row = connection.execute(query).mappings().first()
        return None if row is None else Outage.model_validate(dict(row))


def _same(outage: Outage) -> tuple[sa.ColumnElement[bool], ...]:
    """Still the same outage in the same state: it may have ended while it was told."""
    return (outages.c.name == outage.name, outages.c.token == outage.token, outages.c.state == outage.state)


def _row(outage: Outage) -> sa.Update:
    return sa.update(outages).where(*_same(outage))
