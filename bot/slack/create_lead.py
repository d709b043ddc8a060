"""The shortcuts: `Create Lead` on any message, and `New Lead` with a form for what came by phone or at the door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack.client import Slack
from bot.slack.create_lead_form import NEW_LEAD_FORM, WORDS, fields_of, new_lead, wrong
from bot.slack.intake import Accept, SlackIntake
from bot.slack.interaction import Interaction, read
from bot.slack.listeners import APOLOGY, Form, Listeners, answer, plain
from bot.slack.people import People
from bot.slack.staff import StaffCheck
from bot.slack.windows import open_window
from channels.slack.raw import form_of
from channels.slack.wire import said_by_shortcut
from enrichment.adapters.store.conversations import Conversations
from enrichment.errors import GiveUp, LeadbotError
from enrichment.models import MessageState
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

CREATE_LEAD, NEW_LEAD = "create_lead", "new_lead"
TAKEN = "Taken: its card follows in a moment."
Shortcut = Callable[[Interaction, dict[str, Any]], Awaitable[str]]


class CreateLead:
    """accept: stores a message; team: Slack's id of the team that the forms belong to."""

    def __init__(
        self,
        intake: SlackIntake,
        store: Conversations,
        slack: Slack,
        people: People,
        *,
        accept: Accept,
        clock: Clock,
        team: str,
    ) -> None:
        self._intake = intake
        self._store = store
        self._slack = slack
        self._people = people
        self._accept = accept
        self._clock = clock
        self._team = team

    def register(self, app: AsyncApp, staff: StaffCheck) -> None:
        """Listen to both, for staff alone."""
        app.shortcut(CREATE_LEAD)(self._listener(staff, self._create))
        app.shortcut(NEW_LEAD)(self._listener(staff, self._ask))
        forms = {NEW_LEAD_FORM: Form(lambda given: wrong(given.answers), self._fill_in, WORDS)}
        Listeners(self._people, {}, forms).register(app, staff)

    def _listener(self, staff: StaffCheck, work: Shortcut) -> Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]:
        """Acknowledged as a button is; whoever asked hears in any case how it went."""

        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            given = read(body)
            doing = asyncio.create_task(self._carry_out(staff, work, given, body))
            await answer(ack, doing)
            if told := await doing:
                await self._people.tell(given.user, plain(told), given.channel, given.response_url)

        return listener

    async def _carry_out(self, staff: StaffCheck, work: Shortcut, given: Interaction, body: dict[str, Any]) -> str:
        try:
            await staff.admit(given.user)
            return await work(given, body)
        except LeadbotError as error:
            log.warning("a shortcut failed", why=str(error))
            return f"That did not work: {error}."
        except Exception:  # a bug of ours must not leave anybody before a shortcut that does nothing
            log.exception("a shortcut failed")
            return APOLOGY

    async def _create(self, _given: Interaction, body: dict[str, Any]) -> str:
        """Make a lead of the message, whoever wrote it; of one that is a lead already say which."""
        said = said_by_shortcut(body)
        if said is None:
            raise GiveUp("Slack does not say which message this is")
        accepted = await self._intake.taken(said)
        if accepted.new:
            return TAKEN
        return await asyncio.to_thread(self._what_became_of, accepted.id)

    def _what_became_of(self, message_id: int) -> str:
        lead_id = self._store.lead_of(message_id)
        if lead_id is not None:
            return f"This message is in L-{lead_id} already: /lead show L-{lead_id}"
        state = self._store.state_of(message_id)
        if state in (None, MessageState.IN_PROGRESS):
            return TAKEN
        return f"This message was taken before and is {state.replace('_', ' ')} now: /lead status"

    async def _ask(self, given: Interaction, _body: dict[str, Any]) -> str:
        """Open the window of a new lead."""
        await open_window(self._slack, given.trigger_id, new_lead())
        return ""

    async def _fill_in(self, given: Interaction) -> None:
        """Store what was filled in: once for each window, however often it is sent."""
        if not given.view_id:
            raise GiveUp("Slack does not say which window this was")
        raw = form_of(self._team, given.view_id, fields_of(given.answers), self._clock.now(), by=given.user)
        await self._accept(raw)
