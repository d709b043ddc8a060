"""Puts together what the bot listens to in Slack: cards and windows, `/lead`, the home tab, customers, shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import card_parts, command_parts, home_parts, intake_parts
from bot.slack.app import Identity, Registers
from bot.slack.batches import BatchActions, BatchCards
from bot.slack.client import Slack
from bot.slack.command_actions import CommandActions
from bot.slack.commands import Commands, Verb
from bot.slack.create_lead import CreateLead
from bot.slack.filtered import FilteredActions
from bot.slack.home_actions import HomeListeners
from bot.slack.home_live import Home
from bot.slack.intake import Accept, SlackIntake
from bot.slack.intake_channels import IntakeChannels
from bot.slack.intake_rules import Me
from bot.slack.people import People
from bot.slack.routing import Routing
from bot.slack.staff import StaffCheck
from bot.staff_settings import LiveSettings
from bot.status import Status


@dataclass(frozen=True)
class Listening:
    """accept: the intake's; wake: called when leads have changed."""

    core: Core
    settings: Settings
    slack: Slack
    identity: Identity
    accept: Accept
    status: Callable[[], Status]
    wake: Callable[[], None]
    routing: Routing

    @property
    def _people(self) -> People:
        return People(self.slack, self.identity.channel)

    def staff(self) -> StaffCheck:
        """Who may act."""
        return StaffCheck(
            self.slack,
            team=self.identity.team_id,
            channel=self.identity.channel,
            called=self.settings.slack_channel,
            named=self.settings.staff,
            more=self.routing.channels,
        )

    def presses(self, staff: StaffCheck, rows: BatchCards) -> list[Registers]:
        """What can be pressed on messages and in their windows; another capability adds its own here."""
        people, team = self._people, self.identity.team_id
        cards = card_parts.build(self.core, self.slack, people, team=team, staff=staff, wake=self.wake)
        others = (BatchActions(rows, people, self.wake), FilteredActions(self.core.store.filtered, people, self.wake))
        return [*cards, *(each.listeners() for each in others)]

    def commands(self, staff: StaffCheck, verbs: Mapping[str, Verb]) -> tuple[Commands, CommandActions]:
        """What answers `/lead`, and the buttons below its answers."""
        return command_parts.build(
            self.core,
            self.slack,
            self._people,
            team=self.identity.team_id,
            zone=ZoneInfo(self.settings.timezone),
            admit=staff.admit,
            accept=self.accept,
            status=self.status,
            wake=self.wake,
            extra=verbs,
        )

    def home(self, staff: StaffCheck, live: LiveSettings, rows: BatchCards) -> tuple[Home, HomeListeners]:
        """What keeps the home tabs up to date, and what can be pressed there."""
        return home_parts.build(
            self.core.store,
            self.slack,
            self._people,
            settings=self.settings,
            live=live,
            staff=staff,
            links=rows.links,
            status=self.status,
            intake=IntakeChannels(self.slack, self.settings.intake_channels, self.identity.channel),
        )

    def way_in(self, staff: StaffCheck) -> tuple[SlackIntake, CreateLead]:
        """What listens to customers, and the shortcuts that make leads."""
        store, identity = self.core.store, self.identity
        return intake_parts.build(
            self.settings,
            self.slack,
            Me(**identity.model_dump(include={"team_id", "bot_id", "bot_user_id"})),
            identity.url,
            cards=identity.channel,
            more=self.routing.channels,
            staff=staff,
            people=self._people,
            store=store.conversations,
            accept=self.accept,
            clock=store.clock,
        )
