"""A Slack side whose home tabs are looked at, and what people see on them; a test module names its fixtures."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import home_live
from bot.slack.app import Connection
from bot.slack.side import SlackSide
from bot.status import Status, gather
from bot.workspace.identity import STAFF_1
from enrichment.adapters.store.staff_settings import StaffSettings
from tests.bot.slack.staff import Staff, text_objects, until
from tests.enrichment.parts import Parts

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds here."""
    monkeypatch.setattr(home_live, "SETTLE_SECONDS", 0.05)
    monkeypatch.setattr(home_live, "LEAST_SECONDS", 0.1)


@pytest.fixture
def chosen(parts: Parts) -> StaffSettings:
    """What staff have set."""
    return StaffSettings(parts.database, parts.clock)


@asynccontextmanager
async def at_home(
    core: Core, connection: Connection, settings: Settings, door: socket.socket | None
) -> AsyncIterator[SlackSide]:
    """The side of a bot, connected."""
    store = core.store

    def status() -> Status:
        return gather(store.ledger, store.book, store.views, running=True, used=("card",))

    made = SlackSide(core, connection, settings, status, door=door)
    task = asyncio.create_task(made.run())
    try:
        await asyncio.wait_for(made.connected.wait(), 10)
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)


async def opened(staff: Staff, user: str = STAFF_1) -> Json:
    """This person's tab, when they have just gone there."""
    answer = await staff.client.post("/home", json={"user": user})
    assert answer.status_code == 200, answer.text
    return await until(lambda: tab(staff, user))


async def tab(staff: Staff, user: str, words: str = "") -> Json:
    """This person's tab when it says this; empty before."""
    for view in await staff.windows():
        if view["type"] == "home" and view["user"] == user and words in read(view):
            return view
    return {}


async def window(staff: Staff, user: str = STAFF_1) -> Json:
    """The window that this person has open."""
    found = [view for view in await staff.windows() if view["type"] == "modal" and view["user"] == user]
    return found[-1] if found else {}


def read(view: Json) -> str:
    """What people read in it."""
    return "\n".join(each["text"] for each in text_objects(view["blocks"]))
