"""Whom staff mean by `@maya`: Slack marks who is mentioned; a name that it left as typed is looked up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.slack.blocks import one_line
from bot.slack.client import Slack
from bot.slack.command_words import handle, mentioned
from bot.slack.staff import NotStaff
from enrichment.errors import GiveUp

PAGE, PAGES = 200, 10
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
        name = handle(text).casefold()
        if not name:
            raise GiveUp(_WHOM)
        matching = await self._named(name)
        if len(matching) == 1:
            return matching[0]
        many = "nobody is" if not matching else f"{len(matching)} people are"
        raise GiveUp(f"{many} called @{one_line(name, 40)}: choose somebody from the list that Slack shows after @")

    async def admit(self, user: str) -> None:
        """Return when this user may have leads. Raises GiveUp."""
        try:
            await self._staff(user)
        except NotStaff as error:
            raise GiveUp(f"a lead cannot be given to them: {str(error)[:1].lower()}{str(error)[1:]}") from error

    async def _named(self, name: str) -> list[str]:
        found: list[str] = []
        arguments: dict[str, Any] = {"limit": PAGE}
        for _ in range(PAGES):
            page = await self._slack.read("users.list", **arguments)
            members = page.get("members")
            people = [member for member in members or () if isinstance(member, dict)]
            found += [str(member.get("id")) for member in people if name in _names(member)]
            arguments["cursor"] = (page.get("response_metadata") or {}).get("next_cursor")
            if not arguments["cursor"]:
                break
        return found


def _names(member: Mapping[str, Any]) -> set[str]:
    """What somebody who works here is called after an @; nothing for others."""
    if member.get("deleted") or member.get("is_bot"):
        return set()
    profile = member.get("profile")
    said = profile if isinstance(profile, dict) else {}
    names = (member.get("name"), said.get("display_name"), said.get("real_name"))
    return {name.casefold() for name in names if isinstance(name, str) and name}
