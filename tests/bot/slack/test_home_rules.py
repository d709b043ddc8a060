"""The channel rules on the home tab, over the real workspace: added, removed, refused, and named."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack.app import Connection
from bot.slack.side import SlackSide
from bot.workspace.identity import INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, STAFF_2
from enrichment.adapters.store.staff_settings import StaffSettings
from tests.bot.slack import home_tabs
from tests.bot.slack.home_tabs import at_home, opened, tab, window
from tests.bot.slack.staff import Staff, until

SALES_CHANNEL = "C0SALES"

BOTH_TRANSPORTS = True

hurry, chosen = home_tabs.hurry, home_tabs.chosen


@pytest.fixture
async def side(
    core: Core, connection: Connection, settings: Settings, door: socket.socket | None, staff: Staff
) -> AsyncIterator[SlackSide]:
    """The side of a bot, connected; a channel for cards is there."""
    staff.workspace.store.add_channel(SALES_CHANNEL, "sales", "", (STAFF_1, STAFF_2))
    async with at_home(core, connection, settings, door) as made:
        yield made


async def test_channel_rules_are_added_and_removed(side: SlackSide, staff: Staff, chosen: StaffSettings) -> None:
    """A rule needs a condition; sent twice it is one rule; a stale Remove takes no other away."""
    view = await opened(staff)
    await staff.press_in(view, "home_add_rule")
    form = await until(lambda: window(staff))
    answer = await staff.submit(form, channel=SALES_CHANNEL)
    assert answer["ack"]["errors"] == {"urgency": "Choose at least one condition"}
    for wrong in ("!!", "german", "ge", "xx"):
        answer = await staff.submit(form, channel=SALES_CHANNEL, language=wrong)
        assert "two letters, such as de for German" in answer["ack"]["errors"]["language"]
    rule = {"channel": SALES_CHANNEL, "urgency": "hot", "language": "DE"}
    await staff.submit(form, **rule)
    for _ in range(2):
        view = await until(lambda: tab(staff, STAFF_1, "When urgency is hot, language is de: #sales"))
        await staff.press_in(view, "home_add_rule")
        await staff.submit(await until(lambda: window(staff)), **rule)
    assert chosen.all()["routes"] == [{"when": {"urgency": "hot", "language": "de"}, "channel": SALES_CHANNEL}]
    view = await until(lambda: tab(staff, STAFF_1, "When urgency is hot, language is de: #sales"))
    await staff.press_in(view, "home_remove_rule")
    assert chosen.all() == {}
    assert side._live.current.routes == ()


async def test_stale_remove_button_says_so(side: SlackSide, staff: Staff, chosen: StaffSettings) -> None:
    """It takes no other rule away."""
    gone, other = ({"when": {"urgency": urgency}, "channel": SALES_CHANNEL} for urgency in ("hot", "cold"))
    chosen.set("routes", [gone], STAFF_2)
    view = await opened(staff)
    chosen.set("routes", [other], STAFF_2)
    await staff.press_in(view, "home_remove_rule")
    assert chosen.all() == {"routes": [other]}
    assert "somebody has removed this rule already" in "".join(staff.whispers(STAFF_1))
    assert side.trouble == ""


async def test_no_rule_sends_cards_where_customers_write(side: SlackSide, staff: Staff, chosen: StaffSettings) -> None:
    """With cards in it, what they write there would be no lead; the lead channel itself is no such channel."""
    await staff.press_in(await opened(staff), "home_add_rule")
    form = await until(lambda: window(staff))
    answer = await staff.submit(form, channel=INBOX_CHANNEL, urgency="hot")
    assert "customers write" in answer["ack"]["errors"]["channel"]
    assert chosen.all() == {}
    await staff.submit(form, channel=LEADS_CHANNEL, urgency="hot")
    assert chosen.all()["routes"] == [{"when": {"urgency": "hot"}, "channel": LEADS_CHANNEL}]
    assert side.trouble == ""


async def test_channels_are_asked_for_their_names_once(side: SlackSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that Slack does not show us; a name, as leadbot.toml may say it, is none to ask for."""
    asked: list[str] = []
    home = side._home
    assert home is not None
    ask = home._slack.read

    async def read(method: str, **arguments: Any) -> dict[str, Any]:
        if method == "conversations.info":
            asked.append(arguments["channel"])
        return await ask(method, **arguments)

    monkeypatch.setattr(home._slack, "read", read)
    where = ("sales-hot", "C0HIDDEN", SALES_CHANNEL)
    names = [await home._channel(channel) for _ in range(3) for channel in where]
    assert names[-3:] == ["sales-hot", "C0HIDDEN", "sales"]
    assert asked == ["C0HIDDEN", SALES_CHANNEL]
