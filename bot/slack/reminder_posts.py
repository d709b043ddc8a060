"""Posts reminders: in the lead's thread, in the channel, or where leads go that nobody takes; each under its key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.slack import reminder_lines
from bot.slack.blocks import SlackMessage
from bot.slack.client import ChannelRefused, SlackRefused
from bot.slack.poster import THREAD_GONE, Poster
from bot.slack.reminder_groups import FLOOD, Group, Told, is_again
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.mutes import Mutes
from enrichment.adapters.store.postings import card_key
from enrichment.adapters.store.reminder_scan import OUTCOME, UNCLAIMED
from enrichment.adapters.store.reminders import SNOOZE, Reminder
from enrichment.adapters.store.routed import Routed
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

# A burst of leads is due over some minutes; whoever was pinged for the first of them is looking already.
PING_PAUSE = timedelta(minutes=10)


class ReminderPosts:
    """poster: raises RetryLater until Slack has been reached. escalate_to: who hears of what nobody takes, or where."""

    def __init__(
        self, poster: Callable[[], Poster], database: Database, mutes: Mutes, clock: Clock, escalate_to: str
    ) -> None:
        self._poster = poster
        self._database = database
        self._mutes = mutes
        self._clock = clock
        self._escalate_to = escalate_to
        # By person: for which posting they were pinged last, and when. A restart may cost somebody one more ping.
        self._pinged: dict[str, tuple[str, datetime]] = {}

    async def is_flood(self, group: Group) -> bool:
        """Whether one summary tells of all of them; also of those that a crash left of a summary told already."""
        return len(group) > FLOOD or await self._poster().ts_of(_summary_key(group)) is not None

    async def summary(self, group: Group) -> None:
        """One line for all. Raises as Poster.show does."""
        first = group[0].reminder
        ranked = sorted((told.lead for told in group), key=lambda lead: (-lead.triage.urgency, lead.id))
        said = reminder_lines.many(first.kind, ranked, self._clock.now(), again=is_again(first))
        key = _summary_key(group)
        said = await self._mentioning(group[0], said, key)
        try:
            await self._show(group[0], said, key, None)
        except ChannelRefused as error:
            await self._in_lead_channel(group[0], said, key, error)

    async def line(self, told: Told) -> None:
        """One lead's. Raises as Poster.show does."""
        place = await self._poster().place(card_key(told.lead.id))
        # A row of a list has no thread: it is told of where its list is.
        channel, root = place or (await asyncio.to_thread(self._channel, told.lead.id), None)
        key = f"remind:{told.lead.id}:{told.reminder.kind}:{told.reminder.step}"
        said = await self._mentioning(told, self._said(told), key)
        if self._elsewhere(told.reminder):
            said = reminder_lines.linked(said, await self._link(root, channel))
            channel, root = "", None
        try:
            await self._show(told, said, key, root, channel)
        except SlackRefused as error:
            if error.code != THREAD_GONE:
                raise
            await self._show(told, said, key, None, channel)
        except ChannelRefused as error:
            await self._in_lead_channel(told, said, key, error)

    async def _in_lead_channel(self, told: Told, said: SlackMessage, key: str, error: ChannelRefused) -> None:
        """Where it was to be is closed to us; nobody else's reminder may wait for that."""
        log.warning("a reminder comes to the lead channel instead", lead=told.lead.id, why=str(error))
        await self._poster().show(key, said, lead_id=told.lead.id)

    def _channel(self, lead_id: int) -> str:
        """Where a lead goes that has no card of its own; empty for the lead channel."""
        return Routed(self._database, self._poster().team).channel(lead_id)

    def _said(self, told: Told) -> SlackMessage:
        if told.reminder.kind == UNCLAIMED:
            return reminder_lines.unclaimed(told.lead, self._clock.now(), again=is_again(told.reminder))
        return reminder_lines.outcome(told.lead) if told.reminder.kind == OUTCOME else reminder_lines.awake(told.lead)

    async def _mentioning(self, told: Told, message: SlackMessage, key: str) -> SlackMessage:
        """The message, and whoever is to do something about it is pinged, unless they want to be left alone."""
        unclaimed, again = told.reminder.kind == UNCLAIMED, is_again(told.reminder)
        user = (self._escalate_to if again else "") if unclaimed else told.lead.owner
        if not reminder_lines.is_user(user):
            return message
        now = self._clock.now()
        # Whoever snoozed a lead has asked for just this ping.
        if told.reminder.kind != SNOOZE and self._was_pinged(user, key, now):
            return message
        muted = await asyncio.to_thread(self._mutes.muted, user, now)
        return message if muted else reminder_lines.mentioning(message, user)

    def _was_pinged(self, user: str, key: str, now: datetime) -> bool:
        """Whether they were a moment ago, for another posting; this one may have to be sent again. Notes it."""
        last, moment = self._pinged.get(user, ("", now))
        lately = last not in ("", key) and timedelta() <= now - moment < PING_PAUSE
        if not lately:
            self._pinged[user] = key, now
        return lately

    def _elsewhere(self, reminder: Reminder) -> bool:
        """Whether it goes to the channel of what nobody takes."""
        return is_again(reminder) and bool(self._escalate_to) and not reminder_lines.is_user(self._escalate_to)

    async def _show(self, told: Told, message: SlackMessage, key: str, root: str | None, channel: str = "") -> None:
        away = self._elsewhere(told.reminder)
        poster = self._poster().at(self._escalate_to) if away else self._poster()
        await poster.show(key, message, thread_ts=root, lead_id=told.lead.id, channel=channel)

    async def _link(self, root: str | None, channel: str) -> str | None:
        try:
            return await self._poster().permalink(root, channel) if root else None
        except (ChannelRefused, SlackRefused) as error:
            log.info("no link to a card", why=str(error))
            return None


def _summary_key(group: Group) -> str:
    first = group[0].reminder
    return f"remind:many:{first.lead_id}:{first.kind}:{first.step}"
