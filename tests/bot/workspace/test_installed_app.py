"""What the app's manifest leaves out is refused, as Slack does it: scopes, events, commands, shortcuts, home tab."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.slack.manifest import manifest as the_bots
from bot.workspace import events
from bot.workspace.app import App
from bot.workspace.identity import BOT_TOKEN, LEADS_CHANNEL, STAFF_1
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.workspace import Workspace

Json = dict[str, Any]
BARE: Json = {
    "oauth_config": {"scopes": {"bot": ["chat:write"]}},
    "features": {
        "slash_commands": [{"command": "/lead"}],
        "shortcuts": [{"name": "Create Lead", "type": "message", "callback_id": "create", "description": "d"}],
        "app_home": {"messages_tab_read_only_enabled": True},
    },
    "settings": {"event_subscriptions": {"bot_events": ["message.im"]}},
}
QUICK = Options(ack_timeout=0.2, quiet=0.1, longest_wait=0.5)
HOME = {"type": "home", "blocks": []}


@asynccontextmanager
async def installed(folder: Path, manifest: Json | None = BARE) -> AsyncIterator[tuple[Workspace, httpx.AsyncClient]]:
    """A workspace whose app is installed with this manifest, and a client with the bot's token."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with (
        serving(folder, replace(QUICK, manifest=manifest)) as workspace,
        httpx.AsyncClient(base_url=workspace.base_url, headers=headers, trust_env=False) as client,
    ):
        yield workspace, client


@pytest.mark.parametrize(
    ("method", "arguments", "needed"),
    [
        ("conversations.history", {"channel": LEADS_CHANNEL}, "channels:history"),
        ("conversations.history", {"channel": "D0STAFF1"}, "im:history"),
        ("conversations.replies", {"channel": LEADS_CHANNEL, "ts": "1.1"}, "channels:history"),
        ("conversations.info", {"channel": LEADS_CHANNEL}, "channels:read"),
        ("conversations.list", {"types": "im"}, "im:read"),
        ("conversations.open", {"users": STAFF_1}, "im:write"),
        ("files.getUploadURLExternal", {"filename": "a", "length": 1}, "files:write"),
        ("files.info", {"file": "F1"}, "files:read"),
        ("reactions.add", {}, "reactions:write"),
        ("users.info", {"user": STAFF_1}, "users:read"),
    ],
)
async def test_a_missing_scope(tmp_path: Path, method: str, arguments: Json, needed: str) -> None:
    """The refusal names the scope that is needed and those that there are."""
    async with installed(tmp_path) as (_, client):
        answer = (await client.post(f"/api/{method}", json=arguments)).json()
        assert answer == {"ok": False, "error": "missing_scope", "needed": needed, "provided": "chat:write"}
        posted = await client.post("/api/chat.postMessage", json={"channel": LEADS_CHANNEL, "text": "a"})
        assert posted.json()["ok"]
        assert posted.headers["x-oauth-scopes"] == "chat:write"


async def test_only_what_is_subscribed_to_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages of channels, mentions and an opened home tab are kept from an app that asked for direct messages."""
    async with installed(tmp_path, {**BARE, "oauth_config": {"scopes": {"bot": ["im:history"]}}}) as (
        workspace,
        client,
    ):
        heard: list[Json] = []
        monkeypatch.setattr(workspace.hub, "send_event", lambda payload: heard.append(payload["event"]))
        leads, dm = workspace.store.channel("leads"), workspace.store.channel("D0STAFF1")
        assert leads is not None
        assert dm is not None
        workspace.post(leads, STAFF_1, {"text": "<@U0LEADBOT> a"})
        await client.post("/control/home", json={})
        assert heard == []
        workspace.post(dm, STAFF_1, {"text": "b"})
        assert [(event["channel_type"], event["text"]) for event in heard] == [("im", "b")]


async def test_an_event_wants_its_scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack takes no subscription to what the token may not read: nothing of it is heard."""
    wanted = {"event_subscriptions": {"bot_events": ["message.channels", "message.im", "app_mention"]}}
    manifest = {**BARE, "settings": wanted, "oauth_config": {"scopes": {"bot": ["channels:history"]}}}
    async with installed(tmp_path, manifest) as (workspace, _):
        heard: list[Json] = []
        monkeypatch.setattr(workspace.hub, "send_event", lambda payload: heard.append(payload["event"]))
        for channel in (workspace.store.channel("leads"), workspace.store.channel("D0STAFF1")):
            assert channel is not None
            workspace.post(channel, STAFF_1, {"text": "<@U0LEADBOT> a"})
        assert [(event["type"], event["channel_type"]) for event in heard] == [("message", "channel")]


def test_each_event_goes_by_its_name() -> None:
    """A message is message.channels or message.im by where it stands; all else goes by its type."""
    assert events.subscription({"type": "message", "channel_type": "channel"}) == "message.channels"
    assert events.subscription({"type": "message", "channel_type": "im"}) == "message.im"
    assert events.subscription(events.home_opened(STAFF_1, None)) == "app_home_opened"


async def test_what_the_app_has_not_cannot_be_started(tmp_path: Path) -> None:
    """An unknown command or shortcut is told to be none; a shortcut for messages is none from anywhere."""
    async with installed(tmp_path) as (_, client):
        ts = (await client.post("/api/chat.postMessage", json={"channel": LEADS_CHANNEL, "text": "a"})).json()["ts"]
        on = {"channel": LEADS_CHANNEL, "message_ts": ts}
        assert (await client.post("/control/command", json={"command": "/other"})).status_code == 404
        assert (await client.post("/control/shortcut", json={"callback_id": "create"})).status_code == 404
        assert (await client.post("/control/shortcut", json={"callback_id": "other", **on})).status_code == 404
        known = await client.post("/control/shortcut", json={"callback_id": "create", **on})
        assert (known.status_code, known.json()["error"]) == (200, "dispatch_failed")  # nobody is connected


async def test_the_home_tab_and_messages_to_the_app(tmp_path: Path) -> None:
    """Neither works unless the manifest turns it on."""
    publish = {"user_id": STAFF_1, "view": HOME}
    write = {"channel": "D0STAFF1", "text": "hello"}
    async with installed(tmp_path) as (workspace, client):
        assert (await client.post("/api/views.publish", json=publish)).json()["error"] == "not_enabled"
        assert (await client.post("/control/message", json=write)).status_code == 403
        on = {"features": {"app_home": {"home_tab_enabled": True}}}
        assert (await client.put("/control/announce", json={"manifest": on})).status_code == 200
        assert (await client.post("/api/views.publish", json=publish)).json()["ok"]
        assert (await client.post("/control/message", json=write)).status_code == 200
        assert workspace.app.scopes == frozenset()


async def test_the_bot_installs_itself_anew(tmp_path: Path) -> None:
    """The manifest that the bot announces replaces the former one, for the page too, and outlives a restart."""
    async with installed(tmp_path, None) as (workspace, client):
        assert (await client.get("/control/workspace")).json()["shortcuts"] == []
        stream = workspace.feed.changes()
        change = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        assert (await client.put("/control/announce", json={"manifest": BARE})).status_code == 200
        told = {"name": "Create Lead", "type": "message", "callback_id": "create", "description": "d"}
        assert (await change or {})["type"] == "announced"
        assert await anext(stream) == {"type": "app", "shortcuts": [told], "home": False}
        await stream.aclose()  # type: ignore[attr-defined]  # an async generator
        assert (await client.get("/control/workspace")).json()["shortcuts"] == [told]
    async with installed(tmp_path, None) as (workspace, _):
        assert workspace.app == App.installed(BARE)


@pytest.mark.parametrize(
    "broken",
    [
        {"features": [1]},
        {"features": {"slash_commands": ["/lead"]}},
        {"features": {"shortcuts": [{"type": "nonsense"}]}},
        {"features": {"shortcuts": 7}},
        {"oauth_config": {"scopes": {"bot": 7}}},
        {"settings": {"event_subscriptions": {"bot_events": "message.im"}}},
    ],
)
async def test_a_manifest_that_is_none(tmp_path: Path, broken: Json) -> None:
    """It is refused, and the app stays as it was."""
    async with installed(tmp_path) as (workspace, client):
        before = workspace.app
        assert (await client.put("/control/announce", json={"manifest": broken})).status_code == 400
        assert workspace.app == before


def test_the_bots_own_manifest_is_one() -> None:
    """What the bot generates can be installed, and has its command."""
    app = App.installed(the_bots())
    assert app.may("chat:write")
    assert app.answers("/lead")
    assert not app.answers("/other")
