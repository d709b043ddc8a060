"""Staff at work on a running bot: press, close, and find it all again after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from bot.slack import buttons, modals_outcome
from tests.servers.running_bot import RunningBot, mail

Json = dict[str, Any]


def _do(bot: RunningBot, path: str, **body: Any) -> Json:
    answer = httpx.post(f"{bot.workspace}/control/{path}", json=body, timeout=20)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def _saying(bot: RunningBot, words: str) -> Callable[[], Json | None]:
    """Looks for the card that says this."""
    return lambda: next((card for card in bot.cards() if words in card["text"]), None)


def _window(bot: RunningBot) -> Json | None:
    views: list[Json] = httpx.get(f"{bot.workspace}/control/views", timeout=10).json()["views"]
    return views[-1] if views else None


def test_a_lead_is_claimed_and_closed_over_a_kill(fresh_bot: Callable[..., RunningBot]) -> None:
    """The card follows each press, the thread tells who, and a killed bot goes on where it was."""
    bot = fresh_bot().start()
    bot.send(mail("Ann <ann@staff.example>", "Fence", "How much is a new fence?"))
    card = bot.wait_for(_saying(bot, "(L-1)"))
    _do(bot, "click", message_ts=card["ts"], action_id=buttons.CLAIM, user="U0STAFF1")
    bot.wait_for(_saying(bot, "Claimed by Maya Brooks"))
    bot.kill()
    bot.start()
    _do(bot, "click", message_ts=card["ts"], action_id=buttons.WON, user="U0STAFF2")
    window = bot.wait_for(lambda: _window(bot))
    filled = {modals_outcome.NOTE: {modals_outcome.NOTE: "Booked for Friday"}}
    _do(bot, "submit", view_id=window["id"], user="U0STAFF2", values=filled)
    bot.wait_for(_saying(bot, "🏆 Won · Maya Brooks"))
    bot.settled()
    assert [text for text in bot.thread(card) if " L-1" in text and not text.startswith("Why")] == [
        "🙋 Maya Brooks claimed L-1",
        "🏆 Tom Keller closed L-1 as won: Booked for Friday",
    ]
    (lead,) = bot.leads()
    assert (lead["status"], bot.cli("leads", "--json").stdout) == ("won", "")
    assert json.loads(bot.cli("status", "--json").stdout)["open_leads"] == 0
