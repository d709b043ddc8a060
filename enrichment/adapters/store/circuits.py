"""The services that are being left alone, since when and why: what a breaker tells other workers and the next start."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import circuits
from enrichment.models import Model
from enrichment.ports import Clock

# One that was well for less than this has had one outage and not two.
CALM = timedelta(seconds=60)

OPEN: Literal["open"] = "open"
CLOSED: Literal["closed"] = "closed"


class Circuit(Model):
    """One service. state: `open` while it is in trouble. since: when its last outage began.

    error: why, in a line. closed_at: when that outage ended. noticed: what staff were told of it, `open`, `closed` or
    nothing; told_at: when they were last told of an outage. answered: whether the service has ever answered.
    """

    name: str
    state: Literal["open", "closed"]
    since: datetime
    error: str = ""
    closed_at: datetime | None = None
    noticed: str = ""
    told_at: datetime | None = None
    answered: bool = True


class Circuits:
    """The table of circuits; a service without a row is well. Every method is one transaction and raises RetryLater."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, name: str) -> Circuit | None:
        """The service, None when there was never any news of it."""
        with self._database.begin() as connection:
            return _read(connection, name)

    def listed(self) -> list[Circuit]:
        """All services that there is news of, by name."""
        with self._database.begin() as connection:
            rows = connection.execute(sa.select(circuits).order_by(circuits.c.name)).mappings()
            return [Circuit.model_validate(dict(row)) for row in rows]

    def opened(self, name: str, since: datetime, error: str, *, answered: bool) -> None:
        """The service is in trouble; one that was well for a moment only is still in the outage before."""
        with self._database.begin(write=True) as connection:
            known = _read(connection, name, write=True)
            goes_on = known is not None and (known.state == OPEN or _moment_ago(known.closed_at, self._clock.now()))
            now: dict[str, Any] = {"state": OPEN, "error": error, "closed_at": None}
            if not goes_on:
                now |= {"since": since, "noticed": ""}
            new = {"name": name, "since": since, "noticed": "", "answered": answered}
            self._put(connection, new | now, now)

    def closed(self, name: str) -> None:
        """The service answers."""
        moment = self._clock.now()
        with self._database.begin(write=True) as connection:
            known = _read(connection, name, write=True)
            if known is not None and known.state == CLOSED:
                return
            now = {"state": CLOSED, "closed_at": moment, "answered": True}
            # One that was never in trouble has had no outage that could go on.
            new = now | {"name": name, "since": moment, "error": "", "noticed": "", "closed_at": None}
            self._put(connection, new, now)

    def _put(self, connection: sa.Connection, new: dict[str, Any], now: dict[str, Any]) -> None:
        insert = self._database.insert(circuits).values(new)
        connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=now))

    def told(self, circuit: Circuit, state: str) -> None:
        """Staff have been told that this outage began (`open`) or ended (`closed`), or need not be."""
        mine = sa.and_(circuits.c.name == circuit.name, circuits.c.since == circuit.since)
        told: dict[str, Any] = {"noticed": state} | ({"told_at": self._clock.now()} if state == OPEN else {})
        with self._database.begin() as connection:
            connection.execute(sa.update(circuits).where(mine).values(told))

    def keep(self, names: Collection[str]) -> None:
        """Forget all other services: nobody uses them any more."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(circuits).where(circuits.c.name.not_in(sorted(names))))


def _read(connection: sa.Connection, name: str, *, write: bool = False) -> Circuit | None:
    query = sa.select(circuits).where(circuits.c.name == name)
    row = connection.execute(query.with_for_update() if write else query).mappings().first()
    return None if row is None else Circuit.model_validate(dict(row))


def _moment_ago(moment: datetime | None, now: datetime) -> bool:
    # Either way: a clock that was set back makes two outages of one at most.
    return moment is not None and abs(now - moment) < CALM
