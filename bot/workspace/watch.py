"""Collects what the bot answers to one action, for the control API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.workspace.options import Options

Json = dict[str, Any]


@dataclass(eq=False, slots=True)
class Watch:
    """The answers to one action of a user. answered: whether there was anything to wait for yet."""

    user: str
    url_id: str | None = None
    answered: bool = False
    responses: list[Json] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    last: float = field(default_factory=time.monotonic)

    def touch(self, *, answered: bool = False) -> None:
        """The bot did something; wait for its next step."""
        self.last = time.monotonic()
        self.answered = self.answered or answered
        self.changed.set()

    async def settle(self, options: Options) -> None:
        """Wait for an answer and then until it has been quiet for a while; never longer than longest_wait."""
        deadline = time.monotonic() + options.longest_wait
        while True:
            until = min(deadline, self.last + options.quiet) if self.answered else deadline
            if (left := until - time.monotonic()) <= 0:
                return
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), left)
            except TimeoutError:
                continue


class Watches:
    """The actions that are being waited for."""

    def __init__(self) -> None:
        self._open: set[Watch] = set()

    @contextmanager
    def watching(self, user: str) -> Iterator[Watch]:
        """Collect what comes for a user until the block ends."""
        watch = Watch(user)
        self._open.add(watch)
        try:
            yield watch
        finally:
            self._open.discard(watch)

    def touch(self) -> None:
        """The bot called a method that changes something."""
        for watch in self._open:
            watch.touch()

    def add(self, user: str, response: Json, url_id: str | None = None) -> None:
        """Something was posted for this user, or at this response URL."""
        for watch in self._open:
            if watch.url_id == url_id if url_id else watch.user == user:
                watch.responses.append(response)
                watch.touch(answered=True)

    def opened(self, user: str) -> None:
        """A view was opened for this user: an answer, though nothing was posted."""
        for watch in self._open:
            if watch.user == user:
                watch.touch(answered=True)
