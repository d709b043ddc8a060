"""Keeps a trouble that lasts from filling the log: what was said a moment ago is counted and not said again."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

SECONDS = 60.0
MOST = 500
# What tells two lines of one trouble apart and says nothing.
_PASSING = ("timestamp", "_record", "_from_structlog")


class Repeats(logging.Filter):
    """Lets a warning or error through once a minute; the next one says how many like it were left out.

    Alike are lines that say the same to the letter, but for the time. Lines of a lower level always pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: OrderedDict[int, tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say it."""
        if record.levelno < logging.WARNING:
            return True
        key, now = hash(_words(record)), self._clock()
        at, left_out = self._said.get(key, (-SECONDS, 0))
        if now - at < SECONDS:
            self._said[key] = (at, left_out + 1)
            return False
        self._said[key] = (now, 0)
        self._said.move_to_end(key)
        if len(self._said) > MOST:
            self._said.popitem(last=False)
        if left_out and isinstance(record.msg, dict):
            record.msg = record.msg | {"left_out": left_out}
        return True


def _words(record: logging.LogRecord) -> tuple[object, ...]:
    """What a line says."""
    if isinstance(record.msg, dict):
        said = tuple((key, str(value)) for key, value in record.msg.items() if key not in _PASSING)
        return record.name, record.levelno, said
    return (
        record.name,
        record.levelno,
        record.getMessage(),
        record.exc_text or str(record.exc_info and record.exc_info[1]),
    )
