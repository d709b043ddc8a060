"""What a stranger tries first: the samples, by the same command as everybody, on a running bot."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.servers.running_bot import RunningBot, mail

Make = Callable[..., RunningBot]


@pytest.fixture
def bot(fresh_bot: Make) -> RunningBot:
    """A bot of this test's own that has seen no mail."""
    return fresh_bot(OLLAMA_BASE_URL="off").start()


def load(bot: RunningBot) -> None:
    """Load the samples and wait until all of them are shown."""
    assert "10 sample mails are on their way" in bot.command("samples")
    bot.settled()


def urgencies(text: str) -> list[int]:
    """The urgency of each lead in a list, in its order."""
    return [int(number) for number in re.findall(r"[🔴🟠🔵] (\d+) · L-", text)]


def test_samples_show_what_the_bot_does_and_leave_nothing_behind(bot: RunningBot) -> None:
    """Cards in the right order, one warning, two filtered; then as if nothing had been, and again."""
    for _ in range(2):
        load(bot)
        assert len(bot.cards()) == 8
        order = urgencies(bot.command(""))
        assert len(order) == 8
        assert order == sorted(order, reverse=True)
        assert (order[1] >= 70, 40 <= order[2] < 70, order[7] < 40) == (True, True, True)
        (warning,) = bot.warnings()
        assert "same e-mail priya@raman.test" in warning
        status = bot.status()
        assert (status["states"]["lead"], status["states"]["filtered"], status["balanced"]) == (8, 2, True)
        assert "Samples are already loaded" in bot.command("samples")
        assert "Removed 10 sample mails and 8 leads" in bot.command("samples remove")
        assert [m for m in bot.messages() if not m.get("ephemeral_to")] == []
        assert bot.leads() == []
        after = bot.status()
        assert (after["received"], after["balanced"], after["behind"]) == (0, True, {})


def test_a_real_lead_among_samples_is_untouched_and_unmatched(bot: RunningBot) -> None:
    """Though a sample's sender asks for a sample's work."""
    load(bot)
    text = "Could you give us an estimate for painting the whole exterior of our wooden house?"
    bot.send(mail("Priya Raman <priya@raman.test>", "House painting", text))
    bot.wait_for(lambda: len(bot.cards()) == 9 or None)
    bot.settled()
    (real,) = [lead for lead in bot.leads() if lead["text"].startswith("Could you give us an estimate for painting")]
    assert real["duplicate_of"] is None
    (card,) = [card for card in bot.cards() if f"({real['id']})" in card["text"]]
    thread = bot.thread(card)
    assert len(bot.warnings()) == 1
    bot.command("samples remove")
    assert [found["ts"] for found in bot.cards()] == [card["ts"]]
    assert bot.thread(card) == thread
    assert [lead["id"] for lead in bot.leads()] == [real["id"]]
    assert bot.status()["balanced"]


def test_a_removal_that_a_kill_broke_off_is_finished_by_the_next_start(bot: RunningBot) -> None:
    """Slack fails at a deletion, the bot is killed, and nobody has to press again."""
    load(bot)
    bot.fault("chat.delete", "500")
    assert "That did not work just now" in bot.command("samples remove")
    bot.kill()
    bot.start()
    bot.wait_for(lambda: not bot.cards() or None, 30)
    bot.wait_for(lambda: not bot.status()["received"] or None)
    assert bot.leads() == []
