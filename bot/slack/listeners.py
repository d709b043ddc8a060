"""Hands what people press and send in to the functions that do it: acknowledged at once, worked on afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, section
from bot.slack.interaction import Interaction, read
from bot.slack.people import People
from enrichment.errors import LeadbotError

log = structlog.get_logger(__name__)

Work = Callable[[Interaction], Awaitable[None]]
Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]
APOLOGY = "Something went wrong inside Leadbot. Its log says what; please try again."


@dataclass(frozen=True)
class Form:
    """A window that is sent in. check: what is wrong with the answers, by field; quick, for Slack waits for it."""

    check: Callable[[Interaction], Mapping[str, str]]
    work: Work


@dataclass(frozen=True)
class Listeners:
    """presses: by action_id; forms: by callback_id. Another capability brings another one of these."""

    people: People
    presses: Mapping[str, Work] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)

    def register(self, app: AsyncApp) -> None:
        """Listen to all of them."""
        for action_id, work in self.presses.items():
            app.action(action_id)(self._press(action_id, work))
        for callback_id, form in self.forms.items():
            app.view(callback_id)(self._form(callback_id, form))

    def _press(self, name: str, work: Work) -> Listener:
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            await self._carry_out(name, work, read(body))

        return listener

    def _form(self, name: str, form: Form) -> Listener:
        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            given = read(body)
            if wrong := form.check(given):
                await ack(response_action="errors", errors=dict(wrong))
                return
            await ack()
            await self._carry_out(name, form.work, given)

        return listener

    async def _carry_out(self, name: str, work: Work, given: Interaction) -> None:
        """Do it; whoever pressed hears of it when it fails."""
        try:
            await work(given)
        except LeadbotError as error:
            log.warning("an action failed", action=name, why=str(error))
            await self.people.tell(given.user, plain(f"That did not work: {error}."), given.channel)
        except Exception:  # a bug of ours must not leave anybody before a button that does nothing
            log.exception("an action failed", action=name)
            await self.people.tell(given.user, plain(APOLOGY), given.channel)


def plain(text: str) -> SlackMessage:
    """A message that says just this (anybody's words)."""
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=(section(text, 1000),))
