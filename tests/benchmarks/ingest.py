"""How fast mail is taken: the bot beside Postfix, and beside itself storing nothing; then what a flood does to memory.

The client is Postfix's smtp-source: 4 KB mails, a connection each. The bot commits a mail before its 250, Postfix
writes it to its queue, both on the same file system with the durability that they come with.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.benchmarks import takers
from tests.benchmarks.figures import progress, resident
from tests.benchmarks.takers import RECIPIENT, Taker

SIZE = 4096
ROUNDS = 5
# Mails of one measurement, by the sessions at once.
COUNTS = {1: 600, 10: 2000, 50: 2000}
FLOOD_MAILS, FLOOD_STEPS, FLOOD_SESSIONS = 20_000, 10, 50

Rates = dict[str, list[float]]


def send(port: int, sessions: int, count: int) -> float:
    """Mails a second over so many sessions."""
    program = shutil.which("smtp-source", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        sys.exit("smtp-source is not here: it comes with Postfix")
    options = ["-s", str(sessions), "-m", str(count), "-l", str(SIZE), "-f", "customer@bench.example", "-t", RECIPIENT]
    began = time.monotonic()
    subprocess.run([program, *options, f"127.0.0.1:{port}"], check=True)
    return count / (time.monotonic() - began)


def _measured(taker: Taker, sessions: int, count: int) -> float:
    """One measurement; ends the benchmark when the server has not kept what it was given."""
    before = taker.taken()
    rate = send(taker.port, sessions, count)
    taker.settled()
    kept = taker.taken() - before
    if kept != count and taker.name != "nothing stored":
        sys.exit(f"{taker.name} took {kept} of {count} mails")
    return rate


def _compared(servers: Sequence[Taker], sessions: int, count: int) -> Rates:
    """Each server's rates, measured in turns; each round begins with another."""
    rates: Rates = {server.name: [] for server in servers}
    for number in range(ROUNDS):
        start = number % len(servers)
        for server in itertools.islice(itertools.cycle(servers), start, start + len(servers)):
            rates[server.name].append(_measured(server, sessions, count))
            progress(f"  {sessions} sessions, round {number + 1}: {server.name} {rates[server.name][-1]:.0f}/s")
    progress("")
    return rates


def _row(sessions: int, rates: Rates) -> str:
    """Median, smallest and largest rate of each server, and the ratios of the medians."""
    medians = {name: statistics.median(found) for name, found in rates.items()}
    cells = [f"{medians[name]:6.0f} ({min(found):.0f}-{max(found):.0f})" for name, found in rates.items()]
    ours = medians.pop("leadbot")
    ratios = [f"{ours / other:.2f}" for other in medians.values()]
    return (
        f"{sessions:>8} "
        + "".join(f"{cell:>22}" for cell in cells)
        + "".join(f"{ratio:>18}" for ratio in ratios)
        + "\n"
    )


def measure() -> None:
    """Measure and print."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(make()) for make in (takers.bot, takers.postfix, takers.sink)]
        for server in servers:
            send(server.port, 10, 200)  # caches are filled, processes started
            server.settled()
        sys.stdout.write(f"mails a second, median of {ROUNDS} (smallest-largest), 4 KB, a connection each\n")
        sys.stdout.write(_heading(servers))
        for sessions, count in COUNTS.items():
            sys.stdout.write(_row(sessions, _compared(servers, sessions, count)))
            sys.stdout.flush()


def _heading(servers: Sequence[Taker]) -> str:
    names = [server.name for server in servers]
    ratios = [f"/ {name}" for name in names[1:]]
    return "sessions " + "".join(f"{name:>22}" for name in names) + "".join(f"{name:>18}" for name in ratios) + "\n"


def memory() -> None:
    """The resident memory of the ingest role while many mails come in."""
    with takers.bot() as server:
        send(server.port, FLOOD_SESSIONS, 200)
        found = [resident(server.pid)]
        for _ in range(FLOOD_STEPS):
            _measured(server, FLOOD_SESSIONS, FLOOD_MAILS // FLOOD_STEPS)
            found.append(resident(server.pid))
        steps = " ".join(f"{value:.0f}" for value in found)
        sys.stdout.write(f"memory in MB, before and after each {FLOOD_MAILS // FLOOD_STEPS:,} mails: {steps}\n")
