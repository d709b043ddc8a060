"""How often something may be done, as a token bucket for each channel or method."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from bot.workspace.errors import SlackError


class Rate:
    """Allows `burst` calls at once under each key, then `per_second`."""

    def __init__(self, per_second: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}

    @classmethod
    def per_minute(cls, calls: float, now: Callable[[], float] = time.monotonic) -> Rate:
        """A minute's worth at once, then evenly."""
        return cls(calls / 60, max(1, int(calls)), now)

    def take(self, key: str) -> None:
        """Count one call. Raises SlackError `ratelimited` with the whole seconds to wait when it comes too early."""
        if (wait := self.wait(key)) > 0:
            raise SlackError("ratelimited", retry_after=math.ceil(wait))

    def wait(self, key: str) -> float:
        """0.0 when a call may be made now, which counts it; otherwise the seconds until the next one may."""
        now = self._now()
        tokens, since = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        return 0.0 if allowed else (1 - tokens) / self._per_second
