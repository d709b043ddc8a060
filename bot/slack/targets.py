"""The Slack views of a lead that the reconcilers keep up: its card, and its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.slack import cards
from bot.slack.poster import Poster
from enrichment.adapters.store.leads import LeadBook
from enrichment.adapters.store.messages import Messages
from enrichment.adapters.store.views import Views
from enrichment.errors import GiveUp, RetryLater
from enrichment.models import Lead

# A reply waits while cards wait for a place in the channel, and looks again this soon.
GIVE_WAY_SECONDS = 0.2


class CardTarget:
    """Root messages, one a lead; implements enrichment.ports.Target."""

    name = "card"
    batch = 1
    after = None

    def __init__(self, poster: Poster, book: LeadBook) -> None:
        self._poster = poster
        self._book = book

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Show each lead's card as the lead is now."""
        for lead_id, _ in leads:
            await self.show(lead_id)

    async def show(self, lead_id: int) -> str:
        """The ts of the lead's card, which is there and up to date afterwards."""
        lead = await find(self._book, lead_id)
        return await self._poster.show(f"lead:{lead_id}:card", cards.card(lead), lead_id=lead_id)


class ThreadTarget:
    """What stands below a card: the details, what the customer wrote later, a pointer in an earlier lead's thread.

    Implements enrichment.ports.Target.
    """

    name = "thread"
    batch = 1
    after = CardTarget.name

    def __init__(self, poster: Poster, book: LeadBook, messages: Messages, card: CardTarget, views: Views) -> None:
        self._poster = poster
        self._views = views
        self._book = book
        self._messages = messages
        self._card = card

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Bring the threads of these leads up to date."""
        for lead_id, _ in leads:
            await self._give_way()
            await self._show(lead_id)

    async def _give_way(self) -> None:
        """Let waiting cards have the channel's next places: a new lead counts more than an older one's details."""
        while await asyncio.to_thread(self._views.behind, CardTarget.name, 1):  # noqa: ASYNC110 - the store has no event
            await asyncio.sleep(GIVE_WAY_SECONDS)

    async def _show(self, lead_id: int) -> None:
        lead = await find(self._book, lead_id)
        root = await self._poster.ts_of(f"lead:{lead_id}:card")
        if root is None:
            raise RetryLater("the lead's card is not there yet", retry_after=GIVE_WAY_SECONDS)
        earlier = [match.other_id for match in lead.matches]
        links = await self._links(earlier)
        await self._poster.show(f"lead:{lead_id}:details", cards.details(lead, links), thread_ts=root, lead_id=lead_id)
        if lead.duplicate_of is not None:
            await self._point(lead, lead.duplicate_of, root)
        for message_id, excerpt in await asyncio.to_thread(self._messages.attached_to, lead_id):
            said = cards.reply(lead, excerpt)
            await self._poster.show(f"message:{message_id}:reply", said, thread_ts=root, lead_id=lead_id)

    async def _links(self, lead_ids: Sequence[int]) -> dict[int, str]:
        found = {}
        for lead_id in lead_ids:
            ts = await self._poster.ts_of(f"lead:{lead_id}:card")
            if ts is not None:
                found[lead_id] = await self._poster.permalink(ts)
        return found

    async def _point(self, lead: Lead, earlier: int, root: str) -> None:
        """One line in the earlier lead's thread; its card is posted first where it is still waiting."""
        there = await self._card.show(earlier)
        links = {lead.id: await self._poster.permalink(root)}
        await self._poster.show(f"lead:{lead.id}:pointer", cards.pointer(lead, links), thread_ts=there, lead_id=lead.id)


async def find(book: LeadBook, lead_id: int) -> Lead:
    """The lead. Raises GiveUp when it is gone."""
    lead = await asyncio.to_thread(book.get, lead_id)
    if lead is None:
        raise GiveUp(f"L-{lead_id} is not in the store")
    return lead
