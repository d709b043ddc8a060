"""A burst of leads by SMTP, and what it looks like in Slack: `python -m tests.benchmarks.burst [LEADS SECONDS RATE]`.

One in ten is hot and comes anywhere among the others; Slack's rate is its real one unless another is given.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.benchmarks.letters import THINGS, TROUBLES
from tests.benchmarks.load import open_store
from tests.servers.running_bot import RunningBot, mail, running_bot

LEADS, SECONDS, RATE = 300, 60.0, 1.0
HOT_OF_TEN, WARM_OF_TEN = 3, (0, 4, 6, 8)  # which of ten mails
SENDERS = 4
_ROW = re.compile(r"lead:(\d+)")
_CARD = re.compile(r"\(L-(\d+)\)$")


@dataclass(frozen=True)
class Shown:
    """What stands in the channel. hot: the leads that are hot; cards, rows: the leads in the order of the channel."""

    hot: frozenset[int]
    cards: list[int]
    rows: list[int]
    roots: list[dict[str, Any]]
    texts: list[str]

    @property
    def lists(self) -> list[dict[str, Any]]:
        """The batch cards."""
        return [root for root in self.roots if " in one list" in root["text"]]


def burst(count: int) -> Iterator[EmailMessage]:
    """So many enquiries, each of somebody else about something else."""
    for number in range(count):
        words = f"the {THINGS[number % len(THINGS)]} {TROUBLES[number // 3 % len(TROUBLES)]}"
        if number % 10 == HOT_OF_TEN:
            asked = f"URGENT: {words} and water is flooding the house right now, please call me immediately!"
        elif number % 10 in WARM_OF_TEN:
            asked = f"How much would it be? {words}. I would like a quote."
        else:
            asked = f"No hurry: {words}. Some day next year we may want a price list."
        name = f"Customer {number}"
        yield mail(f"{name} <c{number}@house{number}.example>", f"About {words} ({number})", f"Hello,\n{asked}\n{name}")


def send(bot: RunningBot, count: int, seconds: float) -> None:
    """Send the burst, evenly over so many seconds."""
    began = time.monotonic()

    def deliver(numbered: tuple[int, EmailMessage]) -> None:
        number, message = numbered
        time.sleep(max(0.0, began + seconds * number / count - time.monotonic()))
        bot.send(message)

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(deliver, enumerate(burst(count))))


def shown(bot: RunningBot) -> Shown:
    """What stands in the channel now."""
    with open_store(bot) as store:
        hot = frozenset(row[0] for row in store.execute("SELECT id FROM leads WHERE revision > 0 AND urgency >= 70"))
    messages = bot.messages()
    roots = [message for message in messages if message["thread_ts"] is None]
    cards = [int(found[1]) for root in roots if (found := _CARD.search(root["text"]))]
    blocks = (block.get("block_id") or "" for root in roots for block in root["blocks"] or ())
    rows = [int(found[1]) for found in map(_ROW.fullmatch, blocks) if found]
    return Shown(hot, cards, rows, roots, [json.dumps(message, ensure_ascii=False) for message in messages])


def watch(bot: RunningBot, count: int, seconds: float) -> tuple[float, Shown]:
    """Wait until every lead is shown; when all hot ones were (seconds from now), and what stands there."""
    began, hot_at = time.monotonic(), 0.0
    while time.monotonic() - began < seconds:
        now = shown(bot)
        if not hot_at and len(now.hot) >= count // 10 and now.hot <= {*now.cards}:
            hot_at = time.monotonic() - began
        if hot_at and len({*now.cards, *now.rows}) == count:
            return hot_at, now
        time.sleep(0.5)
    raise AssertionError(f"{len({*now.cards, *now.rows})} of {count} shown, {len(now.hot)} hot: {bot.errors()}")


def measure(count: int = LEADS, seconds: float = SECONDS, rate: float = RATE) -> None:
    """Measure and print."""
    settings = {"LEADBOT_SLACK_PER_SECOND": str(rate), "LEADBOT_LOG_LEVEL": "warning"}
    with tempfile.TemporaryDirectory() as folder, running_bot(Path(folder), **settings) as bot:
        with ThreadPoolExecutor(1) as pool:
            sending, began = pool.submit(send, bot, count, seconds), time.monotonic()
            hot_at, found = watch(bot, count, 10 * seconds)
            all_at = time.monotonic() - began
            sending.result()
        say = f"{count} leads in {seconds:.0f} s, {rate:g} messages/s: {len(found.hot)} hot ones shown after"
        say = f"{say} {hot_at:.0f} s, all after {all_at:.0f} s"
        sys.stdout.write(f"{say}: {len(found.roots)} messages in the channel, ")
        sys.stdout.write(f"{len(found.cards)} cards and {len(found.lists)} lists\n")


if __name__ == "__main__":
    measure(*(kind(given) for kind, given in zip((int, float, float), sys.argv[1:], strict=False)))
