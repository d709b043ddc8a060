"""The time a lead takes with 100,000 leads in the store, against the time with 1,000: two bots, measured in turns."""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tests.benchmarks.filled import fill
from tests.benchmarks.letters import Letter, letters
from tests.benchmarks.load import progress, send
from tests.benchmarks.pipeline import LIFTED, until
from tests.servers.running_bot import RunningBot

SMALL, LARGE = 1000, 100_000
ROUNDS = 5
BURST = 100


def measure(large: int = LARGE, burst: int = BURST) -> None:
    """Measure and print. Filling the large store takes some minutes."""
    say = sys.stdout.write
    with contextlib.ExitStack() as stack:
        began = time.monotonic()
        bots = {count: stack.enter_context(_filled(count)) for count in (SMALL, large)}
        say(f"filled in {time.monotonic() - began:.0f} s\n")
        source = letters(4)
        for bot in bots.values():
            _seconds_a_lead(bot, list(islice(source, burst)))  # not measured: what happens once happens here
        times: dict[int, list[float]] = {count: [] for count in bots}
        for number in range(ROUNDS):
            for count in (SMALL, large) if number % 2 else (large, SMALL):
                times[count].append(_seconds_a_lead(bots[count], list(islice(source, burst))))
        ratio = statistics.median(b / a for a, b in zip(times[SMALL], times[large], strict=True))
        told = ", ".join(f"{count} stored: {1000 * statistics.median(found):.0f} ms" for count, found in times.items())
        say(f"time a lead in bursts of {burst}, median of {ROUNDS}: {told}; ratio {ratio:.2f} ")
        say(f"(rounds {' '.join(f'{b / a:.2f}' for a, b in zip(times[SMALL], times[large], strict=True))})\n")


@contextlib.contextmanager
def _filled(count: int) -> Iterator[RunningBot]:
    with tempfile.TemporaryDirectory() as folder:
        bot = RunningBot(Path(folder), **LIFTED)
        try:
            fill(bot, count)
            yield bot.start()
        finally:
            bot.close()


def _seconds_a_lead(bot: RunningBot, burst: list[Letter]) -> float:
    """From the first 250 to the last card; then what follows the cards is waited for."""
    before = progress(bot).cards
    first, _ = send(bot.smtp_port, burst)
    until(bot, lambda now: now.cards >= before + len(burst))
    taken = time.monotonic() - first
    bot.settled(120)
    return taken / len(burst)


if __name__ == "__main__":
    measure(*map(int, sys.argv[1:]))
