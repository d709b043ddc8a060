"""Who a Slack user is for us: the name and the e-mail address that Slack knows of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from bot.slack.blocks import one_line
from bot.slack.client import Slack
from bot.slack.memory import remember
from channels.slack.loose import text
from enrichment.errors import LeadbotError
from enrichment.models import Model

log = structlog.get_logger(__name__)

# The message waits for it before it is stored, and Slack waits for that.
ASK_SECONDS = 0.7
FRESH_SECONDS = 3600.0
REMEMBERED = 1000
LONGEST = 200


class Profile(Model):
    """Both empty where Slack does not say."""

    name: str = ""
    email: str = ""


class Profiles:
    """Asked of Slack once an hour for each user. now: a clock in seconds that is never set back."""

    def __init__(self, slack: Slack, *, now: Callable[[], float] = time.monotonic) -> None:
        self._slack = slack
        self._now = now
        self._known: dict[str, tuple[float, Profile]] = {}

    async def of(self, user: str) -> Profile:
        """What Slack says of this user; what it said last, or nothing, when it does not answer quickly."""
        known = self._known.get(user)
        if not user or (known is not None and self._now() - known[0] < FRESH_SECONDS):
            return known[1] if known else Profile()
        try:
            async with asyncio.timeout(ASK_SECONDS):
                answer = await self._slack.read("users.info", user=user)
        except (LeadbotError, TimeoutError) as error:
            log.info("slack does not tell who wrote", why=str(error))
            return known[1] if known else Profile()
        remember(self._known, user, (self._now(), _profile(answer)), REMEMBERED)
        return self._known[user][1]


def _profile(answer: object) -> Profile:
    paths = (("profile", "real_name"), ("real_name",), ("profile", "display_name"), ("name",))
    names = (one_line(text(answer, "user", *path), LONGEST) for path in paths)
    email = text(answer, "user", "profile", "email", limit=320).strip()
    return Profile(name=next((name for name in names if name), ""), email=email if "@" in email else "")
