"""kill -9 at each point of a message's way: after the restart there is one lead with one card."""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.running_bot import RunningBot, mail

BROKEN = str(Path(__file__).parent / "broken.py")
POINTS = ("after_row", "in_parse", "after_lead", "after_judgement", "before_post", "after_post", "in_index")
HELD_UP = "Hilda <hilda@fault.example>"


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[RunningBot]:
    """A bot that is not started yet."""
    made = RunningBot(tmp_path, LEADBOT_SLACK_PER_SECOND="50")
    yield made
    made.close()


def _is_dead(bot: RunningBot) -> Callable[[], bool]:
    return lambda: bot.process is not None and bot.process.poll() is not None


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_leaves_one_lead_and_one_card(bot: RunningBot, point: str) -> None:
    """The sender who got no 250 sends again, as mail servers do; the one who got it does not."""
    message = mail(HELD_UP, "Leak", "Water is leaking through the ceiling, please come today. Call 212-555-0170.")
    bot.start((BROKEN, point))
    accepted = False
    with contextlib.suppress(smtplib.SMTPException, OSError):
        bot.send(message)
        accepted = True
    bot.wait_for(_is_dead(bot))
    assert accepted == (point != "after_row")
    bot.start()
    if not accepted:
        bot.send(message)
    bot.wait_for(bot.cards, 30)
    status = bot.settled()
    assert [len(bot.leads()), len(bot.cards())] == [1, 1]
    assert status["received"] == 1
    assert status["states"]["lead"] == 1
    assert len([text for text in bot.thread(bot.cards()[0]) if text.startswith("Why")]) == 1
    assert bot.cli("similar", "--json", "leak in the ceiling").stdout.count('"id"') == 1


def test_a_mail_that_cannot_be_parsed_is_set_aside_and_the_next_goes_through(bot: RunningBot) -> None:
    """Three attempts, then quarantine: shown by `status`, told once in Slack, in nobody's way."""
    bot.start((BROKEN, "parse_fails"))
    bot.send(
        mail("Bad <bad@fault.example>", "Broken", "FAIL-TO-PARSE"),
        mail("Good <good@fault.example>", "Fence", "How much is a new garden fence?"),
    )
    (card,) = bot.wait_for(bot.cards)
    assert "good" in card["text"].lower()
    status = bot.wait_for(lambda: found if (found := bot.status())["states"]["quarantined"] else None)
    assert status["balanced"]
    (aside,) = status["quarantined"]
    assert (aside["stage"], aside["error"]) == ("parse", "the parser was made to fail")
    assert "the parser was made to fail" in bot.cli("status").stdout

    def notices() -> list[str]:
        return [m["text"] for m in bot.messages() if "could not be read" in m["text"]]

    assert len(bot.wait_for(notices)) == 1
    assert bot.stop() == 0
    bot.start()
    bot.send(mail("Next <next@fault.example>", "Gate", "And how much is a garden gate?"))
    bot.wait_for(lambda: len(bot.cards()) == 2)
    assert len(notices()) == 1


def test_a_lost_answer_from_slack_posts_nothing_twice(bot: RunningBot) -> None:
    """Slack posts the card and the connection breaks before its answer: the posting is found and adopted."""
    bot.start()
    bot.fault("chat.postMessage", "lost")
    bot.send(mail(HELD_UP, "Door", "The garage door is stuck, can you repair it tomorrow?"))
    bot.settled()
    assert len(bot.cards()) == 1
    bot.fault("chat.postMessage", "500")
    bot.fault("chat.postMessage", "429")
    bot.send(mail("Ivo <ivo@fault.example>", "Paint", "What does painting a fence cost?"))
    bot.settled()
    assert len(bot.cards()) == 2
