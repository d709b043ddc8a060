"""Which batch cards are to be edited: the view `batch`, kept up by a reconciler like the views of the leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import batches
from enrichment.adapters.store.views import Views, succeeded
from enrichment.ports import Clock


class BatchViews:
    """The batch cards of one team; implements enrichment.store_ports.ViewStore, with batches in the place of leads.

    One that is not in Slack yet is not behind: whoever posts it renders it as it is then.
    channel: those in this channel alone, empty for the lead channel; None for all.
    """

    def __init__(self, database: Database, clock: Clock, team: str, views: Views, channel: str | None = None) -> None:
        self._database = database
        self._clock = clock
        self._team = team
        self._views = views
        self._channel = channel

    def behind(self, view: str, limit: int, after: str | None = None) -> list[tuple[int, int]]:  # noqa: ARG002 - the port's
        """(batch id, times it was to be edited), oldest first."""
        now = self._clock.now()
        here = sa.true() if self._channel is None else batches.c.channel == self._channel
        query = (
            sa.select(batches.c.id, batches.c.wanted)
            .where(batches.c.team == self._team, batches.c.posted, batches.c.shown < batches.c.wanted)
            .where(sa.or_(batches.c.retry_at.is_(None), batches.c.retry_at <= now), here)
            .order_by(batches.c.id)
            .limit(limit)
        )
        with self._database.begin() as connection:
            return [(row.id, row.wanted) for row in connection.execute(query)]

    def caught_up(self, view: str, leads: Sequence[tuple[int, int]]) -> None:
        """These batch cards (id, times) say now what they should."""
        with self._database.begin() as connection:
            for batch_id, shown in sorted(leads):
                done = {"shown": shown, "retry_at": None, "failures": 0, "error": None}
                connection.execute(_batch(batch_id).where(batches.c.shown < shown).values(done))
            connection.execute(succeeded(self._database, view, self._clock.now()))

    def failed(self, view: str, lead_id: int, error: str, delay: float) -> None:  # noqa: ARG002 - the port's
        """Note why a batch card (its id in `lead_id`) could not be edited, and when to try again."""
        again = self._clock.now() + timedelta(seconds=delay)
        note: dict[str, Any] = {"failures": batches.c.failures + 1, "error": error[:500], "retry_at": again}
        with self._database.begin() as connection:
            connection.execute(_batch(lead_id).values(note))

    def failures(self, view: str, lead_id: int) -> int:  # noqa: ARG002 - the port's
        """How often in a row that has failed."""
        with self._database.begin() as connection:
            return connection.execute(sa.select(batches.c.failures).where(batches.c.id == lead_id)).scalar() or 0

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or keep the right to edit batch cards; False while another holds it."""
        return self._views.lease(f"{name}:{self._channel}" if self._channel else name, holder, seconds)


def _batch(batch_id: int) -> sa.Update:
    return sa.update(batches).where(batches.c.id == batch_id)
