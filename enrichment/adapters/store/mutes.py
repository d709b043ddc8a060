"""Who does not want to be pinged for a while."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from enrichment.adapters.store.acts import actor_of
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record
from enrichment.adapters.store.schema import mutes
from enrichment.ports import Clock

MUTED, UNMUTED = "muted", "unmuted"


class Mutes:
    """By Slack's id; every method is one transaction, and each change has its event."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def mute(self, user: str, until: datetime) -> None:
        """Leave this person alone until then; what they said last counts."""
        insert = self._database.insert(mutes).values(user=actor_of(user), until=until)
        with self._database.begin(write=True) as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["user"], set_={"until": until}))
            record(connection, self._clock.now(), actor_of(user), MUTED, detail={"until": until.isoformat()})

    def muted(self, user: str, now: datetime) -> bool:
        """Whether this person is to be left alone now."""
        return self.until(user, now) is not None

    def until(self, user: str, now: datetime) -> datetime | None:
        """Until when this person is to be left alone; None when they are not (any more)."""
        query = sa.select(mutes.c.until).where(mutes.c.user == actor_of(user), mutes.c.until > now)
        with self._database.begin() as connection:
            found: datetime | None = connection.execute(query).scalar()
        return found

    def unmute(self, user: str) -> bool:
        """Ping this person again; whether they were muted."""
        with self._database.begin(write=True) as connection:
            done = bool(connection.execute(sa.delete(mutes).where(mutes.c.user == actor_of(user))).rowcount)
            if done:
                record(connection, self._clock.now(), actor_of(user), UNMUTED)
            return done
