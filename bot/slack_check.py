"""The doctor's look at Slack: both tokens or HTTP mode, what the app is allowed, the channels of the cards."""

from __future__ import annotations

from collections.abc import Sequence

from bot import checks, slack_channel_check, slack_http_check
from bot.health import Check
from bot.routes import Route
from bot.settings import Settings
from bot.slack import manifest
from bot.slack.app import Connection, check_app_token, connection_to, web_client
from bot.slack.client import Slack
from enrichment.errors import LeadbotError

_APP_TOKEN_ADVICE = "make one with connections:write under Basic Information, App-Level Tokens"  # noqa: S105 - advice


async def slack(settings: Settings, routes: Sequence[Route] = ()) -> list[Check]:
    """One check each of what Slack needs, in the order in which it is set up. routes: the rules for cards' channels."""
    if settings.local_workspace:
        return [_local(settings)]
    try:
        connection = connection_to(settings)
    except LeadbotError as error:
        return [_not_to_be_reached(settings, error)]
    client = Slack(web_client(connection))
    try:
        granted = await client.granted()
    except LeadbotError as error:
        advice = "copy the Bot User OAuth Token from OAuth & Permissions into SLACK_BOT_TOKEN"
        return [_failed("slack bot token", error, advice), *await _way_in(settings, connection)]
    channel, private = await slack_channel_check.lead_channel(client, settings.slack_channel)
    others, hidden = await slack_channel_check.rule_channels(client, routes, settings.intake_channels)
    bot = Check(name="slack bot token", state="ok", detail="Slack knows it")
    allowed = _scopes(granted, private=private or hidden)
    return [bot, allowed, *await _way_in(settings, connection), channel, *others]


def _not_to_be_reached(settings: Settings, error: LeadbotError) -> Check:
    if settings.slack_over_http:
        return _failed("slack signing secret", error, slack_http_check.SECRET_ADVICE)
    return _failed("slack app token", error, _APP_TOKEN_ADVICE)


async def _way_in(settings: Settings, connection: Connection) -> list[Check]:
    """How Slack reaches the bot: through a socket, or a public address."""
    return slack_http_check.http_mode(settings) if settings.slack_over_http else [await _app_token(connection)]


def _local(settings: Settings) -> Check:
    found = checks.port("workspace", settings.workspace_host, settings.workspace_port, "LEADBOT_WORKSPACE_PORT")
    advice = "set SLACK_BOT_TOKEN and SLACK_APP_TOKEN to use your own Slack: docs/slack.md"
    return found.model_copy(update={"detail": f"local workspace, {found.detail}", "advice": advice})


def _scopes(granted: frozenset[str], *, private: bool) -> Check:
    """Whether the app is allowed all that the code does; private channels' permissions count only for such a one."""
    needed = [scope for scope in manifest.scopes() if private or scope not in manifest.PRIVATE]
    if missing := [scope for scope in needed if scope not in granted]:
        return Check(
            name="slack scopes",
            state="failed",
            detail=f"missing: {', '.join(missing)}",
            advice=slack_channel_check.SCOPE_ADVICE,
        )
    return Check(name="slack scopes", state="ok", detail=f"all {len(needed)} are granted")


async def _app_token(connection: Connection) -> Check:
    try:
        await check_app_token(connection)
    except LeadbotError as error:
        return _failed("slack app token", error, _APP_TOKEN_ADVICE)
    return Check(name="slack app token", state="ok", detail="Socket Mode can be opened")


def _failed(name: str, error: LeadbotError, advice: str) -> Check:
    return Check(name=name, state="failed", detail=str(error), advice=advice)
