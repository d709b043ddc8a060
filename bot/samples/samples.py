"""Loading the samples through the door of all mail, and removing them from everywhere.

The order of a removal: retire the rows, delete in Slack, take the vectors out, delete the rows. A card that a
reconciler posts at that very moment has written its posting before, so the rows are not deleted yet and another round
follows. Whatever breaks off on the way, the rows still say so, and `run` or another press goes on from there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from bot.samples.loader import sample_mails
from bot.slack.poster import Poster
from enrichment.adapters.store.samples import Gone, SampleStore
from enrichment.errors import GiveUp, LeadbotError, RetryLater
from enrichment.models import Model
from enrichment.ports import Clock, Index
from enrichment.store_ports import Inbox

log = structlog.get_logger(__name__)

# Each round finds only what was being posted during the one before.
ROUNDS = 10
# Slack may ask for a pause between two deletions, or a posting may still be on its way.
PATIENCE = 30
LONGEST_PAUSE = 30.0
RESUME_SECONDS = 10.0
RETRY_SECONDS = 2.0


class Loaded(Model):
    """How many sample mails were put into the intake; 0 when they were there already."""

    count: int


class Removed(Model):
    """What was taken away; left: messages that Slack would not let go."""

    leads: int
    messages: int
    left: int = 0


class Samples:
    """The samples of a running bot.

    recipient: the address that the mails are sent to. poster: who deletes in Slack; raises RetryLater while Slack is
    not reached. wake: called when there are new messages, or leads have gone.
    """

    def __init__(
        self,
        store: SampleStore,
        inbox: Inbox,
        index: Index,
        clock: Clock,
        *,
        recipient: str,
        poster: Callable[[], Poster],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._index = index
        self._clock = clock
        self._recipient = recipient
        self._poster = poster
        self._wake = wake
        self._removal: asyncio.Task[Removed] | None = None

    async def load(self) -> Loaded:
        """Store all samples in one commit, unless they are there. Raises RetryLater, GiveUp while they are removed."""
        if await asyncio.to_thread(self._store.retired):
            raise GiveUp("the samples are still being removed; try again in a moment")
        loaded = await asyncio.to_thread(self._load)
        if loaded.count:
            self._wake()
        return loaded

    def _load(self) -> Loaded:
        if self._store.count():
            return Loaded(count=0)
        mails = sample_mails(self._recipient, self._clock.now())
        # Two that load at once are told apart by the messages' identities.
        return Loaded(count=sum(accepted.new for accepted in self._inbox.accept_many(mails)))

    async def remove(self) -> Removed:
        """Remove all that came from samples; who asks while that is going on waits for the same end.

        Goes on when the caller is cancelled. Raises RetryLater or NeedsPerson when Slack or the index cannot be asked:
        then the samples are off every list already, and `run` goes on as soon as it can.
        """
        if self._removal is None or self._removal.done():
            self._removal = asyncio.create_task(self._remove(), name="samples")
            self._removal.add_done_callback(_seen)
        return await asyncio.shield(self._removal)

    async def run(self) -> None:
        """Finish what was broken off, by a crash or by Slack's being away, until cancelled."""
        told = ""
        try:
            while True:
                trouble = await self._go_on()
                if trouble not in {"", told}:
                    log.warning("the removal of the samples waits", why=trouble)
                told = trouble
                await asyncio.sleep(RETRY_SECONDS if trouble else RESUME_SECONDS)
        finally:
            if self._removal is not None:
                self._removal.cancel()

    async def _go_on(self) -> str:
        """Take up a removal that was begun and not ended; what keeps it from its end."""
        try:
            if await asyncio.to_thread(self._store.retired):
                await self.remove()
        except LeadbotError as error:
            return str(error)
        except Exception as error:  # it must not take the bot down
            log.exception("the removal of the samples failed")
            return type(error).__name__
        return ""

    async def _remove(self) -> Removed:
        left = 0
        for _ in range(ROUNDS):
            lead_ids = await asyncio.to_thread(self._store.retire)
            self._wake()
            poster = self._poster()
            left += await self._erase(poster)
            await asyncio.to_thread(self._index.delete, lead_ids)
            gone = await asyncio.to_thread(self._store.delete, poster.team)
            if gone is not None:
                await self._forget(lead_ids)
                return Removed(leads=gone.leads, messages=gone.messages, left=left)
        raise RetryLater("sample cards are still being posted")

    async def _erase(self, poster: Poster) -> int:
        """Delete in Slack what is shown of the samples; how many messages it would not let go."""
        keys = await asyncio.to_thread(self._store.posted, poster.team)
        return [await _patiently(poster, key) for key in keys].count(False)

    async def _forget(self, lead_ids: list[int]) -> None:
        """Take out vectors that were on their way into the index; one that stays would be found by nobody."""
        with contextlib.suppress(LeadbotError):
            await asyncio.to_thread(self._index.delete, lead_ids)
        self._wake()


def _seen(removal: asyncio.Task[Removed]) -> None:
    """Nobody may be waiting for it any more; then its error is told when `run` meets it again."""
    if not removal.cancelled():
        removal.exception()


async def _patiently(poster: Poster, key: str) -> bool:
    """Delete one message, waiting as Slack asks."""
    for _ in range(PATIENCE):
        try:
            return await poster.delete(key)
        except RetryLater as error:
            if error.retry_after is None:
                raise
            await asyncio.sleep(min(error.retry_after, LONGEST_PAUSE))
    raise RetryLater("Slack keeps asking for pauses")


def remove_without_bot(store: SampleStore, index: Index) -> Gone:
    """Remove the samples while no bot runs; what Slack shows of them stays there. Blocking."""
    for _ in range(ROUNDS):
        lead_ids = store.retire()
        index.delete(lead_ids)
        if (gone := store.delete()) is not None:
            return gone
    raise RetryLater("the samples are in use; is a bot running?")
