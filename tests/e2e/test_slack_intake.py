"""The bot as a process with customers in Slack: messages become leads, once each, whatever is killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from tests.servers.quick_slack import quick_slack
from tests.servers.running_bot import RunningBot, running_bot

CUSTOMER = "U0GUEST1"


def post(bot: RunningBot, path: str, **body: Any) -> dict[str, Any]:
    """Something that a person does in the workspace."""
    answer = httpx.post(f"{bot.workspace}/control/{path}", json=body, timeout=20)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def test_customers_in_slack(tmp_path: Path) -> None:
    """A message is a card at once; what follows stands in its thread, edits and deletions too; a form is another."""
    with running_bot(tmp_path) as bot:
        ts = post(bot, "message", user=CUSTOMER, channel="inbox", text="Hello, my brakes grind")["ts"]
        bot.wait_for(bot.cards)
        post(bot, "message", user=CUSTOMER, channel="inbox", text="It is an emergency, I am stuck!")
        post(bot, "form", channel="inbox", text="*Name:* Jo Miller\n*Email:* jo@example.com\n*Message:* My roof leaks")
        bot.wait_for(lambda: len(bot.cards()) == 2)
        post(bot, "edit", user=CUSTOMER, channel="inbox", ts=ts, text="Hello, my clutch slips")
        whole = "Hello, my clutch slips\nIt is an emergency, I am stuck!"
        # An event may still be on its way when the control API has answered.
        bot.wait_for(lambda: whole in [lead["text"] for lead in bot.leads()], 60)
        dana, jo = sorted(bot.leads(), key=lambda lead: int(lead["id"].removeprefix("L-")))
        assert (dana["contact"]["name"], dana["text"]) == ("Dana Whitfield", whole)
        assert jo["contact"]["email"] == "jo@example.com"
        assert {dana["channel"], jo["channel"]} == {"slack"}
        card = next(card for card in bot.cards() if dana["id"] + ")" in card["text"])
        post(bot, "delete", user=CUSTOMER, channel="inbox", ts=ts)
        bot.wait_for(lambda: any("deleted" in text for text in bot.thread(card)))
        bot.wait_for(lambda: any("edited" in text for text in bot.thread(card)))
        assert len(bot.cards()) == 2


def test_a_kill_between_the_event_and_its_answer_costs_nothing(tmp_path: Path) -> None:
    """What the dead bot did not take comes again, and there is one lead with all of it."""
    with quick_slack(tmp_path) as port, running_bot(tmp_path, LEADBOT_WORKSPACE_PORT=str(port)) as bot:
        for number in range(5):
            post(bot, "message", user=CUSTOMER, channel="inbox", text=f"My brakes grind, part {number}")
        bot.kill()
        bot.start()

        def is_whole() -> bool:
            return any(all(f"part {number}" in lead["text"] for number in range(5)) for lead in bot.leads())

        bot.wait_for(is_whole, 90)
        bot.settled()
        assert len(bot.leads()) == len(bot.cards()) == 1
