"""`/lead add TEXT`: a phone call, typed in while it is fresh. From then on it is a message like any other."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

from bot.slack.blocks import SlackMessage, one_line, section
from bot.slack.command_reply import Asker, titled
from channels.slack.raw import form_of
from enrichment.errors import GiveUp
from enrichment.models import RawMessage
from enrichment.ports import Clock
from enrichment.store_ports import Accepted

EXAMPLE = "add Jo Miller, 555 0134, wants brakes done by Friday"
SHORTEST = 3

Accept = Callable[[RawMessage], Awaitable[Accepted]]


class AddCommand:
    """accept: stores a message, and returns when it is committed; team: Slack's id of the team."""

    def __init__(self, accept: Accept, clock: Clock, team: str) -> None:
        self._accept = accept
        self._clock = clock
        self._team = team

    async def answer(self, asker: Asker, rest: str) -> SlackMessage:
        """Store what was typed, then say so. The same command delivered twice is stored once.

        Raises GiveUp when there is nothing to store, RetryLater when it could not be.
        """
        if len(rest) < SHORTEST:
            raise GiveUp(f"say what they want, with name and number: `{EXAMPLE}`")
        key = f"typed/{asker.user}/{asker.press or uuid.uuid4().hex}"
        await self._accept(form_of(self._team, key, {"message": rest}, self._clock.now(), by=asker.user))
        return titled("Stored. Its card follows in a moment.", [section(one_line(rest, 400), 1200)])
