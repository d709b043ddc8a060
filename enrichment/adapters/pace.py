"""Waits for a place under a rate that all workers share; the place comes from the store."""

from __future__ import annotations

import time
from collections.abc import Callable

from enrichment.errors import RetryLater

# What the store promises to reserve at most; a longer wait means that it reserved nothing.
LONGEST_WAIT = 60.0


def paced(
    reserve: Callable[[str, float, int], float],
    key: str,
    per_second: float,
    sleep: Callable[[float], None] = time.sleep,
) -> Callable[[], None]:
    """A function that returns when the next request may be made, one after the other. It raises RetryLater.

    reserve: (key, places a second, places at once) to the seconds to wait, as the store's Views has it.
    """

    def wait() -> None:
        seconds = reserve(key, per_second, 1)
        if seconds > LONGEST_WAIT:
            raise RetryLater(f"too many requests are waiting for {key}", LONGEST_WAIT)
        sleep(seconds)

    return wait
