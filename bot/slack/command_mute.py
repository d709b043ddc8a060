"""`/lead mute`: no pings for who types it, for a while. Leads and cards come as ever."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

from bot.slack import command_time
from bot.slack.blocks import SlackMessage
from bot.slack.command_reply import Asker, titled
from enrichment.adapters.store.mutes import Mutes
from enrichment.errors import GiveUp
from enrichment.ports import Clock

EXAMPLES = "`mute` until tomorrow, `mute 2h`, `mute off`"


class MuteCommand:
    """zone: whose `today` ends at midnight."""

    def __init__(self, mutes: Mutes, clock: Clock, zone: ZoneInfo) -> None:
        self._mutes = mutes
        self._clock = clock
        self._zone = zone

    async def answer(self, asker: Asker, rest: str) -> SlackMessage:
        """Mute, or take it back. Raises GiveUp for other words."""
        if not asker.user:
            raise GiveUp("Slack does not say who typed")
        words = rest.lower()
        if words == "off":
            await asyncio.to_thread(self._mutes.unmute, asker.user)
            return titled("You are pinged again.")
        now = self._clock.now()
        if words in {"", "today"}:
            until = command_time.end_of_day(now, self._zone)
        else:
            try:
                until = command_time.moment(words, now, self._zone)
            except GiveUp as error:
                raise GiveUp(f"it is {EXAMPLES}") from error
        await asyncio.to_thread(self._mutes.mute, asker.user, until)
        return titled(f"No pings for you until {command_time.told(until, self._zone)}. “/lead mute off” ends it.")
