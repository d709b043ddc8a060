"""What somebody who wrote to us in Slack sees of it: a reaction, or one polite line; staff hear what they can do."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import structlog

from bot.settings_slack import Thanks
from bot.slack.client import Slack, SlackRefused
from bot.slack.memory import remember
from channels.slack.wire import Said
from enrichment.errors import LeadbotError

log = structlog.get_logger(__name__)

EYES = "eyes"
REMEMBERED = 1000
THANKS = "Thank you, we have it. Somebody will get back to you."
FOR_STAFF = (
    "Hello! You are staff, so what you write here becomes no lead. "
    "Type `/lead help` for what I can do, or `/lead add` with a customer's words to make one."
)
_THERE_ALREADY = {"already_reacted", "message_not_found"}


class IntakeThanks:
    """in_channels, direct: the settings. Courtesy only: when Slack refuses, the log says so and nothing waits."""

    def __init__(self, slack: Slack, in_channels: Thanks, direct: Thanks) -> None:
        self._slack = slack
        self._in_channels = in_channels
        self._direct = direct
        self._greeted: dict[tuple[str, str], None] = {}

    async def give(self, said: Said, *, first: bool) -> None:
        """Thank for a message that is stored. first: whether it begins something; a line is said once, not thrice."""
        match self._direct if said.kind == "im" else self._in_channels:
            case "reaction":
                await _quietly(self._react(said))
            case "line" if first:
                await _quietly(self._say(said, THANKS, said.thread_ts or said.ts))

    async def greet_staff(self, said: Said) -> None:
        """Tell somebody of the staff who writes to the bot directly what they can do: once, though it comes again."""
        message = said.channel, said.ts
        if message in self._greeted:
            return
        remember(self._greeted, message, None, REMEMBERED)
        await _quietly(self._say(said, FOR_STAFF, said.thread_ts))

    async def _react(self, said: Said) -> None:
        try:
            await self._slack.call("reactions.add", channel=said.channel, timestamp=said.ts, name=EYES)
        except SlackRefused as error:
            if error.code not in _THERE_ALREADY:
                raise

    async def _say(self, said: Said, words: str, thread_ts: str) -> None:
        below = {"thread_ts": thread_ts} if thread_ts else {}
        quiet = {"unfurl_links": False, "unfurl_media": False}
        await self._slack.call("chat.postMessage", channel=said.channel, text=words, **quiet, **below)


async def _quietly(courtesy: Coroutine[Any, Any, None]) -> None:
    try:
        await courtesy
    except LeadbotError as error:
        log.warning("somebody could not be thanked", why=str(error))
