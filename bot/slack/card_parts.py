"""Puts the actions of cards together, for the Slack side."""

from __future__ import annotations

from collections.abc import Callable

from bot.bootstrap import Core
from bot.slack.actions import LeadActions
from bot.slack.actions_base import Acting
from bot.slack.actions_forms import LeadForms
from bot.slack.actions_verdicts import VerdictActions
from bot.slack.answering import Answering
from bot.slack.client import Slack
from bot.slack.full_message import FullMessage
from bot.slack.listeners import Listeners
from bot.slack.people import People
from bot.slack.staff import StaffCheck
from enrichment.adapters.store.postings import Postings


def build(
    core: Core, slack: Slack, people: People, *, team: str, staff: StaffCheck, wake: Callable[[], None]
) -> list[Listeners]:
    """What can be pressed on cards, below them and in their windows."""
    store, businesses = core.store, core.pipeline.businesses
    acting = Acting(store.book, slack, people, audit=store.audit, clock=store.clock, wake=wake)
    postings = Postings(store.database, store.clock, team)
    full = FullMessage(slack, postings, store.messages, store.clock)
    return [
        LeadActions(acting, store.desk, full, businesses).listeners(),
        LeadForms(acting, store.desk, store.editing, staff).listeners(),
        VerdictActions(acting, store.verdicts).listeners(),
    ]


def answering(core: Core) -> Answering:
    """What makes the links that open an answer."""
    return Answering(core.pipeline.businesses, core.pipeline.answer_key)
