"""The doctor's look at Slack: both tokens, what the app is allowed, the channel of the cards."""

from __future__ import annotations

from bot import checks
from bot.health import Check
from bot.settings import Settings
from bot.slack import manifest
from bot.slack.app import Connection, check_app_token, connection_to, identify, web_client
from bot.slack.client import Slack
from enrichment.errors import LeadbotError

_SCOPE_ADVICE = (
    "paste docs/slack-manifest.json (`leadbot slack-manifest`) under App Manifest at api.slack.com/apps, save, "
    "then press Reinstall under OAuth & Permissions"
)
_APP_TOKEN_ADVICE = "make one with connections:write under Basic Information, App-Level Tokens"  # noqa: S105 - advice
_CHANNEL_ADVICE = "set LEADBOT_SLACK_CHANNEL; a private channel by its id, after /invite @Leadbot in it"


async def slack(settings: Settings) -> list[Check]:
    """One check each of what Slack needs, in the order in which it is set up."""
    if settings.local_workspace:
        return [_local(settings)]
    try:
        connection = connection_to(settings)
    except LeadbotError as error:
        return [_failed("slack app token", error, _APP_TOKEN_ADVICE)]
    client = Slack(web_client(connection))
    try:
        granted = await client.granted()
    except LeadbotError as error:
        advice = "copy the Bot User OAuth Token from OAuth & Permissions into SLACK_BOT_TOKEN"
        return [_failed("slack bot token", error, advice), await _app_token(connection)]
    channel, private = await _channel(client, settings.slack_channel)
    bot = Check(name="slack bot token", state="ok", detail="Slack knows it")
    return [bot, _scopes(granted, private=private), await _app_token(connection), channel]


def _local(settings: Settings) -> Check:
    found = checks.port("workspace", settings.workspace_host, settings.workspace_port, "LEADBOT_WORKSPACE_PORT")
    advice = "set SLACK_BOT_TOKEN and SLACK_APP_TOKEN to use your own Slack: docs/slack.md"
    return found.model_copy(update={"detail": f"local workspace, {found.detail}", "advice": advice})


def _scopes(granted: frozenset[str], *, private: bool) -> Check:
    """Whether the app is allowed all that the code does; private channels' permissions count only for such a one."""
    needed = [scope for scope in manifest.scopes() if private or scope not in manifest.PRIVATE]
    if missing := [scope for scope in needed if scope not in granted]:
        return Check(name="slack scopes", state="failed", detail=f"missing: {', '.join(missing)}", advice=_SCOPE_ADVICE)
    return Check(name="slack scopes", state="ok", detail=f"all {len(needed)} are granted")


async def _app_token(connection: Connection) -> Check:
    try:
        await check_app_token(connection)
    except LeadbotError as error:
        return _failed("slack app token", error, _APP_TOKEN_ADVICE)
    return Check(name="slack app token", state="ok", detail="Socket Mode can be opened")


async def _channel(client: Slack, wanted: str) -> tuple[Check, bool]:
    """Whether the channel is there and the bot is in it, and whether it may be a private one."""
    try:
        identity = await identify(client, wanted)
        found = (await client.read("conversations.info", channel=identity.channel)).get("channel")
    except LeadbotError as error:
        hidden = "missing_scope" in str(error)
        return _failed("slack channel", error, _SCOPE_ADVICE if hidden else _CHANNEL_ADVICE), hidden
    channel = found if isinstance(found, dict) else {}
    private = bool(channel.get("is_private"))
    name = str(channel.get("name") or identity.channel)
    detail = f"{'private ' if private else ''}#{name} in team {identity.team_id}"
    if channel.get("is_archived"):
        return _bad(f"{detail} is archived", _CHANNEL_ADVICE), private
    if not channel.get("is_member"):
        return _bad(f"the bot is not in {detail}", f"type /invite @Leadbot in #{name}"), private
    return Check(name="slack channel", state="ok", detail=detail), private


def _bad(detail: str, advice: str) -> Check:
    return Check(name="slack channel", state="failed", detail=detail, advice=advice)


def _failed(name: str, error: LeadbotError, advice: str) -> Check:
    return Check(name=name, state="failed", detail=str(error), advice=advice)
