"""Many calls in a short time become few: what only says "look again" need not be said thirty times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Coalesced:
    """Calls `act` at once, then at most every `gap` seconds, and always once more after the last call.

    To be called in the event loop.
    """

    def __init__(self, act: Callable[[], None], gap: float) -> None:
        self._act = act
        self._gap = gap
        self._resting: asyncio.TimerHandle | None = None
        self._again = False

    def __call__(self) -> None:
        """Act now, or when the gap is over."""
        if self._resting is None:
            self._go()
        else:
            self._again = True

    def _go(self) -> None:
        self._again = False
        self._resting = asyncio.get_running_loop().call_later(self._gap, self._rested)
        self._act()

    def _rested(self) -> None:
        self._resting = None
        if self._again:
            self._go()
