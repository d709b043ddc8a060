"""The buttons below an answer of `/lead`: turn the page, run what was meant. The answer is replaced by the next."""

from __future__ import annotations

from collections.abc import Awaitable

from bot.slack.blocks import SlackMessage
from bot.slack.command_help import LONGEST_RUN, RUN
from bot.slack.command_list import NEXT, PREVIOUS, ListCommand
from bot.slack.command_reply import Asker
from bot.slack.commands import Commands
from bot.slack.interaction import Interaction
from bot.slack.listeners import Listeners
from bot.slack.people import People
from enrichment.errors import GiveUp


class CommandActions:
    """All that a press needs stands in the button, so it works after a restart; what is not ours is refused."""

    def __init__(self, commands: Commands, lists: ListCommand, people: People) -> None:
        self._commands = commands
        self._lists = lists
        self._people = people

    def listeners(self) -> Listeners:
        """All of them."""
        return Listeners(self._people, {PREVIOUS: self._turn, NEXT: self._turn, RUN: self._run})

    async def _turn(self, given: Interaction) -> None:
        await self._replace(given, self._lists.turned(_asker(given), given.value))

    async def _run(self, given: Interaction) -> None:
        if len(given.value) > LONGEST_RUN:
            raise GiveUp("this button is not known any more")
        await self._replace(given, self._commands.rerun(given.value, _asker(given)))

    async def _replace(self, given: Interaction, answer: Awaitable[SlackMessage]) -> None:
        message = await answer
        await self._people.tell(given.user, message, given.channel, given.response_url, replace=True)


def _asker(given: Interaction) -> Asker:
    return Asker(user=given.user, username=given.username)
