"""What every action on a lead does alike: it finds the lead, makes the change in the presser's name, opens a window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from bot.slack import buttons
from bot.slack.client import Slack
from bot.slack.history import standing
from bot.slack.interaction import Interaction
from bot.slack.people import People
from bot.slack.windows import open_window
from enrichment.adapters.store.acts import Change
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.events import SHOWN, Audit
from enrichment.errors import GiveUp
from enrichment.lead import Lead
from enrichment.ports import Clock

Step = Callable[[int, str, str], Change]


class Acting:
    """wake: called when a lead has changed."""

    def __init__(
        self,
        book: LeadBook,
        slack: Slack,
        people: People,
        *,
        audit: Audit,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self.people = people
        self.clock = clock
        self._audit = audit
        self._book = book
        self._slack = slack
        self._wake = wake

    async def change(self, given: Interaction, lead_id: int, change: Step) -> None:
        """Make the change in the presser's name; tell them when it came too late."""
        if not given.user:
            raise GiveUp("Slack does not say who pressed")
        name = await self.people.name(given.user, given.username)
        found = await asyncio.to_thread(change, lead_id, given.user, name)
        self._wake()
        if not found.done:
            await self.tell_standing(given, lead_id, found)

    async def tell_standing(self, given: Interaction, lead_id: int, found: Change) -> None:
        """Who has done what with the lead, to the presser alone."""
        await self.people.tell(given.user, standing(lead_id, found, given.user, self.clock.now()), given.channel)

    async def open(self, given: Interaction, view: Mapping[str, Any]) -> None:
        """Open a window. Raises RetryLater when it came too late for one."""
        await open_window(self._slack, given.trigger_id, view)

    async def replace(self, given: Interaction, view: Mapping[str, Any]) -> None:
        """Show something else in the window in which somebody pressed."""
        await self._slack.call("views.update", view_id=given.view_id, view=view)

    async def seen(self, given: Interaction, lead_id: int, by: str) -> Lead:
        """The lead, after it was written down who is about to see the customer's words."""
        lead = await self.lead(lead_id)
        await asyncio.to_thread(self._audit.note, given.user, SHOWN, lead_id=lead_id, by=by)
        return lead

    async def lead(self, lead_id: int) -> Lead:
        """The lead. Raises GiveUp when there is none."""
        lead = await asyncio.to_thread(self._book.get, lead_id)
        if lead is None or lead.revision == 0:
            raise GiveUp(f"there is no lead L-{lead_id}")
        return lead


def pressed(given: Interaction) -> tuple[str, int, int]:
    """(verb, lead id, page or other lead) of a press. Raises GiveUp."""
    found = buttons.pressed(given.value)
    if found is None:
        raise GiveUp("this button does not say which lead it is about")
    return found


def lead_id_of(given: Interaction) -> int:
    """The lead of a press."""
    return pressed(given)[1]


def remembered_lead(given: Interaction) -> int:
    """The lead of a window that was sent in."""
    lead_id = given.metadata.get("lead")
    if not isinstance(lead_id, int) or isinstance(lead_id, bool):
        raise GiveUp("the window does not say which lead it is about")
    return lead_id
