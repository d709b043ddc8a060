"""The three servers of the ingest benchmark, each a process on a fresh folder, and how many mails each really took."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.packaging.postfix import Postfix, running_postfix
from tests.servers.running_bot import ROOT, RunningBot

RECIPIENT = "leads@localhost"
DRAIN_SECONDS = 120.0
# All mail goes to the transport that throws it away, once it is queued; everything else is Postfix's default.
_DISCARDING = "default_transport = discard:\nlocal_transport = discard:\n"


@dataclass(frozen=True)
class Taker:
    """A server that takes mail. taken: how many so far, counted where they lie; settled: waits until it is at rest."""

    name: str
    port: int
    pid: int
    taken: Callable[[], int]
    settled: Callable[[], None] = lambda: None


@contextlib.contextmanager
def bot() -> Iterator[Taker]:
    """`leadbot run --roles ingest`."""
    with tempfile.TemporaryDirectory(prefix="leadbot-bench-") as folder:
        running = RunningBot(Path(folder))
        try:
            running.start(roles="ingest")
            assert running.process is not None
            database = Path(folder) / "data" / "leadbot.db"
            yield Taker("leadbot", running.smtp_port, running.process.pid, lambda: _rows(database))
        finally:
            running.close()


def _rows(database: Path) -> int:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM messages WHERE length(content) > 4000").fetchone()[0])


@contextlib.contextmanager
def postfix() -> Iterator[Taker]:
    """Postfix, queueing to its discard transport; its log says what went through the queue."""
    program = Path(shutil.which("postfix", path="/usr/sbin:/usr/bin") or "")
    if not program.name:
        sys.exit("postfix is not here: make packages installs it where it may")
    with running_postfix(program, {"/etc/postfix/main.cf": _DISCARDING}) as server:
        master = server.folder / "queue" / "pid" / "master.pid"
        pid = int(master.read_text())
        yield Taker("postfix", server.port, pid, lambda: _discarded(server), lambda: _drained(server))


def _discarded(server: Postfix) -> int:
    return (server.folder / "mail.log").read_text().count("status=sent (")


def _drained(server: Postfix) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS
    while "empty" not in server.queue("-p"):
        if time.monotonic() > deadline:
            sys.exit("Postfix's queue does not become empty")
        time.sleep(0.2)


@contextlib.contextmanager
def sink() -> Iterator[Taker]:
    """The bot's own server with nothing behind it."""
    command = [sys.executable, "-m", "tests.benchmarks.sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield Taker("nothing stored", int(process.stdout.readline()), process.pid, lambda: 0)
        finally:
            process.terminate()
