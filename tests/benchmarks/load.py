"""Load for the benchmarks: senders over real connections, and how far a bot has come.

What is slow must be told from what stands in its way: the processor time of each process is counted apart.
"""

from __future__ import annotations

import concurrent.futures
import os
import smtplib
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.letters import Letter
from tests.servers.running_bot import RunningBot


def send(port: int, mails: Sequence[Letter], connections: int = 10) -> tuple[float, float]:
    """Hand the mails over, over so many connections at once; when the first and the last 250 came (monotonic)."""

    def deliver(worker: int) -> list[float]:
        times = []
        with smtplib.SMTP("127.0.0.1", port, timeout=120, local_hostname="load") as client:
            for letter in mails[worker::connections]:
                client.sendmail(letter.sender, ["leads@localhost"], letter.content)
                times.append(time.monotonic())
        return times

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        times = [moment for worker in pool.map(deliver, range(connections)) for moment in worker]
    return min(times), max(times)


@dataclass(frozen=True)
class Count:
    """How far a bot has come. cards: leads shown in Slack, in their own card or as a row of another."""

    waiting: int
    leads: int
    cards: int


def progress(bot: RunningBot) -> Count:
    """Read from the bot's store beside it, which disturbs it less than asking it."""
    with open_store(bot) as store:
        return Count(
            waiting=_one(store, "SELECT count(*) FROM messages WHERE state = 'in_progress'"),
            leads=_one(store, "SELECT count(*) FROM leads WHERE revision > 0"),
            cards=_one(store, "SELECT count(*) FROM views WHERE view = 'card' AND shown > 0"),
        )


class open_store(sqlite3.Connection):  # noqa: N801 - used as a function
    """The bot's store, for reading."""

    def __init__(self, bot: RunningBot) -> None:
        super().__init__(f"file:{bot.folder / 'data' / 'leadbot.db'}?mode=ro", uri=True, timeout=30)

    def __exit__(self, *_: object) -> None:  # type: ignore[override]
        self.close()


def _one(store: sqlite3.Connection, query: str) -> int:
    return int(store.execute(query).fetchone()[0])


def resident(pid: int, *, peak: bool = False) -> float:
    """The resident memory of a process in MB; peak: the most since `forget_peak`."""
    name = "VmHWM:" if peak else "VmRSS:"
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) / 1024


def forget_peak(pid: int) -> None:
    """Count the peak of a process's memory from now on (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def children(pid: int) -> list[int]:
    """The processes that it has started itself and that live."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def command(pid: int) -> str:
    """What the process is: `worker` (the mail parser), `workspace`, ..."""
    line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    words = [word.decode() for word in line if word]
    named = [word for word in words if word.startswith(("channels.", "bot.")) or word == "workspace"]
    return named[-1] if named else words[0]


def seconds_used(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cores:
    """Who used the cores since it was made."""

    def __init__(self, bot: RunningBot) -> None:
        assert bot.process is not None
        self._pids = {"bot": bot.process.pid} | {command(pid): pid for pid in children(bot.process.pid)}
        self._began = time.monotonic()
        self._before = {name: seconds_used(pid) for name, pid in self._pids.items()}
        self._own = time.process_time()

    def told(self, leads: int) -> str:
        """`cores used: bot 0.93, ...`, the senders among them, and what the bot's processes used for a lead."""
        passed = time.monotonic() - self._began
        used = {name: seconds_used(pid) - self._before[name] for name, pid in self._pids.items()}
        ours = sum(seconds for name, seconds in used.items() if name != "workspace")
        used["senders"] = time.process_time() - self._own
        shares = ", ".join(f"{name} {seconds / passed:.2f}" for name, seconds in used.items())
        return f"cores used: {shares}; processor time a lead: {1000 * ours / leads:.0f} ms"
