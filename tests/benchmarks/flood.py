"""What a flood of mail does to the bot's memory: the most it ever had resident, against what it has when idle."""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from tests.benchmarks.letters import letters
from tests.benchmarks.load import Count, children, command, forget_peak, progress, resident, send
from tests.benchmarks.pipeline import LIFTED, until
from tests.servers.running_bot import RunningBot, running_bot

MAILS = 20_000
# A whole flood is worked off in many minutes; what holds for some of them holds for the rest.
WATCHED_SECONDS = 240.0
SETTLE_SECONDS = 5.0


def measure(mails: int = MAILS, seconds: float = WATCHED_SECONDS) -> None:
    """Measure and print. seconds: how long it is watched after the last mail was taken."""
    say = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder, running_bot(Path(folder), **LIFTED) as bot:
        send(bot.smtp_port, list(islice(letters(99), 1)))
        until(bot, lambda now: now.cards >= 1 and not now.waiting)
        time.sleep(SETTLE_SECONDS)
        processes = _processes(bot)
        idle = {name: resident(pid) for name, pid in processes.items()}
        for pid in processes.values():
            forget_peak(pid)
        took = _taken(bot, mails)
        now = _watched(bot, mails, seconds)
        say(f"flood: {mails} mails taken in {took:.0f} s, watched until {now.leads} leads and {now.cards} cards\n")
        for name, pid in processes.items():
            peak = resident(pid, peak=True)
            say(f"  {name}: idle {idle[name]:.0f} MB, peak {peak:.0f} MB, {peak / idle[name]:.2f} times\n")
        total, peaks = sum(idle.values()), sum(resident(pid, peak=True) for pid in processes.values())
        say(f"  together: idle {total:.0f} MB, peaks {peaks:.0f} MB, {peaks / total:.2f} times\n")


def _processes(bot: RunningBot) -> dict[str, int]:
    """The bot and the mail parser; the workspace stands for Slack and is not ours."""
    assert bot.process is not None
    found = {command(pid): pid for pid in children(bot.process.pid)}
    return {"bot": bot.process.pid} | {name: pid for name, pid in found.items() if name != "workspace"}


def _taken(bot: RunningBot, mails: int) -> float:
    """The seconds in which the bot took the mails; made while they are sent, so that they take no memory here."""
    began, source = time.monotonic(), letters(2)
    for start in range(0, mails, 1000):
        some = list(islice(source, min(1000, mails - start)))
        send(bot.smtp_port, some)
    return time.monotonic() - began


def _watched(bot: RunningBot, mails: int, seconds: float) -> Count:
    deadline = time.monotonic() + seconds
    while (now := progress(bot)).cards <= mails and time.monotonic() < deadline:
        time.sleep(1.0)
    return now


if __name__ == "__main__":
    measure(*map(int, sys.argv[1:]))
