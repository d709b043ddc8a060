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
from bot.slack.interaction import Interaction
from bot.slack.links import Links, batch_key
from bot.slack.listeners import Listeners, plain
from bot.slack.people import People
from bot.slack.poster import Poster
from enrichment.adapters.store.batches import Batches
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.views import BATCH, Views
from enrichment.errors import GiveUp
from enrichment.models import Lead

# Slack takes some fifty edits a minute, of which the leads' own cards need most.
EDIT_SECONDS = 3.0


class BatchCards:
    """Draws batch cards."""

    def __init__(self, poster: Poster, book: LeadBook, batches: Batches, views: Views) -> None:
        self._poster = poster
        self._book = book
        self._views = views
        self.batches = batches
        self.links = Links(poster, batches)

    async def post(self, batch_id: int) -> None:
        """Show a batch card for the first time; its leads are shown then, in the views of cards and of threads."""
        shown = [(lead.id, lead.revision) for lead in await self.draw(batch_id)]
        await asyncio.to_thread(self.batches.posted, batch_id)
        for view in ("card", "thread") if shown else ():
            await asyncio.to_thread(self._views.caught_up, view, shown)

    async def draw(self, batch_id: int) -> list[Lead]:
        """Make the batch card say how its leads are now; those that are shown nowhere else. Raises as Poster.show."""
        rows = await asyncio.to_thread(self.batches.rows, batch_id)
        leads = await asyncio.to_thread(self._book.these, list(rows))
        if not leads:
            await self._remove(batch_id)
            return []
        opened = {lead.id for lead in leads if rows[lead.id]}
        links = await self.links.to(sorted(opened), own=True)
        await self._poster.show(batch_key(batch_id), batch_card(leads, opened, links))
        return [lead for lead in leads if lead.id not in opened]

    async def _remove(self, batch_id: int) -> None:
        """Take a card out of Slack whose leads were all deleted."""
        await self._poster.delete(batch_key(batch_id))
        await asyncio.to_thread(self.batches.drop, batch_id)


class BatchTarget:
    """The edits of batch cards; implements enrichment.ports.Target, with batches in the place of leads."""

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
