"""Batch cards as the loops and the people use them: posted once, edited when one of their leads changes, opened from.

`CardTarget` posts a batch card in the place of its leads' own; from then on the view `batch` edits it, however many of
its leads have changed meanwhile, in one call.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from bot.slack.batch_card import OPEN, batch_card
from bot.slack.blocks import SlackMessage, link, markup
from bot.slack.buttons import pressed
from bot.slack.client import ChannelRefused
from bot.slack.interaction import Interaction
from bot.slack.links import Links, batch_key
from bot.slack.listeners import Listeners, plain
from bot.slack.people import People
from bot.slack.poster import Poster
from bot.slack.routing import Routing
from enrichment.adapters.store.batches import Batches
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.messages import Messages
from enrichment.adapters.store.views import BATCH, Views
from enrichment.errors import GiveUp
from enrichment.lead import Lead, LeadStatus, UrgencyLabel

# Slack takes some fifty edits a minute, of which the leads' own cards need most.
EDIT_SECONDS = 3.0


class BatchCards:
    """Draws batch cards."""

    def __init__(
        self,
        poster: Poster,
        book: LeadBook,
        messages: Messages,
        batches: Batches,
        views: Views,
        *,
        routing: Routing | None = None,
    ) -> None:
        self._poster = poster
        self._messages = messages
        self._book = book
        self._views = views
        self._routing = routing
        self.batches = batches
        self.links = Links(poster, batches)

    async def post(self, batch_id: int) -> None:
        """Show a batch card for the first time; its leads are shown then, in the views of cards and of threads."""
        leads, opened = await self._leads(batch_id)
        waiting = [lead for lead in leads if lead.id not in opened]
        # As they were looked at: one that has changed since is behind, and looked at again.
        rows = [(lead.id, lead.revision) for lead in waiting if not await self.opens_itself(lead)]
        if not rows and await self._poster.ts_of(batch_key(batch_id)) is None:
            return
        await self.draw(batch_id)
        await asyncio.to_thread(self.batches.posted, batch_id)
        for view in ("card", "thread") if rows else ():
            await asyncio.to_thread(self._views.caught_up, view, rows)

    async def draw(self, batch_id: int) -> None:
        """Make the batch card say how its leads are now. Raises as Poster.show."""
        leads, opened = await self._leads(batch_id)
        if not leads:
            await self._remove(batch_id)
            return
        links = await self.links.to(sorted(opened), own=True)
        channel = await asyncio.to_thread(self.batches.channel, batch_id)
        try:
            await self._poster.show(batch_key(batch_id), batch_card(leads, opened, links), channel=channel)
        except ChannelRefused as error:
            if not channel or self._routing is None:
                raise
            await asyncio.to_thread(self.batches.move, batch_id, "")
            await self._routing.tell(channel, str(error))
            await self._poster.show(batch_key(batch_id), batch_card(leads, opened, links))

    async def _leads(self, batch_id: int) -> tuple[list[Lead], set[int]]:
        """The leads of a batch as they rank now, and which of them have cards of their own."""
        rows = await asyncio.to_thread(self.batches.rows, batch_id)
        leads = await asyncio.to_thread(self._book.these, list(rows))
        return leads, {lead.id for lead in leads if rows[lead.id]}

    async def opens_itself(self, lead: Lead) -> bool:
        """Whether a lead that is only a row begins to matter: then it is to have a card of its own from now on."""
        why = await self._why(lead)
        if why:
            await asyncio.to_thread(self.batches.open, lead.id, "leadbot", why)
        return bool(why)

    async def _why(self, lead: Lead) -> str:
        if lead.triage.label == UrgencyLabel.HOT:
            return "urgency"
        if lead.status == LeadStatus.CLAIMED:
            return "claim"
        return "reply" if await asyncio.to_thread(self._messages.attached_to, lead.id) else ""

    async def _remove(self, batch_id: int) -> None:
        """Take a card out of Slack whose leads were all deleted."""
        await self._poster.delete(batch_key(batch_id))
        await asyncio.to_thread(self.batches.drop, batch_id)


class BatchTarget:
    """The edits of batch cards; implements enrichment.store_ports.Target, with batches in the place of leads."""

    name = BATCH
    batch = 1
    after = None

    def __init__(self, cards: BatchCards, views: Views, channel: str) -> None:
        self._cards = cards
        self._views = views
        self._place = f"slack:batch:{channel}"

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Edit these batch cards, each when its turn has come: what changes until then is in it."""
        for batch_id, _ in leads:
            await asyncio.sleep(await asyncio.to_thread(self._views.reserve, self._place, 1 / EDIT_SECONDS, 1))
            await self._cards.draw(batch_id)


class BatchActions:
    """The button of a row. wake: called when a lead has changed."""

    def __init__(self, cards: BatchCards, people: People, wake: Callable[[], None]) -> None:
        self._cards = cards
        self._people = people
        self._wake = wake

    def listeners(self) -> Listeners:
        """All of them: Slack wants another action id for each button of a message."""
        return Listeners(self._people, {re.compile(rf"^{OPEN}:\d{{1,12}}$"): self._open})

    async def _open(self, given: Interaction) -> None:
        """Let the loops give the lead a card; who comes second is told where it is."""
        found = pressed(given.value)
        if found is None or not given.user:
            raise GiveUp("this button does not say which lead it is about")
        _, lead_id, _ = found
        opened = await asyncio.to_thread(self._cards.batches.open, lead_id, given.user, "button")
        self._wake()
        if not opened:
            await self._people.tell(given.user, await self._already(lead_id), given.channel)

    async def _already(self, lead_id: int) -> SlackMessage:
        told = plain(f"L-{lead_id} has a card of its own")
        links = await self._cards.links.to([lead_id], own=True)
        if lead_id not in links:
            return told
        found = link(links[lead_id], f"L-{lead_id}")
        return SlackMessage(text=told.text, blocks=(markup(f"{found} has a card of its own"),))
