"""What a run happens in: the bot, a workspace that outlives it, an Ollama, an Airtable and the senders of mail."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.faults import neighbours, starter
from tests.faults.neighbours import Broken, stable_port
from tests.faults.senders import Senders
from tests.servers import airtable as airtable_server
from tests.servers import ollama as ollama_server
from tests.servers.airtable import AirtableServer
from tests.servers.ollama import OllamaServer
from tests.servers.running_bot import ROOT, RunningBot

SENDERS = 6
STARTS = 5
STOP_SECONDS = 60.0


class World:
    """One run's processes and servers. folder: where they keep what they have."""

    def __init__(self, folder: Path, airtable: AirtableServer, ollama: OllamaServer, workspace_port: int) -> None:
        self.folder = folder
        self.airtable = airtable
        self.ollama = ollama
        smtp_port = stable_port()
        self.bot = RunningBot(
            folder,
            LEADBOT_SMTP_PORT=str(smtp_port),
            LEADBOT_WORKSPACE_PORT=str(workspace_port),
            LEADBOT_SLACK_PER_SECOND="1000",
            LEADBOT_ANALYSIS_SECONDS="2",
            LEADBOT_LOG_LEVEL="info",
            OLLAMA_BASE_URL=ollama.url,
            AIRTABLE_API_KEY=airtable.token,
            AIRTABLE_BASE_ID=airtable.base,
            AIRTABLE_ENDPOINT_URL=airtable.url,
        )
        self.workspace = f"http://127.0.0.1:{workspace_port}"
        self.smtp_port = smtp_port
        self.senders = Senders(smtp_port, SENDERS)
        self.happened: Counter[str] = Counter()
        self.ends: list[str] = []

    @property
    def data(self) -> Path:
        """The bot's data folder."""
        return self.folder / "data"

    @property
    def workspace_file(self) -> Path:
        """The workspace's database."""
        return self.folder / "slack" / "workspace" / "workspace.db"

    @property
    def running(self) -> bool:
        """Whether the bot's process lives."""
        return self.bot.process is not None and self.bot.process.poll() is None

    @property
    def pid(self) -> int:
        """The bot's process id."""
        if self.bot.process is None:
            raise Broken("the bot was never started")
        return self.bot.process.pid

    def start(self) -> None:
        """Start the bot, again when it dies meanwhile as it was told to. Raises Broken when it will not."""
        for _ in range(STARTS):
            try:
                self.bot.start(("-m", "tests.faults.starter", str(self.folder)))
            except AssertionError as error:
                self.look(str(error))
            else:
                self.happened["start"] += 1
                return
        raise Broken(f"the bot did not start: {self.ends[-1:]} {self.bot.errors()}")

    def spawn(self) -> None:
        """Start the bot's process without waiting for it to be ready."""
        with (self.folder / "out.txt").open("wb") as out, (self.folder / "err.txt").open("ab") as err:
            self.bot.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.starter", str(self.folder), "run"],
                stdout=out, stderr=err, env=self.bot.environment, cwd=ROOT,
            )  # fmt: skip

    def look(self, why: str = "") -> None:
        """Note how a bot ended that nobody stopped: in a trap, or by itself."""
        process = self.bot.process
        if process is None or process.poll() is None:
            return
        if process.returncode == -signal.SIGKILL:
            self.happened["kill -9"] += 1
        else:
            self.ends.append(f"ended by itself with {process.returncode} {why}".strip()[:2000])

    def ensure(self) -> None:
        """A running bot, whatever became of the last."""
        if not self.running:
            self.look(self.bot.errors()[-500:])
            self.start()

    def kill(self) -> None:
        """End it as a power cut would, unless it is dead already."""
        if self.running:
            self.bot.kill()
            self.happened["kill -9"] += 1
        else:
            self.look()

    def terminate(self) -> None:
        """SIGTERM, and wait."""
        if not self.running or self.bot.process is None:
            self.look()
            return
        self.bot.process.terminate()
        try:
            code = self.bot.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.ends.append(f"did not end within {STOP_SECONDS:.0f} s of SIGTERM")
            self.bot.kill()
            return
        if code == -signal.SIGKILL:
            self.look()  # a trap was quicker
        elif code:
            self.ends.append(f"ended with {code} after SIGTERM: {self.bot.errors()[-500:]}")

    def control(self, path: str, **body: object) -> httpx.Response:
        """Ask the workspace's control API for something."""
        return httpx.post(f"{self.workspace}/control/{path}", json=body, timeout=30)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the bot's database, read beside it."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'leadbot.db'}?mode=ro", uri=True)) as database:
            database.execute("PRAGMA busy_timeout=30000")
            return database.execute(sql).fetchall()

    def unsettled(self) -> dict[str, int]:
        """What is still to be done: messages in progress, and each view's leads behind."""
        (count,) = self.query("SELECT count(*) FROM messages WHERE state = 'in_progress'")[0]
        behind: list[Any] = self.query("SELECT view, count(*) FROM views WHERE shown < wanted GROUP BY view")
        found = {"in progress": count, **dict(behind)}
        return {name: number for name, number in found.items() if number}

    def settle(self, seconds: float, tell: Progress) -> dict[str, int]:
        """Wait until nothing is to be done, for as long as something gets done within `seconds`; what is left."""
        left, since = self.unsettled(), time.monotonic()
        while (left or self.senders.waiting) and time.monotonic() - since < seconds:
            time.sleep(0.5)
            self.ensure()
            tell(self)
            now = self.unsettled()
            if now != left:
                left, since = now, time.monotonic()
        return left


class Progress:
    """Tells every few seconds how far a run has come."""

    def __init__(self, mails: int, steps: int, every: float = 5.0) -> None:
        self._mails, self._steps, self._every = mails, steps, every
        self._began = self._last = time.monotonic()
        self.step = 0

    def __call__(self, world: World) -> None:
        """Say so when it is time."""
        if self._every and time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            log, struck = world.senders.log, world.happened
            kills, all_faults = struck["kill -9"], sum(struck.values()) - struck["start"]
            left = ", ".join(f"{count} {name}" for name, count in world.unsettled().items()) or "nothing"
            print(  # noqa: T201 - the progress of a command
                f"{self._last - self._began:6.0f} s  step {self.step}/{self._steps}  {len(log.accepted)}/{self._mails} "
                f"accepted  {kills} kills  {all_faults} faults  to do: {left}", flush=True,
            )  # fmt: skip


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[World]:
    """A world without a bot yet; everything in it is stopped at the end."""
    with contextlib.ExitStack() as stack:
        port = stable_port()
        stack.enter_context(neighbours.workspace(folder, port))
        # It takes more requests than the real one, so that only the schedule makes trouble.
        airtable = stack.enter_context(airtable_server.serving(per_second=50, penalty=1.0))
        ollama = stack.enter_context(ollama_server.serving())
        world = World(folder, airtable, ollama, port)
        stack.callback(world.senders.stop)
        stack.callback(world.bot.close)
        stack.callback((folder / starter.TRAP).unlink, missing_ok=True)
        yield world
