"""The doctor's look at Slack: the real workspace in its place, and what is wrong named with what to do."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot import slack_check
from bot.health import Check
from bot.routes import Route
from bot.settings import Settings
from bot.slack import manifest
from bot.workspace.identity import APP_TOKEN, BOT_TOKEN, BOT_USER_ID, INBOX_CHANNEL, LEADS_CHANNEL, SIGNING_SECRET
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


def rules(*channels: str) -> list[Route]:
    """A rule for each of these channels."""
    return [Route(when={"language": f"l{number}"}, channel=channel) for number, channel in enumerate(channels)]


async def of_rules(settings: Settings, *channels: str) -> list[Check]:
    """What is said of the channels of rules."""
    return [check for check in await slack_check.slack(settings, rules(*channels)) if check.name == "rule channel"]


async def test_channels_of_rules_are_looked_at(given: Given, workspace: Workspace) -> None:
    """By name or id; what is not there, and what the bot is not in, with what to do."""
    well = await of_rules(given(), "inbox", "#INBOX", INBOX_CHANNEL, "nowhere", "C0NOWHERE")
    assert [check.state for check in well] == ["ok", "ok", "ok", "failed", "failed"]
    assert well[0].detail == "#inbox"
    assert well[3].detail == "there is no channel #nowhere that the bot can see"
    assert "C0NOWHERE" in well[4].detail
    assert "come to the lead channel" in well[3].advice
    leave(workspace)
    (outside,) = await of_rules(given(), "inbox")
    assert (outside.detail, outside.advice) == ("the bot is not in #inbox", "type /invite @Leadbot in #inbox")


async def test_channel_cannot_be_a_way_in_and_get_cards(given: Given) -> None:
    """Staff's talk about the cards would become leads; however both are named."""
    for way_in, of_cards in (("inbox", INBOX_CHANNEL), (INBOX_CHANNEL, "inbox"), ("inbox", "Inbox")):
        said = [check.detail for check in await of_rules(given(slack_intake=way_in), of_cards)]
        assert [f"#{of_cards} is in LEADBOT_SLACK_INTAKE too" in told for told in said] == [False, True]
    assert len(await of_rules(given(slack_intake="customers"), "inbox")) == 1


async def test_hundred_rules_are_not_a_hundred_questions(given: Given) -> None:
    """Slack would refuse them; what is left out is said."""
    found = await of_rules(given(), *(f"C0NOWHERE{number}" for number in range(50)))
    assert len(found) == 41
    assert (found[-1].state, found[-1].detail) == ("off", "10 more were not looked at")


async def test_private_channel_of_a_rule_needs_its_permissions(
    given: Given, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the lead channel is public."""
    granted = frozenset(manifest.scopes()) - manifest.PRIVATE
    workspace.app = replace(workspace.app, scopes=granted)
    monkeypatch.setattr(
        "bot.workspace.api.conversations.slack_channel",
        lambda channel, *_, **__: {"id": channel.id, "name": channel.name, "is_private": channel.id == INBOX_CHANNEL},
    )
    found = {check.name: check for check in await slack_check.slack(given(), rules(INBOX_CHANNEL))}
    assert found["slack scopes"].detail == "missing: groups:history, groups:read"


async def test_http_mode_is_looked_at(given: Given) -> None:
    """The secret, the port, and where Slack must be let in; nobody asks for an app token."""
    over = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SIGNING_SECRET}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        found = await examined(given(**over, slack_http_port=port))
        assert "slack app token" not in found
        assert found["slack signing secret"].detail == "set, and Slack posts to the bot (there is no app token)"
        assert (found["slack http"].state, "LEADBOT_SLACK_HTTP_PORT" in found["slack http"].advice) == ("failed", True)
    found = await examined(given(**over, slack_http_port=port))
    assert found["slack http"].state == "off"
    url = found["slack request url"]
    assert url.detail == f"Slack must reach https://YOUR-ADDRESS/slack/events, passed on to 127.0.0.1:{port}"
    assert "slack-manifest --http" in url.advice
    assert SIGNING_SECRET not in str(found)


async def test_http_mode_without_its_secret_is_told(given: Given) -> None:
    """And not of an app token; one that is there besides is said to be of no use."""
    (missing,) = (await examined(given(slack_mode="http"))).values()
    assert (missing.name, missing.state) == ("slack signing secret", "failed")
    assert "Basic Information" in missing.advice
    both = await examined(given(slack_mode="http", slack_http_port="0", SLACK_SIGNING_SECRET=SIGNING_SECRET))
    assert both["slack signing secret"].detail.endswith("(LEADBOT_SLACK_MODE=http); SLACK_APP_TOKEN is not used")
