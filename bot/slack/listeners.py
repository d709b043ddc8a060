"""Hands what people press and send in to the functions that do it, and sees that Slack has its answer in time.

A press is acknowledged when it is done, or within a second: then its card shows when it is, and the presser hears when
it is not. A window stays open until its answers are stored, so that nothing of what was typed is lost.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, section
from bot.slack.interaction import Interaction, read
from bot.slack.memory import remember
from bot.slack.people import People
from bot.slack.staff import NotStaff, StaffCheck
from enrichment.errors import LeadbotError

log = structlog.get_logger(__name__)

Work = Callable[[Interaction], Awaitable[None]]
Listener = Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]
APOLOGY = "Something went wrong inside Leadbot. Its log says what; please try again."
SLOW = "This takes longer than usual and may not be stored yet. Please send it again in a moment."
STORED = "What you sent in is stored now; you can close its window."
LATE = "This takes longer than usual and is not done yet. If nothing has changed in a minute, please try again."
# Slack waits three seconds for an answer, people one; the rest of that is for a machine with much else to do.
ANSWER_SECONDS = 0.5
# A window's answer is the verdict on what was typed, so it is given more of that second.
VERDICT_SECONDS = 0.8
# Slack delivers for the last time after some six minutes.
REMEMBERED = 1000
# What is not done so long after its answer is spoken of; before, the word would come when it is true no more.
WORD_SECONDS = 2.0


@dataclass(frozen=True)
class Form:
    """A window that is sent in.

    check: what is wrong with the answers, by field; quick, for Slack waits for it. field: below which trouble is told.
    """

    check: Callable[[Interaction], Mapping[str, str]]
    work: Work
    field: str


@dataclass(frozen=True)
class Listeners:
    """presses: by action_id, or by what the ids of one kind of button match; forms: by callback_id.

    Another capability brings another one of these.
    """

    people: People
    presses: Mapping[str, Work] | Mapping[re.Pattern[str], Work] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)

    def register(self, app: AsyncApp, staff: StaffCheck) -> None:
        """Listen to all of them, for staff alone."""
        for action_id, work in self.presses.items():
            name = action_id if isinstance(action_id, str) else action_id.pattern
            app.action(action_id)(self._press(name, _for(staff, work)))
        for callback_id, form in self.forms.items():
            app.view(callback_id)(self._form(callback_id, replace(form, work=_for(staff, form.work))))

    def _press(self, name: str, work: Work) -> Listener:
        lately = _Lately()

        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            given = read(body)
            doing, again = lately.begin(given, partial(self._carry_out, name, work, given))
            await answer(ack, doing)
            if again:
                return
            await asyncio.wait({doing}, timeout=WORD_SECONDS)
            if not doing.done():
                await self._tell(given, LATE)
            await self._tell(given, await doing)

        return listener

    def _form(self, name: str, form: Form) -> Listener:
        lately = _Lately()

        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            given = read(body)
            if wrong := form.check(given):
                await ack(response_action="errors", errors=dict(wrong))
                return
            doing, again = lately.begin(given, partial(self._carry_out, name, form.work, given))
            await asyncio.wait({doing}, timeout=VERDICT_SECONDS)
            trouble = doing.result() if doing.done() else SLOW
            await (ack(response_action="errors", errors={form.field: trouble}) if trouble else ack())
            if trouble is SLOW and not again:
                await self._tell(given, await doing or STORED)

        return listener

    async def _tell(self, given: Interaction, said: str) -> None:
        """Whoever pressed hears of it, where there is something to say."""
        if said:
            await self.people.tell(given.user, plain(said), given.channel)

    async def _carry_out(self, name: str, work: Work, given: Interaction) -> str:
        """Do it; what went wrong, in words, empty when nothing did."""
        try:
            await work(given)
        except NotStaff as error:
            if not given.response_url:  # a window says it itself
                return str(error)
            await self.people.tell(given.user, plain(str(error)), given.channel, given.response_url)
        except LeadbotError as error:
            log.warning("an action failed", action=name, why=str(error))
            return f"That did not work: {error}."
        except Exception:  # a bug of ours must not leave anybody before a button that does nothing
            log.exception("an action failed", action=name)
            return APOLOGY
        return ""


class _Lately:
    """What came lately of one kind: Slack may deliver it again, when somebody has gone on from it long since."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str, str, str], asyncio.Task[str]] = {}

    def begin(self, given: Interaction, work: Callable[[], Coroutine[Any, Any, str]]) -> tuple[asyncio.Task[str], bool]:
        """Do it unless it is done or being done; whether it had come before. What went wrong may be tried again."""
        key = (given.user, given.trigger_id, given.value)
        known = self._begun.get(key) if given.trigger_id else None
        if known is not None and not (known.done() and (known.cancelled() or known.result())):
            return known, True
        doing = asyncio.create_task(work())
        remember(self._begun, key, doing, REMEMBERED)
        return doing, False


async def answer(ack: AsyncAck, doing: asyncio.Task[str]) -> None:
    """Acknowledge what is being done when it is done, or when Slack and people have waited long enough."""
    await asyncio.wait({doing}, timeout=ANSWER_SECONDS)
    await ack()


def _for(staff: StaffCheck, work: Work) -> Work:
    """The work, done for staff alone. Raises NotStaff for others."""

    async def checked(given: Interaction) -> None:
        await staff.admit(given.user)
        await work(given)

    return checked


def plain(text: str) -> SlackMessage:
    """A message that says just this (anybody's words)."""
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=(section(text, 1000),))
