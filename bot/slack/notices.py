"""What staff must hear of that is no lead: messages that could not be read, and the daily digest."""

from __future__ import annotations

import asyncio
from datetime import date

from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, section
from bot.slack.commands import listing
from bot.slack.poster import Poster
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.ledger import Ledger, QuarantinedMessage

DIGEST_LEADS = 30
NAMED = 5


class Notices:
    """Posts each notice once."""

    def __init__(self, poster: Poster, ledger: Ledger, book: LeadBook) -> None:
        self._poster = poster
        self._ledger = ledger
        self._book = book

    async def quarantined(self) -> int:
        """Tell of the messages set aside since the last time, in one notice; how many. Raises as Poster.show does."""
        found = await asyncio.to_thread(self._ledger.unnoticed, 100)
        if not found:
            return 0
        # Named after the first of them, so that a crash before the mark below finds its own notice again.
        await self._poster.show(f"notice:quarantine:{found[0].id}", set_aside(found))
        await asyncio.to_thread(self._ledger.notice, [message.id for message in found])
        return len(found)

    async def digest(self, day: date) -> None:
        """Post the open leads of the day, most urgent first, without the samples; nothing when there are none."""
        leads = await asyncio.to_thread(self._book.listed, limit=DIGEST_LEADS, samples=False)
        if not leads:
            return
        total = await asyncio.to_thread(self._book.count_open, samples=False)
        told = listing(leads, total)
        title = f"{day:%A %d %B}: {total} open {'lead' if total == 1 else 'leads'}"
        message = SlackMessage(text=title, blocks=(section(title), *told.blocks[1:]))
        await self._poster.show(f"digest:{day.isoformat()}", message)


def set_aside(found: list[QuarantinedMessage]) -> SlackMessage:
    """What could not be read, and where to look."""
    many = len(found) > 1
    title = (
        f"⚠️ {len(found)} messages could not be read and were set aside"
        if many
        else ("⚠️ A message could not be read and was set aside")
    )
    listed = [
        f"message {m.id}, {m.received_at:%Y-%m-%d %H:%M} UTC, failed in {m.stage}: {m.error}" for m in found[:NAMED]
    ]
    more = [f"and {len(found) - NAMED} more"] if len(found) > NAMED else []
    told = "\n".join([*listed, *more, "Nothing is lost: `leadbot status` lists them."])
    return SlackMessage(text=clipped(title, TEXT_LIMIT), blocks=(section(title), section(told)))
