"""`make bench`: how soon a mail is a card, what the running bot weighs, how fast mail is taken. Figures, no verdicts.

Machines differ and are noisy: what is to be compared is measured side by side in one run, as a ratio.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import smtplib
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.running_bot import RunningBot, mail, running_bot

LATENCY_MAILS = 30
LATENCY_PAUSE = 3.0
RATE_MAILS = 600
RATE_CONNECTIONS = 10
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
        time.sleep(max(0.0, LATENCY_PAUSE - (time.monotonic() - began)))
    return found


def progress(text: str) -> None:
    """One line that the next one overwrites in a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def resident(pid: int) -> float:
    """The resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


class _Sink:
    """Answers every mail 250 and keeps nothing: what SMTP itself costs."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep nothing."""
        return "250 OK"


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """An SMTP server that stores nothing, on a thread of its own; its port."""
    loop = asyncio.new_event_loop()
    bound = socket.create_server(("127.0.0.1", 0))
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(_Sink(), hostname="sink", ident="sink"), sock=bound)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield int(bound.getsockname()[1])
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.close()


def accept_rate(port: int, count: int) -> float:
    """Mails a second that a server takes over ten connections at once."""

    def send(worker: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            for number in range(count // RATE_CONNECTIONS):
                message = mail(f"w{worker}@rate.example", f"Rate {worker} {number}", ASKS[number % len(ASKS)] * 20)
                client.send_message(message, to_addrs=["leads@localhost"])

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(RATE_CONNECTIONS) as pool:
        list(pool.map(send, range(RATE_CONNECTIONS)))
    return count / (time.monotonic() - began)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed."""
    return sorted(values)[max(0, round(share * len(values) + 0.499999) - 1)]


def bars(values: Sequence[float]) -> str:
    """How the times are spread: a row for each tenth of a second."""
    rows = []
    for tenth in range(int(max(values) * 10) + 1):
        count = sum(1 for value in values if int(value * 10) == tenth)
        rows.append(f"  {tenth * 100:>5}-{tenth * 100 + 99} ms  {'#' * count} {count or ''}".rstrip())
    return "\n".join(rows)


def main() -> None:
    """Measure and print."""
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder:
        bot = RunningBot(Path(folder))
        try:
            began = time.monotonic()
            bot.start()
            first = time.monotonic() - began
            bot.stop()
            began = time.monotonic()
            bot.start()
            second = time.monotonic() - began
            say(f"ready: first start {first:.1f} s, second start {second:.1f} s\n")
            assert bot.process is not None
            say(f"idle memory: {resident(bot.process.pid):.0f} MB\n")
            times = latency(bot, LATENCY_MAILS)
            progress("")
            p50, p95 = statistics.median(times), quantile(times, 0.95)
            say(f"250 OK to card visible, {len(times)} mails: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms\n")
            say(bars(times) + "\n")
            say(f"memory after them: {resident(bot.process.pid):.0f} MB\n")
        finally:
            bot.close()
    with tempfile.TemporaryDirectory() as folder, running_bot(Path(folder)) as taking, sink() as port:
        plain = accept_rate(port, RATE_MAILS)
        stored = accept_rate(taking.smtp_port, RATE_MAILS)
        say(f"mail taken: {stored:.0f}/s committed, {plain:.0f}/s by a server that stores nothing ")
        say(f"(ratio {stored / plain:.2f}, the same client, while the bot works on them)\n")


if __name__ == "__main__":
    main()
