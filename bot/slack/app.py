"""The Bolt app over Socket Mode or HTTP: who we are in Slack, and what we listen to."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
from collections.abc import Iterator, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from pydantic import Field
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot import values
from bot.settings import Settings
from bot.slack import odd_requests
from bot.slack.blocks import without_looks
from bot.slack.client import TIMEOUT, Slack
from bot.slack.command_reply import Asker, Reply
from bot.slack.commands import COMMAND, Commands
from bot.slack.http_mode import HttpMode
from bot.slack.listeners import APOLOGY, plain
from bot.slack.memory import remember
from bot.slack.people import respond
from bot.slack.socket_mode import SocketMode, Transport
from bot.slack.staff import NotStaff, StaffCheck
from enrichment.errors import NeedsPerson, StartupError
from enrichment.models import Model

log = structlog.get_logger(__name__)

_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{5,}")
# A page of conversations.list; Slack answers some twenty pages a minute.
CHANNELS_PAGE = 999
CHANNELS_PAGES = 100
# Slack delivers a command for the last time after some six minutes.
REMEMBERED = 1000


class Connection(Model):
    """How to reach Slack, or the local workspace that stands in for it. base_url ends in `/api/`.

    app_token: opens sockets; empty in HTTP mode, where Slack signs what it posts with signing_secret.
    """

    bot_token: str = Field(repr=False)
    app_token: str = Field("", repr=False)
    signing_secret: str = Field("", repr=False)
    base_url: str = "https://slack.com/api/"
    local: bool = False


class Identity(Model):
    """Who the bot is in its team, and the channel its cards go to; url: the team's own address."""

    team_id: str
    bot_id: str
    bot_user_id: str
    channel: str
    url: str = ""


def connection_to(settings: Settings) -> Connection:
    """The Slack that the settings name. Raises StartupError when one of its tokens is missing."""
    if settings.slack_bot_token is None:
        raise StartupError("SLACK_BOT_TOKEN: is missing; copy it from your Slack app, e.g. SLACK_BOT_TOKEN=xoxb-...")
    over_http, secret = settings.slack_over_http, settings.slack_signing_secret
    if over_http and secret is None:
        raise StartupError(
            "SLACK_SIGNING_SECRET: is missing for HTTP mode; copy it from your Slack app's Basic Information, or set "
            "LEADBOT_SLACK_MODE=socket"
        )
    if settings.slack_app_token is None and not over_http:
        raise StartupError(
            "SLACK_APP_TOKEN: is missing; make one with connections:write, e.g. SLACK_APP_TOKEN=xapp-..."
        )
    url = settings.slack_api_url.rstrip("/") + "/"
    return Connection(
        bot_token=settings.slack_bot_token.get_secret_value(),
        app_token=settings.slack_app_token.get_secret_value() if settings.slack_app_token and not over_http else "",
        signing_secret=secret.get_secret_value() if secret and over_http else "",
        base_url=url,
        # A stand-in on this machine, to which no proxy of the office leads.
        local=values.is_loopback(urlsplit(url).hostname or ""),
    )


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
    with _named("SLACK_BOT_TOKEN"):
        me = await slack.read("auth.test")
    return Identity(
        team_id=str(me["team_id"]),
        bot_id=str(me.get("bot_id", "")),
        bot_user_id=str(me["user_id"]),
        channel=await _channel_id(slack, channel),
        url=str(me.get("url", "")),
    )


async def _channel_id(slack: Slack, channel: str) -> str:
    name = channel.removeprefix("#")
    if _CHANNEL_ID.fullmatch(name):
        return name
    arguments: dict[str, Any] = {"limit": CHANNELS_PAGE, "exclude_archived": "true", "types": "public_channel"}
    for _ in range(CHANNELS_PAGES):
        page = await slack.read("conversations.list", **arguments)
        for found in page.get("channels", []):
            if found.get("name") == name:
                return str(found["id"])
        arguments["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
        if not arguments["cursor"]:
            break
    raise NeedsPerson(f"LEADBOT_SLACK_CHANNEL: there is no channel #{name} that the bot can see")


@contextlib.contextmanager
def _unseen(prefix: str) -> Iterator[None]:
    """Keep Bolt from what stands in the environment: a client id there would make it drop our token."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(prefix)}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _bolt(connection: Connection, identity: Identity) -> AsyncApp:
    """Bolt, who takes us for who we are without asking Slack, and listens to nothing yet."""
    result = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.team_id,
        bot_token=connection.bot_token,
        bot_id=identity.bot_id,
        bot_user_id=identity.bot_user_id,
    )

    async def authorize() -> AuthorizeResult:
        return result

    # Bolt's own client holds no token: each request brings it from `authorize`.
    client = web_client(connection.model_copy(update={"bot_token": ""}))
    client.token = None
    with _unseen("SLACK_"):
        return AsyncApp(
            client=client,
            logger=logging.getLogger("slack_bolt"),  # its own would speak at our level, whatever that one's is
            authorize=authorize,
            signing_secret=connection.signing_secret or "unused-in-socket-mode",
            raise_error_for_unhandled_request=True,
        )


class Registers(Protocol):
    """What brings listeners of its own."""

    def register(self, app: AsyncApp, staff: StaffCheck) -> None:
        """Listen."""
        ...


class SlackApp:
    """The listeners. Every request is acknowledged at once; the work comes after, and for staff alone."""

    def __init__(
        self,
        connection: Connection,
        client: AsyncWebClient,
        identity: Identity,
        commands: Commands,
        *,
        staff: StaffCheck,
        listeners: Sequence[Registers] = (),
        door: socket.socket | None = None,
    ) -> None:
        """door: a bound socket, on which HTTP mode listens."""
        self._commands = commands
        self._staff = staff
        self._proxy = client.proxy
        # By who typed it and its trigger, oldest first.
        self._lately: dict[tuple[str, str], None] = {}
        self._app = _bolt(connection, identity)
        self._app.command(COMMAND)(self._lead)
        for each in listeners:
            each.register(self._app, staff)
        self._app.error(_otherwise)
        self._transport: Transport = (
            SocketMode(self._app, connection.app_token, client)
            if door is None
            else HttpMode(self._app, door, connection.signing_secret)
        )

    async def _lead(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        await ack()
        user = str(command.get("user_id") or "")
        asker = _asker(command, user)
        if self._came_before(asker):
            return
        try:
            await self._staff.admit(user)
            reply = await self._commands.answer(str(command.get("text") or ""), asker)
        except NotStaff as error:
            reply = Reply(message=plain(str(error)))
        except Exception:  # staff must not wait for an answer that never comes
            log.exception("a command failed")
            reply = Reply(message=plain(APOLOGY))
        url, answer = str(command.get("response_url") or ""), reply.message
        if not await respond(url, answer, self._proxy, shared=reply.shared):
            await respond(url, without_looks(answer), self._proxy, shared=reply.shared)

    def _came_before(self, asker: Asker) -> bool:
        """Whether Slack delivers this command again, when somebody has gone on from it long since."""
        key = (asker.user, asker.press)
        if not asker.press:
            return False
        if key in self._lately:
            return True
        remember(self._lately, key, None, REMEMBERED)
        return False

    async def connect(self) -> None:
        """Let Slack reach us; from then on the transport keeps itself up."""
        await self._transport.connect()

    def renew(self) -> None:
        """Begin anew at the next try."""
        self._transport.renew()

    async def is_connected(self) -> bool:
        """Whether Slack can reach us now."""
        return await self._transport.is_connected()

    async def close(self) -> None:
        """Take nothing more."""
        await self._transport.close()


def _asker(command: dict[str, Any], user: str) -> Asker:
    said = str(command.get("user_name") or "")[:200], str(command.get("trigger_id") or "")[:200]
    return Asker(user=user, username=said[0], press=said[1])


async def _otherwise(error: Exception) -> BoltResponse | None:
    """Acknowledge what nobody listens to, or Slack would show staff an error or send it again; log what failed."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200, body="")
    if odd_requests.is_bolts(error):
        return odd_requests.left(error)
    log.error("a request of Slack failed", exc_info=error)
    return None


async def check_app_token(connection: Connection) -> None:
    """Ask for a socket once by ourselves: the SDK would try a wrong token for ever.

    Raises NeedsPerson or RetryLater.
    """
    client = web_client(connection)
    client.token = connection.app_token
    with _named("SLACK_APP_TOKEN"):
        await Slack(client).call("apps.connections.open")


@contextlib.contextmanager
def _named(variable: str) -> Iterator[None]:
    """Say which setting it is that a person must mend."""
    try:
        yield
    except NeedsPerson as error:
        raise NeedsPerson(f"{variable}: {error}") from error
