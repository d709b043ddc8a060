"""How soon a mail is a card, one mail at a time, and what the idle bot weighs."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.figures import bars, progress, quantile, resident
from tests.servers.running_bot import RunningBot, mail

MAILS = 30
PAUSE = 3.0
ASKS = (
    "Our boiler leaks onto the kitchen floor, can somebody come today?",
    "How much is a new garden fence, about twenty metres?",
    "I would like to book a consultation for next Thursday afternoon.",
    "The car shakes at motorway speed since the new tyres, please call me.",
    "Do you also clean windows in offices on weekends?",
)


def latency(bot: RunningBot, count: int) -> list[float]:
    """Seconds from the 250 to the card in the channel, one mail every three seconds."""
    found = []
    for number in range(count):
        began = time.monotonic()
        bot.send(
            mail(f"Customer {number} <c{number}@bench{number}.example>", f"Request {number}", ASKS[number % len(ASKS)])
        )
        accepted = time.monotonic()
        bot.wait_for(lambda n=number: len(bot.cards()) > n, 30)  # type: ignore[misc]
        found.append(time.monotonic() - accepted)
        progress(f"  mail {number + 1} of {count}: {found[-1] * 1000:.0f} ms")
        time.sleep(max(0.0, PAUSE - (time.monotonic() - began)))
    progress("")
    return found


def _started(bot: RunningBot) -> float:
    began = time.monotonic()
    bot.start()
    return time.monotonic() - began


def measure() -> None:
    """Measure and print."""
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder:
        bot = RunningBot(Path(folder))
        try:
            first = _started(bot)
            bot.stop()
            second = _started(bot)
            say(f"ready: first start {first:.1f} s, second start {second:.1f} s\n")
            assert bot.process is not None
            say(f"idle memory: {resident(bot.process.pid):.0f} MB\n")
            times = latency(bot, MAILS)
            p50, p95 = statistics.median(times), quantile(times, 0.95)
            say(f"250 OK to card visible, {len(times)} mails: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms\n")
            say(bars(times) + "\n")
            say(f"memory after them: {resident(bot.process.pid):.0f} MB\n")
        finally:
            bot.close()
