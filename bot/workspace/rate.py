"""The posting rate of each channel, as a token bucket."""

from __future__ import annotations

import time
from collections.abc import Callable


class ChannelRate:
    """Allows `burst` messages at once in each channel, then `per_second`."""

    def __init__(self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, channel: str) -> float:
        """0.0 when a message may be posted now, which counts it; otherwise the seconds until the next one may."""
        now = self._now()
        tokens, since = self._buckets.get(channel, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        allowed = tokens >= 1
        self._buckets[channel] = (tokens - 1 if allowed else tokens, now)
        return 0.0 if allowed else (1 - tokens) / self._per_second
