"""The waiting times after failures. They are written down as moments, which a clock that is set back puts far away."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import batches, messages, views
from enrichment.models import MessageState
from enrichment.ports import Clock

# A neighbour that asked to be left alone for some seconds still is.
SHORT = timedelta(minutes=1)


class Waits:
    """Ends waiting times before they are over."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def cut_short(self) -> int:
        """Let what would wait for more than a minute from now be tried again at once; how much that was."""
        later = self._clock.now() + SHORT
        unfinished = messages.c.state == MessageState.IN_PROGRESS
        held = (
            sa.update(views).where(views.c.shown < views.c.wanted, views.c.retry_at > later).values(retry_at=None),
            sa.update(batches).where(batches.c.posted, batches.c.retry_at > later).values(retry_at=None),
            sa.update(messages).where(unfinished, messages.c.not_before > later).values(not_before=None),
        )
        with self._database.begin() as connection:
            return sum(connection.execute(each).rowcount for each in held)
