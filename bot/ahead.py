"""How many messages are in the workflows' hands."""

from __future__ import annotations

import threading


class Ahead:
    """How many messages are enqueued or worked on, roughly: counted as they come and go, and set right by a rescue."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """So many more, or fewer."""
        with self._lock:
            self.count = max(0, self.count + count)
