"""The only door in: a message is accepted when it is committed, and not a moment earlier."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

from enrichment.errors import RetryLater
from enrichment.models import RawMessage
from enrichment.store_ports import Accepted, Inbox

# What one commit may hold; more waits for the next one, some milliseconds later.
BATCH = 200
DRAIN_SECONDS = 3.0
# How long the writing thread waits for more: waking it costs a lone sender less than another one's start.
LINGER_SECONDS = 0.1
# Senders that shared a commit come back together: the next one waits so long for as many, as PostgreSQL's commit_delay.
GATHER_SECONDS = 0.005
# What may wait for a store that hangs, whose senders have long gone.
MOST_HELD_BYTES = 256 * 2**20

_Waiting = tuple[RawMessage, "asyncio.Future[Accepted]"]
_Outcome = list[Accepted] | Exception


class Intake:
    """Accepts messages with group commit: all that arrive while one commit runs share the next.

    committed: called in the event loop after each commit that stored something new.
    """

    def __init__(self, inbox: Inbox, committed: Callable[[], None]) -> None:
        self._inbox = inbox
        self._committed = committed
        self._arrived = threading.Condition()  # guards the four below, which the loop and the writing thread share
        self._waiting: list[_Waiting] = []
        self._held = 0  # bytes of those
        self._writing = False
        self._expected = 1  # as many as the last commit held
        self._writer: asyncio.Task[None] | None = None

    async def accept(self, raw: RawMessage) -> Accepted:
        """Store the message once; returns only after the commit.

        The store goes on when the caller is cancelled (a client that hangs up in the middle). Raises RetryLater when
        the message could not be stored.
        """
        future: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        with self._arrived:
            if self._held and self._held + len(raw.content) > MOST_HELD_BYTES:
                raise RetryLater("too much waits for the store already")
            self._held += len(raw.content)
            self._waiting.append((raw, future))
            idle, self._writing = not self._writing, True
            if len(self._waiting) >= self._expected:
                self._arrived.notify()
        if idle:
            self._writer = asyncio.create_task(self._write(), name="intake")
        return await asyncio.shield(future)

    async def acknowledge(self, message_id: int) -> None:
        """The sender has read our answer; the same bytes again are a new message. Raises RetryLater."""
        await asyncio.to_thread(self._inbox.acknowledge, message_id)

    async def drain(self) -> None:
        """Wait until all that was handed over is committed or refused; for a database that hangs, DRAIN_SECONDS."""
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=DRAIN_SECONDS)

    async def _write(self) -> None:
        await asyncio.to_thread(self._commit_all, asyncio.get_running_loop())

    def _commit_all(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: one commit after another, without waiting for the loop in between."""
        while batch := self._next():
            for waiting, outcome in self._stored(batch):
                loop.call_soon_threadsafe(self._settle, waiting, outcome)

    def _next(self) -> list[_Waiting]:
        with self._arrived:
            if len(self._waiting) < self._expected and self._expected > 1:
                self._arrived.wait(GATHER_SECONDS)
            if not self._waiting:
                self._expected = 1
                self._arrived.wait(LINGER_SECONDS)
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            self._held -= sum(len(raw.content) for raw, _ in batch)
            self._writing, self._expected = bool(batch), max(1, len(batch))
        return batch

    def _stored(self, batch: list[_Waiting]) -> Iterator[tuple[list[_Waiting], _Outcome]]:
        try:
            yield batch, self._inbox.accept_many([raw for raw, _ in batch])
        except RetryLater as error:
            yield batch, error
        except Exception as error:  # noqa: BLE001 - each sender must get its answer, whatever the store did
            if len(batch) == 1:
                yield batch, error
                return
            # One message that the store cannot take must not cost the others their answer.
            for waiting in batch:
                yield from self._stored([waiting])

    def _settle(self, batch: list[_Waiting], outcome: _Outcome) -> None:
        if isinstance(outcome, Exception):
            _refuse(batch, outcome)
            return
        for (_, future), result in zip(batch, outcome, strict=True):
            if not future.done():
                future.set_result(result)
        if any(result.new for result in outcome):
            self._committed()


def _refuse(batch: list[_Waiting], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            refusal = RetryLater(f"the message could not be stored: {error}")
            refusal.__cause__ = error
            future.set_exception(refusal)
            # A caller that was cancelled will never look; without this the loop would complain about it.
            future.exception()
