"""Who may use the cards and `/lead`: members of the lead channel, or those that LEADBOT_STAFF names.

Never guests, people of other teams, or bots. Slack is asked and its answer remembered for some minutes. While it does
not answer, nobody new gets in, and whoever it named within the last day goes on working.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Generic, TypeVar

import structlog

from bot.slack.client import Slack, SlackRefused
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson

log = structlog.get_logger(__name__)

T = TypeVar("T")

FRESH_SECONDS = 300.0
# A no is asked about again sooner: who has just joined the channel must not wait for minutes.
REFUSED_SECONDS = 10.0
STALE_SECONDS = 86_400.0
# Slack gives a press three seconds to open a window.
ASK_SECONDS = 2.0
REMEMBERED = 1000
PAGE, PAGES = 1000, 20
# Slack's own robot says of itself that it is none.
SLACKBOT = "USLACKBOT"
# Slack says these of every colleague; who lacks one is taken for what it would say.
_DENIED = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")
_OUTSIDERS = ("is_workflow_bot", "is_stranger")
_UNKNOWN = {"user_not_found", "user_not_visible", "users_not_found"}
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{5,}")
UNSURE = "Slack does not say just now who you are; please try again in a minute"
BLIND = "Slack does not let Leadbot see who you are; its log says why, and LEADBOT_STAFF can name you instead"


class NotStaff(GiveUp):
    """Whoever asked may not; the text is a sentence for them."""


class Unsure(NotStaff):
    """Nobody knows just now: Slack does not say."""


class StaffCheck:
    """named: the users of LEADBOT_STAFF; with none of them all members of `channel` may. called: its name for people.

    more: the other channels that cards go to, whose members may as well. now: a clock that is never set back.
    """

    def __init__(
        self,
        slack: Slack,
        *,
        team: str,
        channel: str,
        called: str = "",
        named: Collection[str] = (),
        more: Callable[[], Collection[str]] = tuple,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slack = slack
        self._team = team
        self._channel = channel
        self._more = more
        self._named = frozenset(named)
        self._refusal = f"Only {_people(called, named=bool(named))} can do this"
        self._colleagues = _Remembered(self._is_colleague, now)
        self._members = _Remembered(self._members_of, now)

    async def admit(self, user: str) -> None:
        """Return when this user may. Raises NotStaff."""
        try:
            allowed = await self._may(user)
        except (LeadbotError, TimeoutError) as error:
            log.warning("slack does not say who may use the cards", user=user, why=str(error) or "no answer in time")
            raise Unsure(BLIND if isinstance(error, NeedsPerson) else UNSURE) from error
        if not allowed:
            log.info("somebody who may not was refused", user=user)
            raise NotStaff(self._refusal)

    async def _may(self, user: str) -> bool:
        if not user or user == SLACKBOT or (self._named and user not in self._named):
            return False
        return await self._asked(user, FRESH_SECONDS) or await self._asked(user, REFUSED_SECONDS)

    async def _asked(self, user: str, seconds: float) -> bool:
        if self._named:
            return await self._colleagues.get(user, seconds)
        # At once: a window waits for both answers.
        colleague, members = await asyncio.gather(
            self._colleagues.get(user, seconds), self._members.get(self._channel, seconds)
        )
        return colleague and (user in members or await self._is_elsewhere(user, seconds))

    async def _is_elsewhere(self, user: str, seconds: float) -> bool:
        """Whether they are in another channel of cards; one that is closed to us has no members."""
        asked = (self._members.get(channel, seconds) for channel in sorted(self._more()))
        found = await asyncio.gather(*asked, return_exceptions=True)
        return any(user in members for members in found if isinstance(members, frozenset))

    async def _is_colleague(self, user: str) -> bool:
        try:
            answer = await self._slack.read("users.info", user=user)
        except SlackRefused as error:
            if error.code in _UNKNOWN:
                return False
            raise
        return _in_team(answer.get("user"), user, self._team)

    async def _members_of(self, channel: str) -> frozenset[str]:
        found: set[str] = set()
        arguments: dict[str, Any] = {"channel": channel, "limit": PAGE}
        for _ in range(PAGES):
            page = await self._slack.read("conversations.members", **arguments)
            found |= {member for member in page.get("members") or () if isinstance(member, str)}
            arguments["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
            if not arguments["cursor"]:
                return frozenset(found)
        log.warning("the lead channel has too many members to look at; name the staff in LEADBOT_STAFF")
        return frozenset(found)


class _Remembered(Generic[T]):
    """Slack's last answers, by what was asked."""

    def __init__(self, ask: Callable[[str], Awaitable[T]], now: Callable[[], float]) -> None:
        self._ask = ask
        self._now = now
        self._answers: dict[str, tuple[float, T]] = {}
        self._failed: dict[str, float] = {}

    async def get(self, key: str, seconds: float) -> T:
        """The answer, asked for again when it is older than this; the last of the day when there is none now."""
        known = self._answers.get(key)
        age = math.inf if known is None else self._now() - known[0]
        # While Slack is slow, not every press of those who are known waits for it.
        failed = self._now() - self._failed.get(key, -math.inf)
        fresh = age < seconds or (age < STALE_SECONDS and failed < REFUSED_SECONDS)
        if known is not None and fresh:
            return known[1]
        try:
            async with asyncio.timeout(ASK_SECONDS):
                answer = await self._ask(key)
        except (LeadbotError, TimeoutError):
            if known is not None and age < STALE_SECONDS:
                self._failed[key] = self._now()
                return known[1]
            raise
        self._forget(key)  # so that the one that was asked for longest ago stands first
        while len(self._answers) >= REMEMBERED:
            self._forget(next(iter(self._answers)))
        self._answers[key] = (self._now(), answer)
        return answer

    def _forget(self, key: str) -> None:
        self._answers.pop(key, None)
        self._failed.pop(key, None)


def _in_team(user: object, asked: str, team: str) -> bool:
    """Whether Slack's user object is that of the user asked about, and they are a full member of the team."""
    if not isinstance(user, dict) or user.get("id") != asked:
        return False
    if any(user.get(mark) is not False for mark in _DENIED) or any(user.get(mark) for mark in _OUTSIDERS):
        return False
    grid = user.get("enterprise_user")
    teams = grid.get("teams") if isinstance(grid, dict) else None
    return user.get("team_id") == team or (isinstance(teams, list) and team in teams)


def _people(called: str, *, named: bool) -> str:
    if named:
        return "the staff named in Leadbot's settings"
    name = called.removeprefix("#")
    return "members of the lead channel" if not name or _CHANNEL_ID.fullmatch(name) else f"members of #{name}"
