"""Puts the verbs of `/lead` together over the parts that they need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from zoneinfo import ZoneInfo

from bot.bootstrap import Core
from bot.slack.client import Slack
from bot.slack.command_actions import CommandActions
from bot.slack.command_add import Accept, AddCommand
from bot.slack.command_deeds import DeedCommands
from bot.slack.command_list import ListCommand
from bot.slack.command_mute import MuteCommand
from bot.slack.command_people import Colleagues
from bot.slack.command_show import ShowCommands
from bot.slack.command_stats import StatsCommand
from bot.slack.commands import Commands, Own, Verb
from bot.slack.people import People
from bot.status import Status


def build(
    core: Core,
    slack: Slack,
    people: People,
    *,
    team: str,
    zone: ZoneInfo,
    admit: Callable[[str], Awaitable[None]],
    accept: Accept,
    status: Callable[[], Status],
    wake: Callable[[], None],
    extra: Mapping[str, Verb] | None = None,
) -> tuple[Commands, CommandActions]:
    """What answers the command, and what listens to the buttons below its answers.

    team: Slack's id of it; zone: whose days they are; admit: raises NotStaff for who may not have leads; accept:
    stores a message; wake: called when a lead has changed.
    """
    store = core.store
    lists = ListCommand(store.book, store.audit, store.clock, zone)
    shows = ShowCommands(store.book, core.search, store.audit, store.clock, status)
    deeds = DeedCommands(store.desk, people, Colleagues(slack, admit), clock=store.clock, zone=zone, wake=wake)
    own: dict[str, Own] = {
        "list": lists.listed,
        "find": lists.find,
        "show": shows.show,
        "similar": shows.similar,
        "status": shows.status,
        "claim": deeds.claim,
        "release": deeds.release,
        "assign": deeds.assign,
        "snooze": deeds.snooze,
        "won": deeds.won,
        "lost": deeds.lost,
        "add": AddCommand(accept, store.clock, team).answer,
        "mute": MuteCommand(store.mutes, store.clock, zone).answer,
        "stats": StatsCommand(store.numbers, store.book, store.clock, zone).answer,
    }
    commands = Commands(own, people.name, extra or {})
    return commands, CommandActions(commands, lists, people)
