"""Slack's rates of chat.update and views.*: a minute's worth may come at once, the next one is told when to come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.workspace.identity import BOT_TOKEN, BOT_USER_ID, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, STAFF_2
from bot.workspace.method_rates import MethodRates
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.workspace import Workspace

HOME = {"type": "home", "blocks": []}
Json = dict[str, Any]


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace with Slack's own rates, for which no time passes, however slow the machine is."""
    async with serving(tmp_path) as running:
        running.rates = MethodRates(running.options, lambda: 0.0)
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


async def test_every_method_has_its_tier(workspace: Workspace) -> None:
    """users.list may come twenty times a minute, users.info a hundred; who comes too early is told when to come."""
    answers = await calls(workspace, "users.list", 21)
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) == 3
    assert (await calls(workspace, "users.info", 1, user=STAFF_1))[0].status_code == 200


async def test_a_small_history(tmp_path: Path) -> None:
    """For an app that is sold outside the marketplace: fifteen messages, once a minute, of history and of replies."""
    async with serving(tmp_path / "small", Options(small_history=True)) as small:
        small.rates = MethodRates(small.options, lambda: 0.0)
        leads = small.store.channel(LEADS_CHANNEL)
        assert leads is not None
        root, *_ = [small.post(leads, BOT_USER_ID, {"text": str(n)}) for n in range(20)]
        for method, more in (("conversations.history", {}), ("conversations.replies", {"ts": root.ts})):
            first, second = await calls(small, method, 2, channel=LEADS_CHANNEL, limit=100, **more)
            assert len(first.json()["messages"]) == (15 if method.endswith("history") else 1)
            assert (second.status_code, second.headers["Retry-After"]) == (429, "60")


def test_one_setting_makes_all_faster() -> None:
    """The rate of edits grows with that of messages."""
    assert (Options().updates_per_minute, Options(messages_per_second=20).updates_per_minute) == (50, 1000)


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
