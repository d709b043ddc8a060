"""Puts together what listens to customers in Slack, and the shortcuts of staff."""

from __future__ import annotations

from collections.abc import Callable, Collection

from bot.settings import Settings
from bot.slack.client import Slack
from bot.slack.create_lead import CreateLead
from bot.slack.intake import Accept, SlackIntake
from bot.slack.intake_channels import IntakeChannels
from bot.slack.intake_profiles import Profiles
from bot.slack.intake_rules import Me
from bot.slack.intake_thanks import IntakeThanks
from bot.slack.people import People
from bot.slack.staff import StaffCheck
from enrichment.adapters.store.conversations import Conversations
from enrichment.ports import Clock


def build(
    settings: Settings,
    slack: Slack,
    me: Me,
    url: str,
    *,
    cards: str,
    more: Callable[[], Collection[str]],
    staff: StaffCheck,
    people: People,
    store: Conversations,
    accept: Accept,
    clock: Clock,
) -> tuple[SlackIntake, CreateLead]:
    """Both. url: the team's address; cards: the id of the lead channel; more: of the others that cards go to."""
    intake = SlackIntake(
        me,
        url,
        accept=accept,
        store=store,
        channels=IntakeChannels(slack, settings.intake_channels, cards, more=more),
        profiles=Profiles(slack),
        staff=staff,
        thanks=IntakeThanks(slack, settings.slack_intake_thanks, settings.slack_dm_thanks),
        clock=clock,
    )
    return intake, CreateLead(intake, store, slack, people, accept=accept, clock=clock, team=me.team_id)
