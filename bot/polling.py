"""The role poll: every mailbox of the settings is read, each in a thread of its own, one worker at a time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.bootstrap import Store
from bot.login import credential_of
from bot.mailbox_lease import KEEP_SECONDS, Lease, LeasedStore
from bot.mailbox_table import MailboxTable
from bot.mailbox_watch import MailboxWatch
from bot.settings import Settings
from channels.mail.imap_poll import MailboxPoller
from enrichment.errors import LeadbotError
from enrichment.ports import Backpressure

log = structlog.get_logger(__name__)

# Half a thousand mailboxes must not all begin at one moment; a single one waits for nothing.
SPREAD_SECONDS = 0.05
JITTER = 0.1
STOP_SECONDS = 3.0


@dataclass(frozen=True)
class Meeting:
    """What the polls meet in the bot. stored: called in any thread with how many new mails there are."""

    stored: Callable[[int], None]
    pressure: Backpressure


class Polling:
    """All mailboxes of one worker."""

    def __init__(self, watches: Sequence[MailboxWatch]) -> None:
        self._watches = watches
        self._said = ""

    @contextlib.asynccontextmanager
    async def running(self, scheduler: AsyncIOScheduler) -> AsyncIterator[None]:
        """Read inside the block. scheduler: says when it is time."""
        keeper = asyncio.create_task(self._keep_leases(), name="mailbox leases")
        for watch in self._watches:
            watch.start()
            every = {"seconds": watch.interval, "jitter": watch.interval * JITTER}
            scheduler.add_job(watch.due, "interval", id=f"poll:{watch.name}", **every)
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            await asyncio.to_thread(self._stop)

    async def _keep_leases(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._keep_each)
            except Exception:  # a worker that keeps no lease reads nothing, and must try again
                log.exception("the leases of the mailboxes could not be kept")
            await asyncio.sleep(KEEP_SECONDS)

    def _keep_each(self) -> None:
        """A database that is away is asked once, not once a mailbox."""
        try:
            for watch in self._watches:
                watch.keep_lease()
        except LeadbotError as error:
            if str(error) != self._said:
                log.warning("the leases of the mailboxes wait", why=str(error))
            self._said = str(error)
        else:
            self._said = ""

    def _stop(self) -> None:
        for watch in self._watches:
            watch.stop()
        until = time.monotonic() + STOP_SECONDS
        late = [watch.name for watch in self._watches if not watch.ended(max(0.0, until - time.monotonic()))]
        if late:  # a server that hangs; what its thread still does is not stored
            log.info("mailboxes were left in the middle of a poll", mailboxes=late[:10], count=len(late))


def open_polling(settings: Settings, store: Store, meeting: Meeting) -> Polling:
    """The mailboxes of these settings, not being read yet."""
    tables = enumerate(settings.mailboxes)
    return Polling([_watch(table, settings, store, meeting, number * SPREAD_SECONDS) for number, table in tables])


def _watch(table: MailboxTable, settings: Settings, store: Store, meeting: Meeting, delay: float) -> MailboxWatch:
    lease = Lease(store.views, table.name, settings.worker)
    leased = LeasedStore(store.mailboxes, lease)
    poller = MailboxPoller(
        table.mailbox(),
        credential_of(table, settings),
        leased,
        store.clock,
        meeting.stored,
        lambda: lease.held and not meeting.pressure.paused,
    )
    return MailboxWatch(
        table.name,
        poller,
        lease,
        leased,
        interval=table.interval,
        paused=lambda: meeting.pressure.paused,
        delay=delay,
    )
