"""The Slack views of a lead that the reconcilers keep up: its card, and its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from bot.slack import cards, history
from bot.slack.client import SlackRefused
from bot.slack.poster import THREAD_GONE, Poster
from enrichment.adapters.store.book import OPEN_STATES, LeadBook
from enrichment.adapters.store.events import History
from enrichment.adapters.store.messages import Messages
from enrichment.adapters.store.views import Views
from enrichment.errors import GiveUp, LeadbotError
from enrichment.models import Lead

log = structlog.get_logger(__name__)

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
        return await self.draw(await find(self._book, lead_id))

    async def draw(self, lead: Lead) -> str:
        """The ts of this lead's card, which says what this lead says."""
        return await self._poster.show(f"lead:{lead.id}:card", cards.card(lead), lead_id=lead.id)

    async def draw_again(self, lead: Lead) -> str:
        """The ts of a new card, for somebody deleted the one that was there; the lead must still be shown."""
        await self._poster.forget(f"lead:{lead.id}:card")
        return await self.draw(lead)


class ThreadTarget:
    """What stands below a card: the details, later mail, what staff did, a pointer in an earlier lead's thread.

    Implements enrichment.ports.Target.
    """

    name = "thread"
    batch = 1
    after = CardTarget.name

    def __init__(
        self, poster: Poster, book: LeadBook, messages: Messages, card: CardTarget, *, views: Views, events: History
    ) -> None:
        self._poster = poster
        self._views = views
        self._events = events
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
        try:
            await self._draw(lead, await self._card.draw(lead))
        except SlackRefused as error:
            if error.code != THREAD_GONE:
                raise
            await self._draw(lead, await self._card.draw_again(lead))

    async def _draw(self, lead: Lead, root: str) -> None:
        links = await self._links([match.other_id for match in lead.matches])
        await self._poster.show(f"lead:{lead.id}:details", cards.details(lead, links), thread_ts=root, lead_id=lead.id)
        for message_id, excerpt in await asyncio.to_thread(self._messages.attached_to, lead.id):
            said = cards.reply(lead, excerpt)
            await self._poster.show(f"message:{message_id}:reply", said, thread_ts=root, lead_id=lead.id)
        for event in await asyncio.to_thread(self._events.of, lead.id, tuple(history.WORDS)):
            said = history.line(lead, event)
            await self._poster.show(f"event:{event.id}", said, thread_ts=root, lead_id=lead.id)
        earlier = await asyncio.to_thread(self._book.get, lead.duplicate_of) if lead.duplicate_of else None
        if earlier is not None and await self._stands(earlier):
            await self._point(lead, earlier, root)

    async def _links(self, lead_ids: Sequence[int]) -> dict[int, str]:
        found = {}
        for lead_id in lead_ids:
            ts = await self._poster.ts_of(f"lead:{lead_id}:card")
            if ts is not None and (link := await self._link(ts)) is not None:
                found[lead_id] = link
        return found

    async def _link(self, ts: str) -> str | None:
        """The link to a card; None when somebody deleted it, which must not keep the others from being shown."""
        try:
            return await self._poster.permalink(ts)
        except SlackRefused as error:
            log.info("no link to a card", why=str(error))
            return None

    async def _stands(self, earlier: Lead) -> bool:
        """Whether there is a thread to point in: a closed lead's card is not brought to another Slack for that."""
        return earlier.status in OPEN_STATES or await self._poster.ts_of(f"lead:{earlier.id}:card") is not None

    async def _point(self, lead: Lead, earlier: Lead, root: str) -> None:
        """One line in the earlier lead's thread; its card is posted first where it is still waiting."""
        if earlier.revision == 0:
            # Not RetryLater, which would hold up every other thread as well.
            raise LeadbotError(f"{earlier.label}, which {lead.label} may repeat, is not judged yet")
        there = await self._card.draw(earlier)
        link = await self._link(root)
        said = cards.pointer(lead, {lead.id: link} if link else {})
        try:
            await self._poster.show(f"lead:{lead.id}:pointer", said, thread_ts=there, lead_id=lead.id)
        except SlackRefused as error:
            if error.code != THREAD_GONE:
                raise
            log.info("the earlier card was deleted; nobody is there to be told", lead=earlier.id)


async def find(book: LeadBook, lead_id: int) -> Lead:
    """The lead. Raises GiveUp when it is gone."""
    lead = await asyncio.to_thread(book.get, lead_id)
    if lead is None:
        raise GiveUp(f"L-{lead_id} is not in the store")
    return lead
