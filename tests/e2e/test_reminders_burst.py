"""Hundreds of hot leads that nobody claims, over the running bot and a kill: staff are told once, and pinged once."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.letters import THINGS, TROUBLES
from tests.benchmarks.load import open_store
from tests.e2e import reminding_often
from tests.servers.running_bot import RunningBot, mail

Json = dict[str, Any]

PROGRAM = (str(Path(reminding_often.__file__)),)
# Longer than the test: what is due is said by the test.
MINUTES = 600
LONG_AGO = "2026-01-01 00:00:00.000000"
# Of a person, a group or everybody; a date is none.
MENTION = re.compile(r"<(?:@|!(?!date\^))[^>]*>")


def hot(count: int) -> Iterator[Any]:
    """Enquiries of somebody else each, all of them urgent."""
    for number in range(count):
        words = f"the {THINGS[number % len(THINGS)]} {TROUBLES[number // 3 % len(TROUBLES)]}"
        asked = f"URGENT: {words} and water is flooding the house right now, please call me immediately!"
        yield mail(f"Customer {number} <c{number}@house{number}.example>", f"Emergency {number}", asked)


def count_of(bot: RunningBot, where: str) -> int:
    """How many timers there are of which this is true."""
    with open_store(bot) as store:
        found: int = store.execute(f"SELECT count(*) FROM reminders WHERE {where}").fetchone()[0]
        return found


def let_time_pass(bot: RunningBot, count: int, step: int) -> None:
    """Every timer of this step runs out as soon as all of them are set."""
    bot.wait_for(lambda: count_of(bot, f"told_at IS NULL AND step = {step}") == count, 60)
    with contextlib.closing(sqlite3.connect(bot.folder / "data" / "leadbot.db", timeout=30)) as store, store:
        store.execute("UPDATE reminders SET due_at = ? WHERE step = ?", (LONG_AGO, step))


def saying(bot: RunningBot, sign: str) -> list[Json]:
    """The reminders that begin so."""
    return [message for message in bot.messages() if message["text"].startswith(sign)]


def remind(folder: Path, count: int) -> None:
    """So many hot leads wait, are raised, still wait, and are raised to somebody else, while the bot is killed."""
    settings = {"LEADBOT_SLACK_PER_SECOND": "50", "LEADBOT_LOG_LEVEL": "warning"}
    settings |= {"LEADBOT_HOURS": "Mon-Sun 0:00-24:00", "LEADBOT_REMIND_HOT": str(MINUTES)}
    with contextlib.closing(RunningBot(folder, **settings, LEADBOT_ESCALATE_TO="U0STAFF2")) as bot:
        bot.start(PROGRAM)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(bot.send, hot(count)))
        bot.settled(240)
        let_time_pass(bot, count, 1)
        bot.wait_for(lambda: saying(bot, "⏰"), 60)
        let_time_pass(bot, count, 2)
        bot.wait_for(lambda: saying(bot, "🚨"), 60)
        bot.kill()  # told, and perhaps not yet written down
        bot.start(PROGRAM)
        bot.wait_for(lambda: count_of(bot, "told_at IS NOT NULL") == 2 * count, 60)
        bot.settled(60)
        for sign in ("⏰", "🚨"):
            (told,) = saying(bot, sign)
            assert " hot leads are " in told["text"]
        said = [found for message in bot.messages() for found in MENTION.findall(json.dumps(message["blocks"]))]
        assert said == ["<@U0STAFF2>"]


def test_nobody_is_pinged_twice_for_leads_that_wait(tmp_path: Path) -> None:
    """One line for all of them, and one more with one ping."""
    remind(tmp_path, 40)


@pytest.mark.slow
def test_nobody_is_pinged_twice_for_three_hundred_leads_that_wait(tmp_path: Path) -> None:
    """As above."""
    remind(tmp_path, 300)
