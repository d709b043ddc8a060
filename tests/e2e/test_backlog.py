"""A start with a backlog: mail is taken at once, and what waited is worked off behind it, hot leads first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.load import progress
from tests.servers.running_bot import RunningBot, mail

COLD, HOT = 90, 3


@pytest.fixture
def slow_slack(tmp_path: Path) -> Iterator[RunningBot]:
    """A bot, not started yet, whose Slack takes so few messages that the cards must queue."""
    bot = RunningBot(tmp_path, LEADBOT_SLACK_PER_SECOND="2")
    yield bot
    bot.close()


def backlog(bot: RunningBot) -> None:
    """Taken by a bot that does nothing else, the hot ones last, and then by one that is killed in the midst of them."""
    bot.start(roles="ingest")
    for number in range(COLD):
        words = f"Number {number}: no hurry, some day next year we may want a price list for garden sheds."
        bot.send(mail(f"Cold <c{number}@cold{number}.example>", f"Price list {number}", words))
    for number in range(HOT):
        words = "URGENT: gas smell and water is flooding the kitchen right now, please call me immediately!"
        bot.send(mail(f"Hot <h{number}@hot{number}.example>", f"Emergency {number}", words))
    bot.stop()
    bot.start()
    bot.wait_for(lambda: progress(bot).leads > 5)
    bot.kill()


def test_a_backlog_after_a_crash_holds_up_neither_new_mail_nor_hot_leads(slow_slack: RunningBot) -> None:
    """SMTP answers while the backlog waits; each message becomes one lead; the hot ones overtake the cold in Slack."""
    bot = slow_slack
    backlog(bot)
    waiting = progress(bot).waiting
    assert waiting > COLD / 2
    bot.start()
    bot.send(mail("New <new@new.example>", "New mail", "How much is a new front door?"))
    assert progress(bot).waiting > 0, "the backlog was gone before it could hold anything up"

    def hot() -> list[int]:
        found = [place for place, card in enumerate(bot.cards()) if "Emergency" in str(card) or "Hot" in card["text"]]
        return found if len(found) == HOT else []

    places = bot.wait_for(hot, 90)
    assert max(places) < COLD / 2, "the hot leads came last of all and had to wait for the cold ones"
    bot.wait_for(lambda: not progress(bot).waiting, 90)
    now = progress(bot)
    assert now.leads == COLD + HOT + 1
    status = bot.status()
    assert status["states"]["lead"] == now.leads
    assert status["states"]["quarantined"] == 0
