"""What can be pressed and sent in on the home tab: settings, channel rules, the checklist."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot import staff_settings
from bot.settings import Settings
from bot.slack import home, home_checks, home_settings
from bot.slack.client import Slack
from bot.slack.home_facts import HIDDEN
from bot.slack.home_live import Home
from bot.slack.intake_channels import IntakeChannels
from bot.slack.interaction import Interaction
from bot.slack.listeners import Form, Listeners
from bot.slack.modal_parts import Modal
from bot.slack.people import People
from bot.slack.staff import StaffCheck
from bot.slack.windows import open_window
from bot.staff_settings import MOST_ROUTES, LiveSettings, Route
from enrichment.adapters.store.staff_settings import StaffSettings
from enrichment.errors import GiveUp, LeadbotError

log = structlog.get_logger(__name__)

OPENED = "app_home_opened"


@dataclass(frozen=True)
class HomeListeners(Listeners):
    """The presses and forms of the tab, and the event that it was opened."""

    home: Home | None = None

    def register(self, app: AsyncApp, staff: StaffCheck) -> None:
        """Listen; the tab itself tells apart who is staff, for others see a line of their own."""
        super().register(app, staff)
        app.event(OPENED)(self._opened)

    async def _opened(self, event: dict[str, Any]) -> None:
        """Bolt has acknowledged it already: an event that is lost is one tab that is opened again."""
        user = event.get("user")
        if self.home is None or not isinstance(user, str) or not user or event.get("tab", "home") != "home":
            return
        try:
            await self.home.opened(user)
        except LeadbotError as error:
            log.info("a home tab waits", why=str(error))
            self.home.wake()


class HomeActions:
    """Changes what staff set. intake: where customers write, whatever the rules say now."""

    def __init__(
        self,
        tab: Home,
        slack: Slack,
        people: People,
        *,
        settings: Settings,
        chosen: StaffSettings,
        live: LiveSettings,
        intake: IntakeChannels,
    ) -> None:
        self._home = tab
        self._slack = slack
        self._people = people
        self._settings = settings
        self._chosen = chosen
        self._live = live
        self._intake = intake

    def listeners(self) -> HomeListeners:
        """All of them."""
        presses = {
            home.OPEN_CARD: self._nothing,
            home.HIDE_CHECKLIST: self._hide,
            home_settings.DIGEST: self._ask_digest,
            home_settings.QUIET: self._ask_quiet,
            home_settings.ADD_RULE: self._ask_rule,
            home_settings.RESET: self._reset,
            home_settings.REMOVE_RULE: self._remove_rule,
        }
        forms = {
            home_settings.DIGEST_FORM: Form(home_checks.wrong_digest, self._digest, home_settings.TIME),
            home_settings.QUIET_FORM: Form(home_checks.wrong_quiet, self._quiet, home_settings.FROM),
            home_settings.RULE_FORM: Form(home_checks.wrong_rule, self._add_rule, home_settings.CHANNEL),
        }
        return HomeListeners(self._people, presses, forms, self._home)

    async def _nothing(self, _given: Interaction) -> None:
        """A button that is a link is told of all the same."""

    async def _ask_digest(self, given: Interaction) -> None:
        await self._open(given, home_settings.digest_form(await self._live.refresh()))

    async def _ask_quiet(self, given: Interaction) -> None:
        await self._open(given, home_settings.quiet_form(await self._live.refresh()))

    async def _ask_rule(self, given: Interaction) -> None:
        await self._open(given, home_settings.rule_form(self._settings))

    async def _digest(self, given: Interaction) -> None:
        names = [name for name in home_settings.GROUPS["digest"] if name in given.answers]
        await self._put(given, {name: staff_settings.CHECKS[name](given.answers[name]) for name in names})

    async def _quiet(self, given: Interaction) -> None:
        names = home_settings.GROUPS["quiet"]
        await self._put(given, {name: given.answers.get(name) or None for name in names})

    async def _reset(self, given: Interaction) -> None:
        names = home_settings.GROUPS.get(given.value)
        if names is None:
            raise GiveUp("this button is not known any more")
        known = await asyncio.to_thread(self._chosen.all)
        was_set = [name for name in names if name in known]
        free = [name for name in was_set if not staff_settings.is_fixed(self._settings, name)]
        await self._put(given, dict.fromkeys(free or was_set))

    async def _hide(self, given: Interaction) -> None:
        """For this person alone: another may still have to connect something."""
        await asyncio.to_thread(self._chosen.set, HIDDEN + given.user, value=True, actor=given.user)
        self._home.wake()

    async def _add_rule(self, given: Interaction) -> None:
        rule = home_settings.rule_of(given.answers)
        if await self._intake.has(rule.channel):
            raise GiveUp("customers write in this channel, and with cards in it that would be no lead; choose another")

        def add(known: Mapping[str, Any]) -> Mapping[str, Any]:
            rules = _rules(known)
            if rule in rules:
                return {}
            if len(rules) >= MOST_ROUTES:
                raise GiveUp(f"there are {MOST_ROUTES} rules already; remove one first")
            return {"routes": _stored([*rules, rule])}

        await self._decide(given, add)

    async def _remove_rule(self, given: Interaction) -> None:
        def remove(known: Mapping[str, Any]) -> Mapping[str, Any]:
            rules = _rules(known)
            rest = [rule for rule in rules if home_settings.mark(rule) != given.value]
            if len(rest) == len(rules):
                raise GiveUp("somebody has removed this rule already")
            return {"routes": _stored(rest) or None}

        await self._decide(given, remove)

    async def _put(self, given: Interaction, changes: Mapping[str, Any]) -> None:
        await self._decide(given, lambda _: changes)

    async def _decide(self, given: Interaction, decision: Any) -> None:
        """Change it in the presser's name, unless it is fixed elsewhere; every part of the bot follows at once."""

        def checked(known: Mapping[str, Any]) -> Mapping[str, Any]:
            changes: Mapping[str, Any] = decision(known)
            fixed = [name for name in changes if staff_settings.is_fixed(self._settings, name)]
            if fixed:
                raise GiveUp(f"{fixed[0]} is fixed by the environment or leadbot.toml; change it there")
            return changes

        await asyncio.to_thread(self._chosen.decide, checked, given.user)
        await self._live.refresh()
        self._home.wake()

    async def _open(self, given: Interaction, view: Modal) -> None:
        await open_window(self._slack, given.trigger_id, view)


def _rules(known: Mapping[str, Any]) -> list[Route]:
    try:
        return list(staff_settings.routes(known.get("routes") or []))
    except ValueError:
        return []  # what makes no sense counts as not set, and is replaced by what does


def _stored(rules: list[Route]) -> list[dict[str, Any]]:
    return [rule.model_dump() for rule in rules]
