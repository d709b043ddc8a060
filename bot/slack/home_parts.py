"""Puts the home tab together for the Slack side."""

from __future__ import annotations

from collections.abc import Callable

from bot.bootstrap import Store
from bot.settings import Settings
from bot.slack.client import Slack
from bot.slack.home_actions import HomeActions, HomeListeners
from bot.slack.home_facts import HomeReader
from bot.slack.home_live import Home
from bot.slack.intake_channels import IntakeChannels
from bot.slack.links import Links
from bot.slack.people import People
from bot.slack.staff import StaffCheck
from bot.staff_settings import LiveSettings
from bot.status import Status


def build(
    store: Store,
    slack: Slack,
    people: People,
    *,
    settings: Settings,
    live: LiveSettings,
    staff: StaffCheck,
    links: Links,
    status: Callable[[], Status],
    intake: IntakeChannels,
) -> tuple[Home, HomeListeners]:
    """What keeps the tabs up to date, and what can be pressed there."""
    home = Home(slack, people, staff, HomeReader(store, settings, status, live), links)
    actions = HomeActions(home, slack, people, settings=settings, chosen=store.staff_settings, live=live, intake=intake)
    return home, actions.listeners()
