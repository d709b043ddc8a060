"""How soon a click is acknowledged: twenty a second by two people, while mail comes in and the database is busy."""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from bot.slack import buttons
from tests.servers.running_bot import RunningBot, mail, running_bot

CLICKS_PER_SECOND = 20
SECONDS = 30
LEADS = 40
# Slack lets an app answer for three; this is what we promise.
WANTED_SECONDS = 1.0


def measure() -> None:
    """Measure and print: the median, the 99th hundredth and the slowest, and how many were not acknowledged."""
    with tempfile.TemporaryDirectory() as folder, running_bot(Path(folder), LEADBOT_SLACK_PER_SECOND="50") as bot:
        bot.send(*(_letter(number) for number in range(LEADS)))
        bot.settled(120)
        # Rows of a batch card have no button of that kind.
        cards = [card for card in bot.cards() if "lead_actions" in str(card.get("blocks"))]
        stop = threading.Event()
        busy = threading.Thread(target=_keep_busy, args=(bot, stop))
        busy.start()
        try:
            times, lost = _click(bot, cards)
        finally:
            stop.set()
            busy.join()
    ranked = sorted(times)
    middle, most = statistics.median(ranked), ranked[int(len(ranked) * 0.99)]
    sys.stdout.write(
        f"{len(ranked)} clicks in {SECONDS} s: median {middle * 1000:.0f} ms, p99 {most * 1000:.0f} ms, "
        f"slowest {ranked[-1] * 1000:.0f} ms (promised {WANTED_SECONDS * 1000:.0f}), not acknowledged {lost}\n"
    )


def _letter(number: int) -> Any:
    words = f"Number {number}: my brakes grind, please call me today, it is urgent. What would it cost?"
    return mail(f"Cust {number} <cust{number}@shop{number}.test>", f"Brakes {number}", words)


def _keep_busy(bot: RunningBot, stop: threading.Event) -> None:
    """Mail that never ends: each is stored, read, matched, shown."""
    number = LEADS
    while not stop.is_set():
        number += 1
        bot.send(_letter(number))


def _click(bot: RunningBot, cards: list[dict[str, Any]]) -> tuple[list[float], int]:
    """How long each click took until its ack, and how many had none."""
    times: list[float] = []
    lost: list[int] = []
    # Each waits for its answer; the clock goes on.
    with httpx.Client(base_url=f"{bot.workspace}/control", timeout=20) as client, ThreadPoolExecutor(64) as pool:

        def click(number: int) -> None:
            where = {"message_ts": cards[number % len(cards)]["ts"], "channel": "leads", "user": _user(number)}
            # Whichever of the two buttons the card shows by now.
            for action in (buttons.CLAIM, buttons.RELEASE):
                answer = client.post("/click", json=where | {"action_id": action})
                if answer.status_code == 200:
                    break
            told: dict[str, Any] = answer.json() if answer.status_code == 200 else {"error": "the card has no button"}
            if "error" in told:
                lost.append(number)
            else:
                times.append(told["ack_seconds"])

        began = time.monotonic()
        for number in range(CLICKS_PER_SECOND * SECONDS):
            time.sleep(max(0.0, began + number / CLICKS_PER_SECOND - time.monotonic()))
            pool.submit(click, number)
    return times, len(lost)


def _user(number: int) -> str:
    return ("U0STAFF1", "U0STAFF2")[number % 2]
