"""A store that hangs does not fill the memory with what waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from enrichment import intake as module
from enrichment.errors import RetryLater
from enrichment.intake import Intake
from enrichment.models import RawMessage
from enrichment.store_ports import Accepted
from tests.enrichment.parts import Parts, raw


class HangingInbox:
    """The real store, behind a door that the test opens."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.asked = threading.Event()
        self.open = threading.Event()

    def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:
        """Store when it is time."""
        self.asked.set()
        assert self.open.wait(20)
        return self._parts.messages.accept_many(raws)

    def acknowledge(self, message_id: int) -> None:
        """As the store does."""


async def test_what_waits_for_a_store_that_hangs_is_bounded(
    sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its senders still wait or not; then it is taken as before, and nothing is stored twice."""
    monkeypatch.setattr(module, "MOST_HELD_BYTES", 1000)
    inbox = HangingInbox(sqlite_parts)
    intake = Intake(inbox, lambda: None)

    def mail(number: int, size: int = 400) -> RawMessage:
        return raw(f"{number:03}".encode().ljust(size, b"x"), sqlite_parts.clock)

    first = asyncio.create_task(intake.accept(mail(0, 5000)))  # one alone may be of any size
    await asyncio.to_thread(inbox.asked.wait, 20)
    waiting = [asyncio.create_task(intake.accept(mail(number))) for number in (1, 2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    for _ in range(3):
        with pytest.raises(RetryLater, match="too much waits"):
            await intake.accept(mail(3))
    inbox.open.set()
    assert (await first).new
    assert (await waiting[1]).new
    assert (await intake.accept(mail(3))).new
    assert sqlite_parts.scalar("SELECT count(*) FROM messages") == 4
