"""`/lead show`, `similar` and `status`: what only reads. Shared with others it is a line a lead, no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bot.search import Hit, Search
from bot.slack import cards
from bot.slack.blocks import SlackMessage, one_line, section
from bot.slack.command_reply import Asker, titled
from bot.slack.command_words import lead_and_rest
from bot.status import Status, lines
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.events import SHOWN, Audit
from enrichment.errors import GiveUp
from enrichment.lead import Lead, MatchKind
from enrichment.ports import Clock

_KIND = {MatchKind.DUPLICATE: "duplicate", MatchKind.RELATED: "same customer", MatchKind.SIMILAR: "similar"}


class ShowCommands:
    """status: reads the state of the running bot. What was asked is not written down: it may be a customer's words."""

    def __init__(
        self, book: LeadBook, search: Search, audit: Audit, clock: Clock, status: Callable[[], Status]
    ) -> None:
        self._book = book
        self._search = search
        self._audit = audit
        self._clock = clock
        self._status = status

    async def similar(self, asker: Asker, rest: str) -> SlackMessage:
        """`similar TEXT` or `similar L-12`."""
        hits = await asyncio.to_thread(self._search.similar, rest)
        await self._noted(asker, "similar", [hit.lead for hit in hits])
        asked = one_line(rest, 200)
        if not hits:
            return titled(f"No lead is like “{asked}”.")
        count = "1 lead" if len(hits) == 1 else f"{len(hits)} leads"
        told = [_found(hit, why=not asker.shared) for hit in hits]
        return titled(f"{count} like “{asked}”", [section(line, 2 * cards.LINE_LIMIT) for line in told])

    async def show(self, asker: Asker, rest: str) -> SlackMessage:
        """`show L-12`."""
        number, _ = lead_and_rest(rest, "show L-12")
        lead = await asyncio.to_thread(self._book.get, number)
        if lead is None or lead.revision == 0:
            raise GiveUp(f"there is no lead L-{number}")
        by = "command, shared" if asker.shared else "command"
        await asyncio.to_thread(self._audit.note, asker.user, SHOWN, lead_id=number, by=by)
        return titled(cards.list_line(lead)) if asker.shared else cards.full(lead)

    async def status(self, _asker: Asker, _rest: str) -> SlackMessage:
        """`status`."""
        status = await asyncio.to_thread(self._status)
        told = lines(status, self._clock.now())
        return titled("Leadbot status", [section("\n".join(told).replace("`", ""))])

    async def _noted(self, asker: Asker, by: str, leads: Sequence[Lead]) -> None:
        if leads:
            numbers = [lead.id for lead in leads]
            await asyncio.to_thread(self._audit.note, asker.user, SHOWN, by=by, leads=numbers)


def _found(hit: Hit, *, why: bool) -> str:
    """why: with the reasons, which may name the customer's address."""
    reasons = cards.because(hit.found.reasons, 250) if why else ""
    told = f"{_KIND[hit.found.kind]}, {hit.found.score:.0%}" + (f": {reasons}" if reasons else "")
    return f"{cards.list_line(hit.lead)}\n      {told}"
