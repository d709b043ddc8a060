"""Whether there is room for new messages: how many are at work, how much of the disk is free, what the database says.

Each measure closes at one mark and opens at another, so that the door does not flap at the edge.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from enrichment.errors import LeadbotError
from enrichment.models import Model

log = structlog.get_logger(__name__)

# Open again when so much of the limit on messages is left, or the disk has so much more than it must have.
WAITING_OPENS = 0.8
DISK_OPENS = 1.2
# For so long nothing is tried after the database said that it is full; longer each time when that was too soon.
HOLD_SECONDS = 10.0
LONGEST_HOLD = 300.0
MB = 1_000_000


Cause = Literal["disk", "folder", "waiting"]


@dataclass(frozen=True)
class Marks:
    """Where the door closes. waiting: messages in progress; free_bytes: of the data folder's disk."""

    waiting: int
    free_bytes: int


class Reading(Model):
    """How things stood a moment ago.

    cause: what is short when no message is taken, None while they are; paused: the same in one line, or empty.
    waiting: messages in progress, counted up to the mark; free_bytes: None when it could not be read.
    """

    cause: Cause | None = None
    paused: str = ""
    waiting: int = 0
    free_bytes: int | None = None


def free_bytes(folder: Path) -> int:
    """What this user may still write on the folder's disk. Raises OSError."""
    usage = os.statvfs(folder)
    return usage.f_bavail * usage.f_frsize


class Pressure:
    """Implements enrichment.ports.Backpressure. `sample` is called about once a second, `store_full` by the store.

    count: messages in progress, counted no further than it is told. Thread-safe.
    """

    def __init__(
        self,
        count: Callable[[int], int],
        folder: Path,
        marks: Marks,
        *,
        free: Callable[[Path], int] = free_bytes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count = count
        self._folder = folder
        self._marks = marks
        self._free = free
        self._clock = clock
        self._lock = threading.Lock()
        self._reading = Reading()
        self._crowded = self._scarce = False
        self._hold = HOLD_SECONDS
        self._full_until = float("-inf")
        self._closed_at = 0.0

    @property
    def reading(self) -> Reading:
        """The last sample."""
        return self._reading

    @property
    def paused(self) -> str:
        """Why no message may be taken now; empty while one may."""
        return self._reading.paused

    def store_full(self) -> None:
        """The database could not write for want of room: close at once, without waiting for the next sample."""
        with self._lock:
            now = self._clock()
            if now >= self._full_until:
                soon = now < self._full_until + 2 * LONGEST_HOLD
                self._hold = min(self._hold * 2, LONGEST_HOLD) if soon else HOLD_SECONDS
            self._full_until = now + self._hold
            self._judge(self._reading.waiting, self._reading.free_bytes)

    def sample(self) -> Reading:
        """Look at the disk and the database; blocking. What cannot be counted now keeps its last figure."""
        try:
            free = self._free(self._folder)
        except OSError:
            free = None
        with self._lock:  # before the database is asked, which may take long to answer
            self._judge(self._reading.waiting, free)
        try:
            waiting = self._count(self._marks.waiting + 1)
        except LeadbotError:
            waiting = self._reading.waiting
        with self._lock:
            self._judge(waiting, free)
            return self._reading

    def _judge(self, waiting: int, free: int | None) -> None:
        most, least = self._marks.waiting, self._marks.free_bytes
        self._crowded = waiting > (most * WAITING_OPENS if self._crowded else most)
        self._scarce = free is not None and free < (least * DISK_OPENS if self._scarce else least)
        cause, paused = self._why(waiting, free)
        before, self._reading = (
            self._reading,
            Reading(cause=cause, paused=paused, waiting=waiting, free_bytes=free),
        )
        self._tell(before.paused, paused)

    def _why(self, waiting: int, free: int | None) -> tuple[Cause | None, str]:
        if self._clock() < self._full_until:
            return "disk", "the database has no room on its disk"
        if free is None:
            return "folder", "the data folder cannot be read"
        if self._scarce:
            return "disk", f"disk nearly full, {free / MB:.0f} MB free"
        if self._crowded:
            return "waiting", f"{min(waiting, self._marks.waiting)} messages or more wait to be worked on"
        return None, ""

    def _tell(self, before: str, now: str) -> None:
        """A line when the door closes and one when it opens."""
        if now and not before:
            self._closed_at = self._clock()
            log.warning("new messages are put off; senders try again", why=now)
        elif before and not now:
            log.info("new messages are taken again", seconds=round(self._clock() - self._closed_at))
