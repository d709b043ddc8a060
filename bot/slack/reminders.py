"""Raises leads again that wait: hot ones that nobody has, claimed ones without an outcome, snoozed ones that are due.

Each step is posted under a key of its own and marked as told afterwards: a crash between finds its own posting again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.slack import reminder_lines
from bot.slack.client import SlackRefused
from bot.slack.reminder_groups import Group, Told, grouped
from bot.slack.reminder_plan import Planner
from bot.slack.reminder_posts import ReminderPosts
from enrichment.adapters.store.book import OPEN_STATES, LeadBook
from enrichment.adapters.store.desk import Desk
from enrichment.adapters.store.reminder_scan import OUTCOME, UNCLAIMED
from enrichment.adapters.store.reminders import SNOOZE, Reminder, Reminders
from enrichment.adapters.store.views import Views
from enrichment.errors import GiveUp, LeadbotError
from enrichment.lead import Lead, LeadStatus
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

LEASE = "reminders"
# One worker looks, once a minute; another takes over when it has not done so for this long.
LEASE_SECONDS = 150.0
DUE_AT_ONCE = 1000
# What was due just before the business closed is still told.
GRACE = timedelta(minutes=15)


class Reminding:
    """quiet: whether nobody is pinged at a moment; worker: this one's name; wake: called when leads have changed."""

    def __init__(
        self,
        planner: Planner,
        posts: ReminderPosts,
        reminders: Reminders,
        *,
        book: LeadBook,
        desk: Desk,
        views: Views,
        clock: Clock,
        quiet: Callable[[datetime], bool],
        worker: str,
        wake: Callable[[], None],
    ) -> None:
        self._planner = planner
        self._posts = posts
        self._reminders = reminders
        self._book = book
        self._desk = desk
        self._views = views
        self._clock = clock
        self._quiet = quiet
        self._worker = worker
        self._wake = wake

    async def tick(self) -> None:
        """Look, and survive it: what could not be done now is done at the next look."""
        try:
            await self.look()
        except LeadbotError as error:
            log.info("reminders wait", why=str(error))
        except Exception:  # a reminder that fails must not end the clock
            log.exception("reminders failed")

    async def look(self) -> int:
        """Plan what is new and tell what is due; how many leads were told of. Raises as Poster.show does."""
        now = self._clock.now()
        if not await asyncio.to_thread(self._views.lease, LEASE, self._worker, LEASE_SECONDS):
            return 0
        await asyncio.to_thread(self._planner.plan, now)
        due = await asyncio.to_thread(self._reminders.due, now, DUE_AT_ONCE)
        if await asyncio.to_thread(self._awaken, due):
            self._wake()
        if not due or self._quiet(now):
            return 0
        kept = await asyncio.to_thread(self._still_true, due, now)
        for group in grouped(kept):
            await self._tell(group, now)
        return len(kept)

    def _awaken(self, due: Sequence[Reminder]) -> int:
        """Snoozed leads come back on time, whether anybody may be told of it now or not; how many did."""
        count = 0
        for reminder in due:
            if reminder.kind == SNOOZE:
                try:
                    count += self._desk.awaken(reminder.lead_id).done
                except GiveUp as error:
                    log.info("a snoozed lead cannot come back", lead=reminder.lead_id, why=str(error))
        return count

    def _still_true(self, due: Sequence[Reminder], now: datetime) -> list[Told]:
        """What is to be told now; what is no longer so is dropped, and the rest waits until its business opens."""
        leads = {lead.id: lead for lead in self._book.these(sorted({reminder.lead_id for reminder in due}))}
        kept = []
        for reminder in due:
            lead = leads.get(reminder.lead_id)
            if lead is None or not holds(reminder, lead, now):
                self._reminders.drop(reminder)
            elif reminder.kind == SNOOZE or now - reminder.due_at < GRACE or self._planner.is_open(lead.business, now):
                kept.append(Told(reminder, lead))
        return kept

    async def _tell(self, group: Group, now: datetime) -> None:
        if await self._posts.is_flood(group):
            await _unless_refused(self._posts.summary(group))
            # The first last: after a crash the summary is found by it.
            await asyncio.to_thread(self._done, [*group[1:], group[0]], now)
            return
        for told in group:
            await _unless_refused(self._posts.line(told))
            await asyncio.to_thread(self._done, [told], now)

    def _done(self, group: Group, now: datetime) -> None:
        """Plan what follows each step, then mark it as told."""
        for reminder, lead in group:
            self._planner.plan_next(reminder, lead.business, now)
            self._reminders.take(reminder)


def holds(reminder: Reminder, lead: Lead, now: datetime) -> bool:
    """Whether what the timer was set for is still so."""
    if lead.historical or (lead.snoozed_until is not None and lead.snoozed_until > now):
        return False
    if reminder.kind == UNCLAIMED:
        return lead.status == LeadStatus.OPEN and reminder_lines.hot(lead)
    return lead.status == LeadStatus.CLAIMED if reminder.kind == OUTCOME else lead.status in OPEN_STATES


async def _unless_refused(posting: Awaitable[None]) -> None:
    """Wait for it; what Slack will never take must not hold up the others."""
    try:
        await posting
    except SlackRefused as error:
        log.warning("slack refused a reminder", why=str(error))
