"""Troubles that begin and end: a locked database, a full disk, a clock that is wrong."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import threading
import time

from tests.faults.starter import CLOCK, write
from tests.faults.world import World


class Lasting:
    """A trouble that begins and ends."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.over = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """From now on."""

    def finish(self) -> None:
        """As it was."""

    def end(self) -> None:
        """End it, once."""
        with self._lock:
            if not self.over:
                self.over = True
                self.finish()

    def end_after(self, seconds: float) -> None:
        """End it when this time has passed."""
        time.sleep(seconds)
        self.end()


class Locked(Lasting):
    """Another process writes to the database and does not come to an end."""

    def begin(self) -> None:
        """Take SQLite's one write lock, as soon as it can be had."""
        self._other = sqlite3.connect(self.world.data / "leadbot.db", check_same_thread=False, isolation_level=None)
        self._other.execute("PRAGMA busy_timeout=20000")
        self._other.execute("BEGIN EXCLUSIVE")

    def finish(self) -> None:
        """Give it back."""
        self._other.execute("ROLLBACK")
        self._other.close()


class Full(Lasting):
    """No file can grow beyond the size that the database's log has now."""

    def begin(self) -> None:
        """Limit the running bot's process."""
        log = self.world.data / "leadbot.db-wal"
        self._pid, size = self.world.pid, log.stat().st_size if log.exists() else 0
        self._limit(size)

    def finish(self) -> None:
        """Lift the limit; a process that has died since has none."""
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Jump(Lasting):
    """The bot's clock is wrong."""

    def __init__(self, world: World, seconds: str) -> None:
        super().__init__(world)
        self._seconds = seconds

    def begin(self) -> None:
        """It jumps."""
        write(self.world.folder / CLOCK, self._seconds)

    def finish(self) -> None:
        """And back."""
        write(self.world.folder / CLOCK, "0")
