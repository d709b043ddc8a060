"""The Slack views of a lead that the reconcilers keep up: its card, and its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from bot.slack import cards, history
from bot.slack.answering import Answering
from bot.slack.batches import BatchCards
from bot.slack.client import ChannelRefused, SlackRefused
from bot.slack.details import details
from bot.slack.links import Links
from bot.slack.poster import THREAD_GONE, Poster
from bot.slack.routing import Routing
from enrichment.adapters.store.batches import Place
from enrichment.adapters.store.book import OPEN_STATES, LeadBook
from enrichment.adapters.store.events import History
from enrichment.adapters.store.messages import Messages
from enrichment.adapters.store.postings import card_key
from enrichment.errors import GiveUp, LeadbotError
from enrichment.lead import Lead, LeadStatus, UrgencyLabel

log = structlog.get_logger(__name__)


class CardTarget:
    """Root messages: a card for each lead, or one for many that can wait; implements enrichment.store_ports.Target.

    The most urgent lead comes first, so when it is not a hot one, none that waits is: beyond BACKLOG they become rows
    of batch cards, the warm ones first. A row that begins to matter is given a card by itself.

    at_once: leads that are shown side by side; more than one only where the channel takes them without a queue, in
    which a hot lead would stand behind those that came before it. answering: makes the links that open an answer.
    """

    name = "card"
    after = None

    def __init__(
        self,
        poster: Poster,
        book: LeadBook,
        rows: BatchCards,
        at_once: int = 1,
        answering: Answering | None = None,
        *,
        routing: Routing | None = None,
    ) -> None:
        self._routing = routing
        self.batch = at_once
        self._answering = answering
        self._poster = poster
        self._book = book
        self._rows = rows
        self._batches = rows.batches

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Show each lead's card as the lead is now."""
        # All of them are waited for: whatever is still on its way must not be begun again.
        shown = await asyncio.gather(*(self.show(lead_id) for lead_id, _ in leads), return_exceptions=True)
        for error in shown:
            if isinstance(error, BaseException):
                raise error

    async def show(self, lead_id: int) -> None:
        """Show the lead in the one place that is its own, as it is now. Raises as Poster.show does."""
        lead = await find(self._book, lead_id)
        place = await self._place(lead)
        if place is not None and not place.opened and await self._rows.opens_itself(lead):
            place = place.model_copy(update={"opened": True})
        if place is None or place.opened:
            await self.draw(lead)
        if place is not None and (place.opened or place.posted):
            await asyncio.to_thread(self._batches.touch, place.batch_id)
        elif place is not None:
            await self._rows.post(place.batch_id)

    async def _place(self, lead: Lead) -> Place | None:
        """The lead's row; None when it is to have a card of its own."""
        place = await asyncio.to_thread(self._batches.place, lead.id)
        label = lead.triage.label
        if place is None and label != UrgencyLabel.HOT and lead.status != LeadStatus.CLAIMED:
            place = await asyncio.to_thread(self._batches.gather, lead.id, warm=label == UrgencyLabel.WARM)
        return place

    async def is_row(self, lead_id: int) -> bool:
        """Whether the lead is shown in a batch card only, and has no thread."""
        place = await asyncio.to_thread(self._batches.place, lead_id)
        return place is not None and not place.opened

    async def draw(self, lead: Lead) -> str:
        """The ts of this lead's card, which says what this lead says.

        Where its channel takes nothing any more, it is in the lead channel from now on.
        """
        tried = await self.where(lead.id)
        try:
            return await self._draw(lead)
        except ChannelRefused as error:
            # Another loop may have moved it at this moment.
            if not await self.fall_back(lead, error) and await self.where(lead.id) == tried:
                raise
            return await self._draw(lead)

    async def where(self, lead_id: int) -> str:
        """The channel of this lead; empty for the poster's own."""
        return "" if self._routing is None else await asyncio.to_thread(self._routing.where, lead_id)

    async def fall_back(self, lead: Lead, error: ChannelRefused) -> bool:
        """Its channel is closed to us; False when there is no other."""
        return self._routing is not None and await self._routing.fall_back(lead.id, str(error))

    async def _draw(self, lead: Lead) -> str:
        mailto = self._answering.mailto(lead) if self._answering is not None else ""
        return await self._poster.show(
            card_key(lead.id), cards.card(lead, mailto), lead_id=lead.id, channel=await self.where(lead.id)
        )

    async def draw_again(self, lead: Lead) -> str:
        """The ts of a new card, for somebody deleted the one that was there; the lead must still be shown."""
        await self._poster.forget(card_key(lead.id))
        return await self.draw(lead)


class ThreadTarget:
    """What stands below a card: the details, later mail, what staff did, a pointer in an earlier lead's thread.

    Replies give way: there are none as long as a card waits, for a new lead counts more than an older one's details.
    Implements enrichment.store_ports.Target.
    """

    name = "thread"
    batch = 1
    after = CardTarget.name

    def __init__(
        self, poster: Poster, book: LeadBook, messages: Messages, card: CardTarget, *, links: Links, events: History
    ) -> None:
        self._poster = poster
        self._links = links
        self._events = events
        self._book = book
        self._messages = messages
        self._card = card

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Bring the threads of these leads up to date; a row of a batch card has none, and nothing is due."""
        for lead_id, _ in leads:
            if not await self._card.is_row(lead_id):
                await self._show(lead_id)

    async def _show(self, lead_id: int) -> None:
        lead = await find(self._book, lead_id)
        tried = await self._card.where(lead_id)
        try:
            await self._draw(lead, await self._card.draw(lead))
        except SlackRefused as error:
            if error.code != THREAD_GONE:
                raise
            await self._draw(lead, await self._card.draw_again(lead))
        except ChannelRefused as error:
            if not await self._card.fall_back(lead, error) and await self._card.where(lead_id) == tried:
                raise
            await self._draw(lead, await self._card.draw(lead))

    async def _draw(self, lead: Lead, root: str) -> None:
        links = await self._links.to([match.other_id for match in lead.matches])
        here = await self._card.where(lead.id)
        await self._poster.show(
            f"lead:{lead.id}:details", details(lead, links), thread_ts=root, lead_id=lead.id, channel=here
        )
        for message in await asyncio.to_thread(self._messages.attached_to, lead.id):
            said = cards.reply(lead, message.excerpt, message.reason)
            await self._poster.show(f"message:{message.id}:reply", said, thread_ts=root, lead_id=lead.id, channel=here)
        for event in await asyncio.to_thread(self._events.of, lead.id, tuple(history.WORDS)):
            if history.is_told_by_timer(event):
                continue
            said = history.line(lead, event)
            await self._poster.show(f"event:{event.id}", said, thread_ts=root, lead_id=lead.id, channel=here)
        earlier = await asyncio.to_thread(self._book.get, lead.duplicate_of) if lead.duplicate_of else None
        if earlier is not None and await self._stands(earlier):
            await self._point(lead, earlier, root)

    async def _stands(self, earlier: Lead) -> bool:
        """Whether there is a thread to point in: a closed lead's card is not brought to another Slack for that.

        Nor is a historical lead given a card for it.

        A row has none: were it opened for this, a hundred mails of one customer would all get cards. Whoever opens it
        finds the pointers.
        """
        if await self._card.is_row(earlier.id):
            return False
        waits = earlier.status in OPEN_STATES and not earlier.historical
        return waits or await self._poster.ts_of(card_key(earlier.id)) is not None

    async def _point(self, lead: Lead, earlier: Lead, root: str) -> None:
        """One line in the earlier lead's thread; its card is posted first where it is still waiting."""
        if earlier.revision == 0:
            # Not RetryLater, which would hold up every other thread as well.
            raise LeadbotError(f"{earlier.label}, which {lead.label} may repeat, is not judged yet")
        link = await self._links.link(root, await self._card.where(lead.id))
        said = cards.pointer(lead, {lead.id: link} if link else {})
        try:
            there = await self._card.draw(earlier)
            near = await self._card.where(earlier.id)
            await self._poster.show(f"lead:{lead.id}:pointer", said, thread_ts=there, lead_id=lead.id, channel=near)
        except SlackRefused as error:
            if error.code != THREAD_GONE:
                raise
            log.info("the earlier card was deleted; nobody is there to be told", lead=earlier.id)
        except ChannelRefused as error:
            # It is the earlier lead's channel that is closed: this one has nothing to do with it.
            log.info("the earlier card's channel is closed; nobody can be told", lead=earlier.id, why=str(error))


async def find(book: LeadBook, lead_id: int) -> Lead:
    """The lead. Raises GiveUp when it is gone."""
    lead = await asyncio.to_thread(book.get, lead_id)
    if lead is None:
        raise GiveUp(f"L-{lead_id} is not in the store")
    return lead
