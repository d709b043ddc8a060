"""`/lead claim`, `release`, `assign`, `snooze`, `won`, `lost`: what the buttons of a card do, typed.

The same changes by the same desk, so that the card, its thread and the events are the same too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.slack import command_time
from bot.slack.blocks import SlackMessage, one_line
from bot.slack.command_people import Colleagues
from bot.slack.command_reply import Asker, titled
from bot.slack.command_words import lead_and_rest
from bot.slack.history import standing
from bot.slack.people import People
from enrichment.adapters.store.desk import Change, Desk
from enrichment.errors import GiveUp
from enrichment.lead import LeadStatus
from enrichment.ports import Clock

NAMED = 80
Step = Callable[[int, str, str], Change]


class DeedCommands:
    """Changes leads in the name of who typed. wake: called when a lead has changed; zone: whose `tomorrow` it is."""

    def __init__(
        self,
        desk: Desk,
        people: People,
        colleagues: Colleagues,
        *,
        clock: Clock,
        zone: ZoneInfo,
        wake: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._people = people
        self._colleagues = colleagues
        self._clock = clock
        self._zone = zone
        self._wake = wake

    async def claim(self, asker: Asker, rest: str) -> SlackMessage:
        """`claim L-12`."""
        lead_id, _ = lead_and_rest(rest, "claim L-12")
        return await self._do(asker, lead_id, self._desk.claim, "is yours now")

    async def release(self, asker: Asker, rest: str) -> SlackMessage:
        """`release L-12`."""
        lead_id, _ = lead_and_rest(rest, "release L-12")
        return await self._do(asker, lead_id, self._desk.release, "is open again, for everybody")

    async def assign(self, asker: Asker, rest: str) -> SlackMessage:
        """`assign L-12 @user`, or `me`. Raises GiveUp when they are not staff."""
        lead_id, whom = lead_and_rest(rest, "assign L-12 @user")
        owner = asker.user if whom.lower() == "me" else await self._colleagues.found(whom)
        await self._colleagues.admit(owner)
        name = await self._people.name(owner, owner)

        def assign(lead: int, actor: str, actor_name: str) -> Change:
            return self._desk.assign(lead, actor, actor_name, owner, name)

        said = "is yours now" if owner == asker.user else f"is with {one_line(name, NAMED)} now"
        return await self._do(asker, lead_id, assign, said)

    async def snooze(self, asker: Asker, rest: str) -> SlackMessage:
        """`snooze L-12 tomorrow 9:00`, or `off`."""
        lead_id, when = lead_and_rest(rest, "snooze L-12 2h")
        if when.lower() == "off":
            return await self._do(asker, lead_id, self._desk.unsnooze, "is back")
        until = command_time.moment(when, self._clock.now(), self._zone)

        def snooze(lead: int, actor: str, name: str) -> Change:
            return self._desk.snooze(lead, actor, name, until)

        return await self._do(asker, lead_id, snooze, f"sleeps until {command_time.told(until, self._zone)}")

    async def won(self, asker: Asker, rest: str) -> SlackMessage:
        """`won L-12 why`."""
        return await self._close(asker, rest, LeadStatus.WON)

    async def lost(self, asker: Asker, rest: str) -> SlackMessage:
        """`lost L-12 why`."""
        return await self._close(asker, rest, LeadStatus.LOST)

    async def _close(self, asker: Asker, rest: str, status: LeadStatus) -> SlackMessage:
        lead_id, note = lead_and_rest(rest, f"{status.value} L-12")

        def close(lead: int, actor: str, name: str) -> Change:
            return self._desk.close(lead, actor, name, status, note)

        return await self._do(asker, lead_id, close, f"is closed as {status.value}")

    async def _do(self, asker: Asker, lead_id: int, change: Step, said: str) -> SlackMessage:
        """Make the change; what came of it, or who was quicker."""
        if not asker.user:
            raise GiveUp("Slack does not say who typed")
        name = await self._people.name(asker.user, asker.username)
        found = await asyncio.to_thread(change, lead_id, asker.user, name)
        self._wake()
        if found.done:
            return titled(f"L-{lead_id} {said}.")
        return standing(lead_id, found, asker.user, self._clock.now())
