"""Which channels customers write in: asked by id, for that is what an event brings, and named by people by name."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Collection

import structlog

from bot.slack.client import Slack, SlackRefused
from bot.slack.memory import remember
from enrichment.errors import NeedsPerson, RetryLater

log = structlog.get_logger(__name__)

CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{5,}")
# A channel may be renamed, or made the intake by being renamed.
FRESH_SECONDS = 600.0
REMEMBERED = 1000
ASK_SECONDS = 1.5
# Slack's word for a channel that the bot cannot see, and so nothing that was written to us.
UNSEEN = "channel_not_found"


class IntakeChannels:
    """wanted: names and ids. now: a clock in seconds, never set back.

    cards, more: the lead channel, and the others that cards go to as things are now; what staff say there about leads
    must not become leads.
    """

    def __init__(
        self,
        slack: Slack,
        wanted: Collection[str],
        cards: str,
        *,
        more: Callable[[], Collection[str]] = tuple,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slack = slack
        names = [name.removeprefix("#") for name in wanted]
        self._ids = frozenset(name for name in names if CHANNEL_ID.fullmatch(name)) - {cards}
        self._named = frozenset(name.lower() for name in names if not CHANNEL_ID.fullmatch(name))
        self._cards = cards
        self._more = more
        self._now = now
        self._seen: dict[str, tuple[float, str]] = {}

    async def has(self, channel: str) -> bool:
        """Whether what is written there is for us. Raises RetryLater when Slack does not say what it is called."""
        if channel == self._cards:
            return False
        wanted = channel in self._ids or (bool(self._named) and await self._name(channel) in self._named)
        if wanted and channel in self._more():
            log.warning("a channel of LEADBOT_SLACK_INTAKE gets cards by a rule, and is no way in", channel=channel)
            return False
        return wanted

    async def _name(self, channel: str) -> str:
        known = self._seen.get(channel)
        if known is not None and self._now() - known[0] < FRESH_SECONDS:
            return known[1]
        try:
            async with asyncio.timeout(ASK_SECONDS):
                answer = await self._slack.read("conversations.info", channel=channel)
        except SlackRefused:
            answer = {}
        except NeedsPerson as error:
            if UNSEEN not in str(error):
                raise  # a token or scope that is to be mended: the message must come again then
            answer = {}
        except (RetryLater, TimeoutError) as error:
            if known is not None:
                return known[1]
            raise RetryLater("Slack does not say which channel this is") from error
        found = answer.get("channel")
        name = str(found.get("name") or "").lower() if isinstance(found, dict) else ""
        remember(self._seen, channel, (self._now(), name), REMEMBERED)
        return name
