"""The Bolt app over Socket Mode: who we are in Slack, and what we listen to."""

from __future__ import annotations

import logging
import os
import re
from typing import Any

import structlog
from pydantic import Field
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client import TIMEOUT, Slack
from bot.slack.commands import Commands
from enrichment.errors import NeedsPerson
from enrichment.models import Model

log = structlog.get_logger(__name__)

_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{5,}")
_ANYTHING = re.compile(r"[\s\S]*")
# With these in the environment Bolt would switch to OAuth and drop our token.
_OAUTH = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


class Connection(Model):
    """How to reach Slack, or the local workspace that stands in for it. base_url ends in `/api/`."""

    bot_token: str = Field(repr=False)
    app_token: str = Field(repr=False)
    base_url: str = "https://slack.com/api/"
    local: bool = False


class Identity(Model):
    """Who the bot is in its team, and the channel its cards go to."""

    team_id: str
    bot_id: str
    bot_user_id: str
    channel: str


def web_client(connection: Connection) -> AsyncWebClient:
    """A client that never repeats a call by itself: a post whose answer was lost must not be made twice."""
    client = AsyncWebClient(
        token=connection.bot_token,
        base_url=connection.base_url,
        timeout=TIMEOUT,
        retry_handlers=[],
        logger=logging.getLogger("slack_sdk"),
    )
    if connection.local:
        client.proxy = None  # the SDK would send even 127.0.0.1 to HTTP_PROXY
    return client


async def identify(slack: Slack, channel: str) -> Identity:
    """Ask Slack who we are and where the channel is. Raises NeedsPerson or RetryLater."""
    me = await slack.read("auth.test")
    return Identity(
        team_id=str(me["team_id"]),
        bot_id=str(me.get("bot_id", "")),
        bot_user_id=str(me["user_id"]),
        channel=await _channel_id(slack, channel),
    )


async def _channel_id(slack: Slack, channel: str) -> str:
    name = channel.removeprefix("#")
    if _CHANNEL_ID.fullmatch(name):
        return name
    arguments: dict[str, Any] = {"limit": 200, "exclude_archived": "true", "types": "public_channel"}
    while True:
        page = await slack.read("conversations.list", **arguments)
        for found in page.get("channels", []):
            if found.get("name") == name:
                return str(found["id"])
        arguments["cursor"] = page.get("response_metadata", {}).get("next_cursor")
        if not arguments["cursor"]:
            raise NeedsPerson(f"LEADBOT_SLACK_CHANNEL: there is no channel #{name} that the bot can see")


class SlackApp:
    """The listeners. Every request is acknowledged at once; the work comes after."""

    def __init__(self, connection: Connection, client: AsyncWebClient, identity: Identity, commands: Commands) -> None:
        for name in _OAUTH:
            os.environ.pop(name, None)
        self._commands = commands
        result = AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team_id,
            bot_token=connection.bot_token,
            bot_id=identity.bot_id,
            bot_user_id=identity.bot_user_id,
        )

        async def authorize() -> AuthorizeResult:
            return result

        self._app = AsyncApp(client=client, authorize=authorize, signing_secret="unused-in-socket-mode")  # noqa: S106
        self._register()
        self._handler = AsyncSocketModeHandler(self._app, connection.app_token, web_client=client, proxy=client.proxy)
        if connection.local:
            self._handler.client.proxy = None

    def _register(self) -> None:
        self._app.command("/lead")(self._lead)
        # A request that nobody listens to would get no ack, and Slack would show staff an error or send it again.
        self._app.event(_ANYTHING)(_acknowledge)
        self._app.action(_ANYTHING)(_acknowledge)

    async def _lead(self, ack: AsyncAck, respond: AsyncRespond, command: dict[str, Any]) -> None:
        await ack()
        answer = await self._commands.answer(str(command.get("text") or ""))
        await respond(
            text=answer.text,
            blocks=list(answer.blocks),
            response_type="ephemeral",
            unfurl_links=False,
            unfurl_media=False,
        )

    async def connect(self) -> None:
        """Open the socket and keep it open."""
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt's

    async def is_connected(self) -> bool:
        """Whether Slack can reach us now."""
        return bool(await self._handler.client.is_connected())

    async def close(self) -> None:
        """Close the socket."""
        await self._handler.close_async()  # type: ignore[no-untyped-call]  # Bolt's


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


async def check_app_token(connection: Connection) -> None:
    """Ask for a socket once by ourselves: the SDK would try a wrong token for ever.

    Raises NeedsPerson or RetryLater.
    """
    client = web_client(connection)
    client.token = connection.app_token
    await Slack(client).call("apps.connections.open")
