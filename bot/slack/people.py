"""The people of the team: what they are called, and a word for one of them alone."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.blocks import SlackMessage, one_line
from bot.slack.client import TIMEOUT, ChannelRefused, Slack, SlackRefused
from bot.slack.memory import remember
from enrichment.errors import LeadbotError

log = structlog.get_logger(__name__)

REMEMBERED = 1000
# Who presses a button must not wait long for their own name.
NAME_SECONDS = 2.0
LONGEST_NAME = 200


class People:
    """channel: where somebody is told something that belongs to no channel."""

    def __init__(self, slack: Slack, channel: str) -> None:
        self._slack = slack
        self._channel = channel
        self._names: dict[str, str] = {}

    async def name(self, user: str, otherwise: str) -> str:
        """What people call this user, asked of Slack once; `otherwise` (their handle) when Slack does not say."""
        if user not in self._names and (found := await self._ask(user)):
            remember(self._names, user, found, REMEMBERED)
        return self._names.get(user) or one_line(otherwise, LONGEST_NAME) or user

    async def _ask(self, user: str) -> str:
        try:
            async with asyncio.timeout(NAME_SECONDS):
                answer = await self._slack.read("users.info", user=user)
        except (LeadbotError, TimeoutError) as error:
            log.info("slack does not tell a name", why=str(error))
            return ""
        found = answer.get("user")
        known = found if isinstance(found, dict) else {}
        profile = known.get("profile")
        said = profile if isinstance(profile, dict) else {}
        names = (said.get("display_name"), said.get("real_name"), known.get("real_name"))
        return next((one_line(name, LONGEST_NAME) for name in names if isinstance(name, str) and name.strip()), "")

    async def tell(
        self, user: str, message: SlackMessage, channel: str = "", url: str = "", *, replace: bool = False
    ) -> None:
        """Say something that only this user sees; in a direct message when they are not in the channel.

        When Slack refuses that too, the log says so.
        url: the answering address of what they did, which reaches those too who are not in the channel.
        replace: in the place of the message whose button they pressed.
        """
        if url:
            await respond(url, message, self._slack.client.proxy, replace=replace)
            return
        try:
            await self._show(user, channel or self._channel, message)
        except LeadbotError as error:
            log.warning("a user could not be told", told=message.text, why=str(error))

    async def _show(self, user: str, channel: str, message: SlackMessage) -> None:
        said = {"text": message.text, "blocks": message.blocks}
        try:
            await self._slack.call("chat.postEphemeral", channel=channel, user=user, **said)
        except (SlackRefused, ChannelRefused) as error:
            if isinstance(error, SlackRefused) and error.code != "user_not_in_channel":
                raise
            await self._slack.call("chat.postMessage", channel=user, **said)


async def respond(
    url: str, answer: SlackMessage, proxy: str | None, *, shared: bool = False, replace: bool = False
) -> bool:
    """Answer the asker alone; whether Slack took it. Bolt's own `respond` would use HTTP_PROXY for 127.0.0.1.

    shared: answer everybody in the channel instead; replace: in the place of what was pressed.
    """
    if not url.startswith(("https://", "http://")):
        log.warning("slack does not say where an answer goes")
        return False
    client = AsyncWebhookClient(url, timeout=TIMEOUT, retry_handlers=[], logger=logging.getLogger("slack_sdk"))
    client.proxy = proxy
    said: dict[str, Any] = {"text": answer.text, "blocks": list(answer.blocks)}
    said |= {"response_type": "in_channel" if shared else "ephemeral"}
    said |= {"replace_original": True} if replace else {}
    try:
        response = await client.send_dict(said)
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        log.warning("slack did not take an answer", why=type(error).__name__)
        return False
    if response.status_code != 200:
        log.warning("slack refused an answer", status=response.status_code, why=str(response.body)[:200])
    return response.status_code == 200
