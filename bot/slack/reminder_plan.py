"""When leads are raised again, in the working time of the business whose they are."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.settings_hours import HourSettings
from bot.slack.reminder_groups import is_again
from bot.working_hours import WorkingHours
from enrichment.adapters.store.reminder_scan import OUTCOME, UNCLAIMED, ReminderScan
from enrichment.adapters.store.reminders import Reminder, Reminders
from enrichment.stages.business import Businesses

PLANNED_AT_ONCE = 1000


class Planner:
    """Sets the timers. Every method blocks and is safe to repeat, by several workers at once."""

    def __init__(
        self, reminders: Reminders, scan: ReminderScan, businesses: Businesses, settings: HourSettings
    ) -> None:
        self._reminders = reminders
        self._scan = scan
        self._businesses = businesses
        self._settings = settings

    def plan(self, now: datetime) -> int:
        """Set the timers of leads that wait and have none; how many. Raises RetryLater."""
        count = 0
        hot = self._scan.unclaimed(PLANNED_AT_ONCE) if self._settings.remind_hot else []
        for lead in hot:
            due = self._hours(lead.business).add(now, self._settings.remind_hot)
            # Odd steps begin a wait, even ones are the second reminder of the same wait.
            count += self._reminders.plan(lead.lead_id, UNCLAIMED, lead.step + 1 + lead.step % 2, due)
        claimed = self._scan.without_outcome(PLANNED_AT_ONCE) if self._settings.remind_outcome else []
        for lead in claimed:
            due = self._hours(lead.business).add_days(now, self._settings.remind_outcome)
            count += self._reminders.plan(lead.lead_id, OUTCOME, lead.step + 1, due)
        return count

    def plan_next(self, told: Reminder, business: str, now: datetime) -> None:
        """Set what follows a step that was told of: somebody else hears of a lead that still nobody has claimed."""
        if told.kind == UNCLAIMED and not is_again(told) and self._settings.escalate_to:
            due = self._hours(business).add(now, self._settings.remind_hot)
            self._reminders.plan(told.lead_id, UNCLAIMED, told.step + 1, due)

    def is_open(self, business: str, now: datetime) -> bool:
        """Whether people work there now; where they never do, always."""
        hours = self._hours(business)
        return hours.is_open(now) or not any(hours.hours.week)

    def _hours(self, name: str) -> WorkingHours:
        business = self._businesses.named(name)
        return WorkingHours(business.hours, ZoneInfo(business.timezone), self._settings.holidays)
