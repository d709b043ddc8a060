"""The mailbox side of a running bot: what is read, what is told of it, and what the checks say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import mailbox_readiness
from bot.bootstrap import Store
from bot.health import Check
from bot.mailbox_health import MailboxState, intervals, states
from bot.polling import Meeting, open_polling
from bot.settings import Settings
from bot.slack.mailbox_notices import MailboxNotices
from bot.slack.poster import Poster
from enrichment.adapters.store.mailbox_notes import MailboxNotes
from enrichment.ports import Backpressure


class MailboxSide:
    """stored: called in any thread when new mail was stored. polls: whether this process has the role poll."""

    def __init__(
        self, settings: Settings, store: Store, pressure: Backpressure, stored: Callable[[], None], *, polls: bool
    ) -> None:
        self._settings, self._store, self._pressure = settings, store, pressure
        meeting = Meeting(lambda _count: stored(), pressure)
        self._polling = open_polling(settings, store, meeting) if polls and settings.mailboxes else None
        self.since = store.clock.now()

    @contextlib.asynccontextmanager
    async def running(self, scheduler: AsyncIOScheduler) -> AsyncIterator[None]:
        """The mailboxes are read inside the block, if they are ours to read."""
        if self._polling is None:
            yield
            return
        async with self._polling.running(scheduler):
            yield

    def notices(self, poster: Callable[[], Poster]) -> MailboxNotices:
        """What tells staff of a mailbox that is not read. poster: raises RetryLater until Slack has been reached."""
        return MailboxNotices(
            MailboxNotes(self._store.database),
            dict(intervals(self._settings)),
            poster,
            self._store.clock,
            ZoneInfo(self._settings.timezone),
            paused=lambda: self._pressure.paused,
        )

    async def checks(self) -> list[Check]:
        """A check for each mailbox that is read here, none of them `failed`. Never raises."""
        return await asyncio.to_thread(mailbox_readiness.checks, self._states)

    async def silences(self) -> list[Check]:
        """The same for the heartbeat, `failed` where one is not read. Raises RetryLater."""
        return [mailbox_readiness.silence(state) for state in await asyncio.to_thread(self._states)]

    def _states(self) -> tuple[MailboxState, ...]:
        if self._polling is None:
            return ()
        store = self._store
        return states(intervals(self._settings), store.mailboxes, store.clock.now(), self.since)
