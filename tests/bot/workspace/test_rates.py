"""Slack's rates of chat.update and views.*: a minute's worth may come at once, the next one is told when to come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.workspace.identity import BOT_TOKEN, BOT_USER_ID, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, STAFF_2
from bot.workspace.options import Options
from bot.workspace.rate import Rate
from bot.workspace.server import serving
from bot.workspace.workspace import Workspace

HOME = {"type": "home", "blocks": []}
Json = dict[str, Any]


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace with Slack's own rates, for which no time passes, however slow the machine is."""
    async with serving(tmp_path) as running:
        options, rates = running.options, running.rates
        rates.updates = Rate.per_minute(options.updates_per_minute, lambda: 0.0)
        rates.views = Rate.per_minute(options.views_per_minute, lambda: 0.0)
        yield running


async def calls(workspace: Workspace, method: str, times: int, **arguments: Any) -> list[httpx.Response]:
    """Call a method so many times."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        url = f"{workspace.base_url}/api/{method}"
        return [await client.post(url, json=arguments) for _ in range(times)]


async def test_fifty_updates_a_minute_in_each_channel(workspace: Workspace) -> None:
    """The 51st is a 429 with Retry-After and changes nothing; another channel is not held up."""
    posted = {}
    for channel_id in (LEADS_CHANNEL, INBOX_CHANNEL):
        channel = workspace.store.channel(channel_id)
        assert channel is not None
        posted[channel_id] = workspace.post(channel, BOT_USER_ID, {"text": "new"}).ts
    answers = await calls(workspace, "chat.update", 51, channel=LEADS_CHANNEL, ts=posted[LEADS_CHANNEL], text="a")
    assert [answer.status_code for answer in answers] == [200] * 50 + [429]
    assert answers[-1].json() == {"ok": False, "error": "ratelimited"}
    assert answers[-1].headers["Retry-After"] in ("1", "2")
    (other,) = await calls(workspace, "chat.update", 1, channel=INBOX_CHANNEL, ts=posted[INBOX_CHANNEL], text="b")
    assert other.json()["ok"]


async def test_a_hundred_views_a_minute_by_each_method(workspace: Workspace) -> None:
    """The 101st views.publish is a 429; views.open has a rate of its own."""
    answers = await calls(workspace, "views.publish", 101, user_id=STAFF_1, view=HOME)
    assert [answer.status_code for answer in answers] == [200] * 100 + [429]
    (other,) = await calls(workspace, "views.open", 1, trigger_id="1.2.3", view=HOME)
    assert (other.status_code, other.json()["error"]) == (200, "invalid_trigger_id")


def test_one_setting_makes_all_faster() -> None:
    """The rates of edits and views grow with that of messages."""
    assert (Options().updates_per_minute, Options().views_per_minute) == (50, 100)
    fast = Options(messages_per_second=20)
    assert (fast.updates_per_minute, fast.views_per_minute) == (1000, 2000)


async def test_what_is_shown_to_one_is_not_anothers(workspace: Workspace) -> None:
    """Another person can neither submit nor close a view, nor dismiss a message that is not for them alone."""
    leads = workspace.store.channel(LEADS_CHANNEL)
    assert leads is not None
    text = {"type": "plain_text", "text": "t"}
    view = workspace.views.open(STAFF_1, {"type": "modal", "title": text, "blocks": []})
    private = workspace.post(leads, BOT_USER_ID, {"text": "for Maya"}, ephemeral_to=STAFF_1)
    public = workspace.post(leads, BOT_USER_ID, {"text": "for all"})
    async with httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False) as client:

        async def status(path: str, **body: Any) -> int:
            return (await client.post(path, json=body)).status_code

        for path in ("/submit", "/close"):
            assert await status(path, view_id=view.id, user=STAFF_2) == 403
        assert await status("/dismiss", ts=private.ts, channel="leads", user=STAFF_2) == 403
        assert await status("/dismiss", ts=public.ts, channel="leads", user=STAFF_1) == 403
        assert len(workspace.store.messages(LEADS_CHANNEL)) == 2
        assert await status("/dismiss", ts=private.ts, channel="leads", user=STAFF_1) == 200
        assert await status("/close", view_id=view.id, user=STAFF_1) == 200
        assert await status("/close", view_id=view.id, user=STAFF_1) == 404
    assert [message.body["text"] for message in workspace.store.messages(LEADS_CHANNEL)] == ["for all"]
