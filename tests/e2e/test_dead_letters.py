"""A running bot and mail that it cannot read: parked, looked at, tried again, thrown away; and who may do what."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.slack import buttons
from tests.servers.running_bot import RunningBot, mail

BROKEN = str(Path(__file__).parent.parent / "faults" / "broken.py")


def _letters(bot: RunningBot) -> list[dict[str, Any]]:
    return [json.loads(line) for line in bot.cli("dead-letters", "--json").stdout.splitlines()]


def _states(bot: RunningBot) -> dict[str, int]:
    """The states that there are, by a ledger in balance."""
    status = bot.status()
    assert status["balanced"]
    assert status["received"] == sum(status["states"].values())
    return {state: count for state, count in status["states"].items() if count}


def _parked(bot: RunningBot, count: int) -> list[dict[str, Any]]:
    return bot.wait_for(lambda: found if len(found := _letters(bot)) == count else None)


def _through_quarantine_and_back(bot: RunningBot) -> None:
    bot.start((BROKEN, "parse_fails"))
    for name, subject in (("Ann", "Fence"), ("Bo", "Gate"), ("Cy", "Roof")):
        bot.send(mail(f"{name} <{name.lower()}@dead.example>", subject, f"FAIL-TO-PARSE: what does a {subject} cost?"))
    _parked(bot, 3)
    assert _states(bot) == {"quarantined": 3}
    found = {letter["subject"]: letter for letter in _letters(bot)}
    fence, gate, roof = (str(found[subject]["id"]) for subject in ("Fence", "Gate", "Roof"))
    assert (found["Fence"]["sender"], found["Fence"]["attempts"], found["Fence"]["stage"]) == (
        "a***@dead.example",
        3,
        "parse",
    )
    (notice,) = bot.wait_for(lambda: [m for m in bot.messages() if "set aside" in m["text"]])
    assert "leadbot dead-letters" in json.dumps(notice["blocks"])
    shown = bot.cli("dead-letters", "show", fence)
    assert (shown.returncode, "From: Ann <ann@dead.example>" in shown.stdout) == (0, True)
    assert "FAIL-TO-PARSE: what does a Fence cost?" in shown.stdout
    _again_and_again(bot, fence)
    assert bot.cli("dead-letters", "discard", gate).stdout == f"message {gate} is discarded\n"
    assert bot.stop() == 0
    # The cause is gone; one is tried again while no bot runs, the other by the bot that runs.
    assert "when the bot runs" in bot.cli("dead-letters", "retry", fence).stdout
    assert _states(bot) == {"in_progress": 1, "quarantined": 1, "discarded": 1}
    bot.start()
    assert bot.cli("dead-letters", "retry", roof).stdout == f"message {roof} is tried again\n"
    bot.wait_for(lambda: len(bot.cards()) == 2)
    assert bot.settled()["balanced"]
    assert _states(bot) == {"lead": 2, "discarded": 1}
    assert sorted(lead["subject"] for lead in bot.leads()) == ["Fence", "Roof"]
    assert (_letters(bot), bot.cli("dead-letters", "retry", gate).returncode) == ([], 1)
    status = bot.status()
    assert {"card", "thread", "index"} <= status["last_success"].keys()
    assert "last success" in bot.cli("status").stdout


def _again_and_again(bot: RunningBot, number: str) -> None:
    """While its cause is there, a retry ends where it began, after three attempts more."""
    assert bot.cli("dead-letters", "retry", number).stdout == f"message {number} is tried again\n"
    assert sum(_states(bot).values()) == 3
    again = bot.wait_for(
        lambda: next((a for a in _letters(bot) if str(a["id"]) == number and a["attempts"] == 6), None)
    )
    assert again["error"] == "the parser was made to fail"


def test_what_cannot_be_read_is_parked_and_comes_back(fresh_bot: Callable[..., RunningBot]) -> None:
    """Three attempts, a list, a look, a retry too early, one while no bot runs, one while it does, and a discard."""
    _through_quarantine_and_back(fresh_bot())


def test_the_same_on_postgresql(fresh_bot: Callable[..., RunningBot], postgres_url: str) -> None:
    """One code path."""
    _through_quarantine_and_back(fresh_bot(LEADBOT_DATABASE_URL=postgres_url))


def test_named_staff_alone_may_act(fresh_bot: Callable[..., RunningBot]) -> None:
    """Another member of the channel gets one clear line, sees nothing and changes nothing."""
    bot = fresh_bot(LEADBOT_STAFF="U0STAFF2").start()
    bot.send(mail("Ann <ann@staff.example>", "Fence", "How much is a new fence?"))
    (card,) = bot.wait_for(bot.cards)
    only = "Only the staff named in Leadbot's settings can do this"
    told = bot.command("show L-1")
    assert only in told
    assert "ann@staff.example" not in told
    bot.click(card, buttons.CLAIM, "U0STAFF1")
    bot.wait_for(lambda: [m for m in bot.messages() if m["text"] == only and m.get("ephemeral_to") == "U0STAFF1"])
    assert bot.leads()[0]["status"] == "open"
    bot.click(card, buttons.CLAIM, "U0STAFF2")
    bot.wait_for(lambda: bot.leads()[0]["status"] == "claimed")
