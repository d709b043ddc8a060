"""Whom staff mean by `@maya`: Slack marks who is mentioned; a name that it left as typed is looked up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.slack.blocks import one_line
from bot.slack.client import Slack
from bot.slack.command_words import handle, mentioned
from bot.slack.staff import NotStaff
from enrichment.errors import GiveUp

PAGE, PAGES, MOST = 200, 10, 5
Member = Mapping[str, Any]
_WHOM = "say who: `assign L-12 @user`, or `me`"


class Colleagues:
    """slack: who is asked for names; staff: returns when a user may have leads, raises NotStaff otherwise."""

    def __init__(self, slack: Slack, staff: Callable[[str], Awaitable[None]]) -> None:
        self._slack = slack
        self._staff = staff

    async def found(self, text: str) -> str:
        """Slack's id of who is meant. Raises GiveUp when nobody, or more than one, is called so."""
        if user := mentioned(text):
            return user
        name = handle(text)
        if not name:
            raise GiveUp(_WHOM)
        matching = await self._named(name.casefold())
        if len(matching) == 1:
            return str(matching[0].get("id"))
        if not matching:
            raise GiveUp(f"nobody is called @{one_line(name, 40)}: type their name as Slack shows it, after @")
        raise GiveUp(f"{len(matching)} people are called @{one_line(name, 40)}: {_told(matching)}")

    async def admit(self, user: str) -> None:
        """Return when this user may have leads. Raises GiveUp."""
        try:
            await self._staff(user)
        except NotStaff as error:
            raise GiveUp(f"a lead cannot be given to them: {str(error)[:1].lower()}{str(error)[1:]}") from error

    async def _named(self, name: str) -> list[Member]:
        """Who is called so in full; when nobody is, whose first name it is."""
        found: list[Member] = []
        first: list[Member] = []
        arguments: dict[str, Any] = {"limit": PAGE}
        for _ in range(PAGES):
            page = await self._slack.read("users.list", **arguments)
            members = page.get("members")
            people = [member for member in members or () if isinstance(member, dict)]
            found += [member for member in people if name in _names(member)]
            first += [member for member in people if name in {each.split()[0] for each in _names(member)}]
            arguments["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
            if not arguments["cursor"]:
                break
        return found or first


def _told(people: Sequence[Member]) -> str:
    """`Tom Keller (@tom), Tom Ash (@tash)`, so that one of them can be typed."""
    told = [f"{one_line(_shown(member), 40)} (@{one_line(str(member.get('name')), 40)})" for member in people[:MOST]]
    return ", ".join(told) + (" and more" if len(people) > MOST else "")


def _shown(member: Member) -> str:
    profile = member.get("profile")
    real = profile.get("real_name") if isinstance(profile, dict) else None
    return str(real or member.get("name"))


def _names(member: Member) -> set[str]:
    """What somebody who works here is called after an @; nothing for others."""
    if member.get("deleted") or member.get("is_bot"):
        return set()
    profile = member.get("profile")
    said = profile if isinstance(profile, dict) else {}
    names = (member.get("name"), member.get("real_name"), said.get("display_name"), said.get("real_name"))
    return {" ".join(name.casefold().split()) for name in names if isinstance(name, str) and name.strip()}
