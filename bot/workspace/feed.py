"""Tells every open page what has changed; a page that falls behind is cut off and reads everything again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from bot.workspace.options import MAX_STREAMS

BACKLOG = 1000
KEEPALIVE = 15.0  # seconds; a comment keeps proxies and sleeping laptops honest
Change = dict[str, Any]


class Feed:
    """Publishes changes to the subscribed streams."""

    def __init__(self) -> None:
        self._streams: set[asyncio.Queue[Change | None]] = set()
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether no further stream is taken."""
        return self._closed or len(self._streams) >= MAX_STREAMS

    def publish(self, change: Change) -> None:
        """Hand a change to every stream."""
        for queue in list(self._streams):
            if queue.full():
                self._end(queue)
            else:
                queue.put_nowait(change)

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        for queue in list(self._streams):
            self._end(queue)

    def _end(self, queue: asyncio.Queue[Change | None]) -> None:
        self._streams.discard(queue)
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(None)

    @contextmanager
    def _subscribed(self) -> Iterator[asyncio.Queue[Change | None]]:
        queue: asyncio.Queue[Change | None] = asyncio.Queue(BACKLOG)
        self._streams.add(queue)
        try:
            yield queue
        finally:
            self._streams.discard(queue)

    async def changes(self) -> AsyncIterator[Change | None]:
        """The changes from now on; None when there was nothing to tell for a while."""
        with self._subscribed() as queue:
            while not self._closed:
                try:
                    change = await asyncio.wait_for(queue.get(), KEEPALIVE)
                except TimeoutError:
                    yield None
                    continue
                if change is None:
                    return
                yield change
