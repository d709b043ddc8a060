"""Puts the reminders together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack.poster import Poster
from bot.slack.reminder_plan import Planner
from bot.slack.reminder_posts import ReminderPosts
from bot.slack.reminders import Reminding
from bot.staff_settings import LiveSettings
from enrichment.adapters.store.reminder_scan import ReminderScan


def build(
    core: Core, settings: Settings, poster: Callable[[], Poster], live: LiveSettings, wake: Callable[[], None]
) -> Reminding:
    """poster: raises RetryLater until Slack has been reached; live: the quiet hours as they are now."""
    store, zone = core.store, ZoneInfo(settings.timezone)

    def quiet(moment: datetime) -> bool:
        return live.current.quiet_at(moment.astimezone(zone).time())

    planner = Planner(store.reminders, ReminderScan(store.database), core.pipeline.businesses, settings)
    return Reminding(
        planner,
        ReminderPosts(poster, store.database, store.mutes, store.clock, settings.escalate_to),
        store.reminders,
        book=store.book,
        desk=store.desk,
        views=store.views,
        clock=store.clock,
        quiet=quiet,
        worker=settings.worker,
        wake=wake,
    )
