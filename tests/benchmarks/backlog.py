"""A start after a crash with many messages waiting: when SMTP answers, and how the backlog drains behind it."""

from __future__ import annotations

import contextlib
import socket
import sys
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path

from tests.benchmarks.letters import letters
from tests.benchmarks.load import Count, open_store, progress, send
from tests.servers.running_bot import RunningBot

MAILS = 10_000
WATCHED_SECONDS = 40
# Some a second: enough cards to see their order, slow enough that there is one.
CARDS_PER_SECOND = 2
SHOWN = """
SELECT avg(leads.urgency), count(*) FROM leads
JOIN views ON views.lead_id = leads.id AND views.view = 'card' WHERE views.shown > 0 AND leads.revision > 0
"""
WAITING = SHOWN.replace("views.shown > 0", "views.shown = 0")


def measure(mails: int = MAILS, seconds: int = WATCHED_SECONDS) -> None:
    """Measure and print."""
    say, port = sys.stdout.write, _free_port()
    settings = {"LEADBOT_SLACK_PER_SECOND": str(CARDS_PER_SECOND), "LEADBOT_LOG_LEVEL": "warning"}
    with tempfile.TemporaryDirectory() as folder:
        bot = RunningBot(Path(folder), LEADBOT_SMTP_PORT=str(port), **settings)
        try:
            _left(bot, mails)
            before = progress(bot)
            began, answered = time.monotonic(), Answered(port)
            bot.start()
            ready = time.monotonic() - began
            say(f"start with {before.waiting} of {mails} messages waiting: SMTP answers after ")
            say(f"{answered.moment() - began:.1f} s, ready after {ready:.1f} s\n")
            now = _watched(bot, seconds)
            rate = (now.leads - before.leads) / (time.monotonic() - began)
            say(f"  {rate:.1f} leads/s drain behind it, from the start of the process on; {_order(bot)}\n")
        finally:
            bot.close()


def _left(bot: RunningBot, mails: int) -> None:
    """Mails taken by a bot that was working on them, and killed."""
    bot.start(roles="ingest")
    source = letters(3)
    for start in range(0, mails, 1000):
        send(bot.smtp_port, list(islice(source, min(1000, mails - start))))
    bot.stop()
    bot.start()  # so that they are dispatched and some of them half done
    time.sleep(5.0)
    bot.kill()


class Answered:
    """Finds out when SMTP answers, from now on."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._at = 0.0
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def moment(self) -> float:
        """When it was (monotonic)."""
        self._thread.join()
        return self._at

    def _ask(self) -> None:
        while not self._at:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=60) as line:
                if line.recv(100).startswith(b"220"):
                    self._at = time.monotonic()
            time.sleep(0.02)


def _watched(bot: RunningBot, seconds: int) -> Count:
    time.sleep(seconds)
    return progress(bot)


def _order(bot: RunningBot) -> str:
    """The mean urgency of what is shown and of what is judged and waits: hot leads first."""
    with open_store(bot) as store:
        shown, cards = store.execute(SHOWN).fetchone()
        waits, rest = store.execute(WAITING).fetchone()
    return f"mean urgency of the {cards} shown {shown or 0:.0f}, of the {rest} judged that wait {waits or 0:.0f}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    measure(*map(int, sys.argv[1:]))
