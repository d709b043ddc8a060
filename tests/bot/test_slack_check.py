"""The doctor's look at Slack: the real workspace in its place, and what is wrong named with what to do."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot import slack_check
from bot.health import Check
from bot.settings import Settings
from bot.slack import manifest
from bot.workspace.identity import APP_TOKEN, BOT_TOKEN, BOT_USER_ID, LEADS_CHANNEL
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.workspace import Workspace

NAMES = ["slack bot token", "slack scopes", "slack app token", "slack channel"]
Given = Callable[..., Settings]


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """Slack."""
    async with serving(tmp_path / "slack", Options(manifest=manifest.manifest())) as running:
        yield running


@pytest.fixture
def given(tmp_path: Path, workspace: Workspace) -> Given:
    """Settings that name it, with the right tokens unless told otherwise; its app is allowed what the manifest says."""

    def make(**changes: str) -> Settings:
        right = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
        url = {"SLACK_API_URL": f"{workspace.base_url}/api/"}
        return Settings(data_dir=tmp_path, **(right | url | changes))  # type: ignore[arg-type]  # by their variables

    return make


async def examined(settings: Settings) -> dict[str, Check]:
    """The findings by name."""
    return {check.name: check for check in await slack_check.slack(settings)}


async def test_everything_is_well(given: Given) -> None:
    """Four checks, in the order in which Slack is set up; no token in any of them."""
    found = await examined(given())
    assert list(found) == NAMES
    assert {check.state for check in found.values()} == {"ok"}
    assert found["slack channel"].detail == "#leads in team T0LOCAL"
    assert "xoxb" not in str(found)


async def test_missing_permissions_are_named(
    given: Given, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of private channels only where the cards go to one."""
    granted = [scope for scope in manifest.scopes() if scope not in {"users:read", *manifest.PRIVATE}]
    workspace.app = replace(workspace.app, scopes=frozenset(granted))
    scopes = (await examined(given()))["slack scopes"]
    assert (scopes.state, scopes.detail) == ("failed", "missing: users:read")
    assert "slack-manifest" in scopes.advice
    monkeypatch.setattr(
        "bot.workspace.api.conversations.slack_channel", lambda *_, **__: {"is_private": True, "is_member": 1}
    )
    found = await examined(given(slack_channel=LEADS_CHANNEL))
    assert found["slack scopes"].detail == "missing: groups:history, groups:read, users:read"
    assert found["slack channel"].detail == "private #C0LEADS in team T0LOCAL"


async def test_wrong_tokens_are_told_apart(given: Given) -> None:
    """Each with where to find the right one, and without the wrong one."""
    bot = await examined(given(SLACK_BOT_TOKEN="xoxb-secretword"))
    assert list(bot) == ["slack bot token", "slack app token"]
    assert (bot["slack bot token"].state, bot["slack app token"].state) == ("failed", "ok")
    assert "OAuth & Permissions" in bot["slack bot token"].advice
    app = await examined(given(SLACK_APP_TOKEN="xapp-secretword"))
    assert [name for name, check in app.items() if check.state == "failed"] == ["slack app token"]
    assert app["slack app token"].detail.startswith("SLACK_APP_TOKEN: ")
    missing = await examined(given(SLACK_APP_TOKEN=""))
    assert "SLACK_APP_TOKEN: is missing" in missing["slack app token"].detail
    assert "secretword" not in str((bot, app))


async def test_channel_that_is_wrong_is_told(given: Given, workspace: Workspace) -> None:
    """It does not exist, or the bot was not invited."""
    for name in ("nowhere", "C0NOWHERE"):
        nowhere = (await examined(given(slack_channel=name)))["slack channel"]
        assert (nowhere.state, "LEADBOT_SLACK_CHANNEL" in nowhere.advice) == ("failed", True)
    leave(workspace)
    outside = (await examined(given()))["slack channel"]
    assert outside.detail == "the bot is not in #leads in team T0LOCAL"
    assert outside.advice == "type /invite @Leadbot in #leads"


def leave(workspace: Workspace) -> None:
    """Somebody removes the bot from #leads."""
    members = workspace.store.members
    workspace.store.members = lambda channel: [who for who in members(channel) if who != BOT_USER_ID]  # type: ignore[method-assign]


async def test_archived_channel_is_told(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by its id, as a list leaves it out."""
    monkeypatch.setattr(
        "bot.workspace.api.conversations.slack_channel", lambda *_, **__: {"name": "old", "is_archived": True}
    )
    archived = (await examined(given(slack_channel=LEADS_CHANNEL)))["slack channel"]
    assert (archived.state, archived.detail) == ("failed", "#old in team T0LOCAL is archived")


async def test_slack_that_is_away_is_told(given: Given) -> None:
    """Not in a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = await examined(given(SLACK_API_URL=f"http://127.0.0.1:{port}/api/"))
    assert {check.state for check in found.values()} == {"failed"}
    assert "did not answer auth.test" in found["slack bot token"].detail


async def test_without_a_token_it_is_the_local_workspace(given: Given) -> None:
    """And how to change that."""
    (local,) = (await examined(given(SLACK_BOT_TOKEN="", workspace_port="0"))).values()
    assert (local.name, local.detail.startswith("local workspace, ")) == ("workspace", True)
    assert "docs/slack.md" in local.advice
