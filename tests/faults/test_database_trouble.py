"""A database that is locked, or gone for a while, under the running bot: senders come again, and all goes on."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import RequireServer, free_port
from tests.faults.hurried import PATIENCE
from tests.faults.sending import HURRIED, Sender, failed, said
from tests.servers.running_bot import RunningBot


@pytest.fixture
def bot_in(tmp_path: Path) -> Iterator[Callable[..., RunningBot]]:
    """Makes a bot that is not started yet."""
    made: list[RunningBot] = []

    def make(**environment: str) -> RunningBot:
        made.append(RunningBot(tmp_path, LEADBOT_SLACK_PER_SECOND="50", **environment))
        return made[-1]

    yield make
    for bot in made:
        bot.close()


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the write lock of a SQLite database, as a backup tool or a person with a shell may."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=20)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def all_shown(bot: RunningBot, sender: Sender) -> None:
    """Every mail that got its 250 is one lead with one card, and nothing else is there."""
    status = bot.settled(90)
    assert sorted(lead["contact"]["email"] for lead in bot.leads()) == sorted(sender.accepted)
    assert len(bot.cards()) == status["states"]["lead"] == status["received"] == len(sender.accepted)


def test_a_database_that_another_process_holds(bot_in: Callable[..., RunningBot], tmp_path: Path) -> None:
    """Each sender is answered 451 in bounded time, however many; what is at work waits, and nothing needs a restart."""
    bot = bot_in().start(HURRIED)
    sender = Sender(bot)
    for _ in range(5):
        assert sender.send() == 250
    with locked(tmp_path / "data" / "leadbot.db"):
        sender.slowest = 0.0
        began = time.monotonic()
        while time.monotonic() - began < 3 * PATIENCE:
            assert sender.send() == 451
        assert sender.slowest < 30
        assert failed(bot)["smtp"].startswith("senders are put off: ")
    sender.until(lambda code: code == 250)
    all_shown(bot, sender)
    assert failed(bot) == {}
    troubles = [line for line in said(bot) if "locked" in str(line)]
    assert 0 < len(troubles) < 20, "a line now and then, not one a mail or a second"
    assert bot.stop() == 0


class Postgres:
    """A server of the test's own, which it may stop."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.port = free_port()
        self._programs = programs
        self._folder = folder
        root = os.geteuid() == 0
        self._user = "postgres" if root else pwd.getpwuid(os.geteuid()).pw_name
        self._prefix = ["runuser", "-u", self._user, "--"] if root else []
        shutil.chown(folder, self._user)
        self._run("initdb", "-U", "leadbot", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._prefix, str(self._programs / program), "-D", f"{self._folder}/data", *arguments]
        with (self._folder / "setup.log").open("ab") as log:
            subprocess.run(command, cwd=self._folder, stdout=log, stderr=log, check=True, timeout=60)

    def start(self) -> None:
        """Answer."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-w", "-l", f"{self._folder}/server.log", "-o", options, "start")

    def stop(self) -> None:
        """Hang up on everybody at once, as a crash does."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture
def postgres(require_server: RequireServer) -> Iterator[Postgres]:
    """A started server."""
    with tempfile.TemporaryDirectory(prefix="leadbot-postgres-") as folder:
        server = Postgres(require_server("postgresql").parent, Path(folder))
        server.start()
        yield server
        with contextlib.suppress(subprocess.CalledProcessError):
            server.stop()


def test_a_postgresql_that_is_stopped_and_started_again(bot_in: Callable[..., RunningBot], postgres: Postgres) -> None:
    """With messages at work: 4xx while it is away, and every accepted one is shown once when it is back."""
    bot = bot_in(LEADBOT_DATABASE_URL=f"postgresql://leadbot@127.0.0.1:{postgres.port}/postgres").start(HURRIED)
    sender = Sender(bot)
    for _ in range(10):
        assert sender.send() == 250
    postgres.stop()
    assert sender.send() == 451
    assert "database" in failed(bot)
    postgres.start()
    sender.until(lambda code: code == 250)
    all_shown(bot, sender)
    assert failed(bot) == {}
    assert len(said(bot)) < 60, "a trouble that lasts is told of now and then"
    assert bot.stop() == 0
