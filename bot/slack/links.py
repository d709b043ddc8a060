"""Where a lead is shown in Slack, and the link to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from bot.slack.client import ChannelRefused, SlackRefused
from bot.slack.poster import Poster
from enrichment.adapters.store.batches import Batches
from enrichment.adapters.store.postings import card_key

log = structlog.get_logger(__name__)


def batch_key(batch_id: int) -> str:
    """The key of a batch card."""
    return f"batch:{batch_id}"


class Links:
    """Links to cards; those of leads that are only rows lead to the batch card."""

    def __init__(self, poster: Poster, batches: Batches) -> None:
        self._poster = poster
        self._batches = batches

    async def to(self, lead_ids: Iterable[int], *, own: bool = False) -> dict[int, str]:
        """Lead to link, for those that are shown; own: only to cards of their own."""
        found = {}
        for lead_id in lead_ids:
            there = await self._poster.place(card_key(lead_id))
            if there is None and not own:
                there = await self._row(lead_id)
            if there is not None and (link := await self.link(there[1], there[0])) is not None:
                found[lead_id] = link
        return found

    async def _row(self, lead_id: int) -> tuple[str, str] | None:
        place = await asyncio.to_thread(self._batches.place, lead_id)
        return None if place is None else await self._poster.place(batch_key(place.batch_id))

    async def link(self, ts: str, channel: str) -> str | None:
        """The link to a message in this channel.

        None when somebody deleted it, or closed its channel, which must not keep the others from being shown.
        """
        try:
            return await self._poster.permalink(ts, channel)
        except (ChannelRefused, SlackRefused) as error:
            log.info("no link to a card", why=str(error))
            return None
