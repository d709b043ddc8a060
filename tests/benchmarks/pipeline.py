"""The whole path without a language model, Slack's limit lifted: leads a second, with a thousand workflows at once."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from tests.benchmarks.letters import letters
from tests.benchmarks.load import Cores, Count, open_store, progress, send
from tests.servers.running_bot import RunningBot, running_bot

# So many that a thousand workflows wait at once.
MAILS = 2000
WARM = 30
PATIENCE = 300.0
# Slack's one message a second would be all that is measured.
LIFTED = {"LEADBOT_SLACK_PER_SECOND": "1000", "LEADBOT_LOG_LEVEL": "warning"}
ALIVE = "SELECT count(*) FROM workflow_status WHERE status IN ('ENQUEUED', 'PENDING') AND name = 'message'"


def warm(bot: RunningBot) -> None:
    """Some leads first, so that nothing is measured that happens once."""
    send(bot.smtp_port, list(islice(letters(99), WARM)))
    until(bot, lambda now: now.cards >= WARM and not now.waiting)


def until(bot: RunningBot, reached: Callable[[Count], bool]) -> Count:
    """Wait until the bot has come so far."""

    def look() -> Count | None:
        time.sleep(0.15)
        found = progress(bot)
        return found if reached(found) else None

    return bot.wait_for(look, PATIENCE)


def measure(mails: int = MAILS) -> None:
    """Measure and print."""
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder, running_bot(Path(folder), **LIFTED) as bot:
        warm(bot)
        load, cores, alive = list(islice(letters(1), mails)), Cores(bot), 0
        first, last = send(bot.smtp_port, load)
        done: dict[str, float] = {}
        while "cards" not in done:
            time.sleep(0.1)
            now, moment = progress(bot), time.monotonic()
            with open_store(bot) as store:
                alive = max(alive, store.execute(ALIVE).fetchone()[0])
            if not now.waiting:
                done.setdefault("leads", moment)
            if now.cards >= mails + WARM:
                done["cards"] = moment
            assert moment < last + PATIENCE, f"{now} after {PATIENCE} s"
        say(f"whole path, {mails} mails, limiter lifted: {mails / (done['cards'] - first):.1f} leads/s to the card, ")
        say(f"{mails / (done['leads'] - first):.1f}/s to the committed lead ")
        say(f"(mail taken at {mails / (last - first):.0f}/s); at most {alive} workflows in progress at once\n")
        say(f"  {cores.told(mails)}\n")


if __name__ == "__main__":
    measure(*map(int, sys.argv[1:]))
