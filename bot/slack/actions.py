"""What the buttons of a card do: they change the lead, and the card and its thread follow by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from bot.slack import buttons, modals
from bot.slack.client import Slack, SlackRefused
from bot.slack.history import standing
from bot.slack.interaction import Interaction
from bot.slack.listeners import Form, Listeners
from bot.slack.people import People
from enrichment.adapters.store.book import OPEN_STATES, LeadBook
from enrichment.adapters.store.desk import OUTCOMES, Change, Desk
from enrichment.adapters.store.events import SHOWN, Audit
from enrichment.errors import GiveUp, RetryLater
from enrichment.models import Lead, LeadStatus
from enrichment.ports import Clock

Step = Callable[[int, str, str], Change]


class LeadActions:
    """The listeners of a card and of the windows it opens. wake: called when a lead has changed."""

    def __init__(
        self,
        desk: Desk,
        book: LeadBook,
        slack: Slack,
        people: People,
        *,
        audit: Audit,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._audit = audit
        self._desk = desk
        self._book = book
        self._slack = slack
        self._people = people
        self._clock = clock
        self._wake = wake

    def listeners(self) -> Listeners:
        """All of them."""
        presses = {
            buttons.CLAIM: self._claim,
            buttons.RELEASE: self._release,
            buttons.CLOSE: self._ask_outcome,
            buttons.MORE: self._more,
            modals.PREVIOUS_PAGE: self._turn_page,
            modals.NEXT_PAGE: self._turn_page,
        }
        return Listeners(self._people, presses, {modals.CLOSE_FORM: Form(_incomplete, self._close, modals.NOTE)})

    async def _claim(self, given: Interaction) -> None:
        await self._change(given, _lead_id(given), self._desk.claim)

    async def _release(self, given: Interaction) -> None:
        await self._change(given, _lead_id(given), self._desk.release)

    async def _more(self, given: Interaction) -> None:
        """What was chosen behind the dots."""
        verb, lead_id, _ = _pressed(given)
        match verb:
            case buttons.SHOW_MESSAGE:
                await self._open(given, modals.message(await self._seen(given, lead_id, "button")))
            case buttons.WHY:
                await self._open(given, modals.urgency(await self._seen(given, lead_id, "why")))
            case buttons.REOPEN:
                await self._change(given, lead_id, self._desk.reopen)
            case _:
                raise GiveUp("this choice is not known any more")

    async def _ask_outcome(self, given: Interaction) -> None:
        """Open the window in which a lead is closed; for one that is closed already, say so."""
        lead = await self._lead(_lead_id(given))
        if lead.status in OPEN_STATES:
            await self._open(given, modals.close_form(lead, given.channel))
            return
        found = await asyncio.to_thread(self._desk.standing, lead.id)
        await self._people.tell(given.user, standing(lead.id, found, given.user, self._clock.now()), given.channel)

    async def _close(self, given: Interaction) -> None:
        lead_id = given.metadata.get("lead")
        if not isinstance(lead_id, int):
            raise GiveUp("the window does not say which lead it is about")
        status, note = LeadStatus(given.answers[modals.OUTCOME]), given.answers.get(modals.NOTE, "")

        def close(lead: int, actor: str, name: str) -> Change:
            return self._desk.close(lead, actor, name, status, note)

        await self._change(given, lead_id, close)

    async def _change(self, given: Interaction, lead_id: int, change: Step) -> None:
        """Make the change in the presser's name; tell them when it came too late."""
        if not given.user:
            raise GiveUp("Slack does not say who pressed")
        name = await self._people.name(given.user, given.username)
        found = await asyncio.to_thread(change, lead_id, given.user, name)
        self._wake()
        if not found.done:
            told = standing(lead_id, found, given.user, self._clock.now())
            await self._people.tell(given.user, told, given.channel)

    async def _turn_page(self, given: Interaction) -> None:
        _, lead_id, page = _pressed(given)
        view = modals.message(await self._lead(lead_id), page)
        await self._slack.call("views.update", view_id=given.view_id, view=view)

    async def _open(self, given: Interaction, view: Mapping[str, Any]) -> None:
        try:
            await self._slack.call("views.open", trigger_id=given.trigger_id, view=view)
        except SlackRefused as error:
            if "exchanged" in error.code:
                return  # the same press came twice, and the window is open
            if "trigger" not in error.code:
                raise
            raise RetryLater(f"the window could not be opened in time ({error.code}); please press again") from error

    async def _seen(self, given: Interaction, lead_id: int, by: str) -> Lead:
        """The lead, after it was written down who is about to see the customer's words."""
        lead = await self._lead(lead_id)
        await asyncio.to_thread(self._audit.note, given.user, SHOWN, lead_id=lead_id, by=by)
        return lead

    async def _lead(self, lead_id: int) -> Lead:
        lead = await asyncio.to_thread(self._book.get, lead_id)
        if lead is None or lead.revision == 0:
            raise GiveUp(f"there is no lead L-{lead_id}")
        return lead


def _incomplete(given: Interaction) -> dict[str, str]:
    """What is missing in the window that closes a lead."""
    known = {status.value for status in OUTCOMES}
    return {} if given.answers.get(modals.OUTCOME) in known else {modals.OUTCOME: "Choose how it ended"}


def _pressed(given: Interaction) -> tuple[str, int, int]:
    found = buttons.pressed(given.value)
    if found is None:
        raise GiveUp("this button does not say which lead it is about")
    return found


def _lead_id(given: Interaction) -> int:
    return _pressed(given)[1]
