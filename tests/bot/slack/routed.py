"""A Slack side that sends leads to channels by rules, and what is to be seen in each channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack.app import Connection
from bot.slack.side import SlackSide
from bot.staff_settings import LiveSettings
from bot.status import Status, gather
from bot.workspace.identity import INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts

Json = dict[str, Any]
HOT_TO_INBOX = [{"when": {"urgency": "hot"}, "channel": INBOX_CHANNEL}]


@asynccontextmanager
async def at_work(
    core: Core, connection: Connection, settings: Settings, rules: Sequence[Json]
) -> AsyncIterator[SlackSide]:
    """A Slack side with rules that staff have set."""
    store = core.store
    store.staff_settings.set("routes", list(rules), STAFF_1)

    def status() -> Status:
        return gather(store.ledger, store.book, store.views, running=True, used=("card", "thread"))

    side = SlackSide(core, connection, settings, status, live=LiveSettings(settings, store.staff_settings))
    task = asyncio.create_task(side.run())
    try:
        await asyncio.wait_for(side.connected.wait(), 10)
        yield side
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def texts(staff: Staff, channel: str) -> list[str]:
    """What the bot posted there, cards and replies."""
    return [m.body["text"] for m in staff.workspace.store.messages(channel, -1) if not m.ephemeral_to]


async def caught_up(parts: Parts) -> bool:
    """Whether all that is to be seen in Slack is there."""
    return not parts.views.lag(("card", "thread", "batch"))


async def told_of_another_way(staff: Staff) -> bool:
    """Whether staff know that a rule's channel cannot be used."""
    return any("come here instead" in text for text in texts(staff, LEADS_CHANNEL))
