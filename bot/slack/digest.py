"""The digest: once a day the open leads, what was filtered and, below it, a picture; once a week the numbers too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.slack import digest_text, filtered
from bot.slack.digest_picture import TrendPicture
from bot.slack.poster import Poster
from enrichment.adapters.store.book import LeadBook
from enrichment.adapters.store.filtered import Filtered
from enrichment.adapters.store.lead_filters import Filters
from enrichment.adapters.store.numbers import Numbers
from enrichment.ports import Clock

OPEN = Filters(snoozed=False, samples=False)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SNOOZED = Filters(snoozed=True, samples=False)


class Digest:
    """weekday: the day of the weekly one as it is set now, `monday`; zone: the business's; picture: None for none."""

    def __init__(
        self,
        poster: Poster,
        book: LeadBook,
        filtered: Filtered,
        numbers: Numbers,
        *,
        clock: Clock,
        zone: ZoneInfo,
        weekday: Callable[[], str] = lambda: "never",
        picture: TrendPicture | None = None,
    ) -> None:
        self._poster = poster
        self._book = book
        self._filtered = filtered
        self._numbers = numbers
        self._clock = clock
        self._zone = zone
        self._weekday = weekday
        self._picture = picture

    async def post(self, day: date) -> None:
        """Post the day's digest, or what a crash has left of it; nothing where there is nothing to say.

        Raises as Poster.show does; safe to repeat.
        """
        facts = await asyncio.to_thread(self._facts, day)
        root = None
        if not facts.empty:
            said = digest_text.message(facts, self._clock.now())
            root = await self._poster.show(f"digest:{day.isoformat()}", said)
        await self._no_leads(day)
        # The slowest last, and without it everything else stands.
        if root is not None and self._picture is not None:
            await self._picture.show(root, day)

    def _facts(self, day: date) -> digest_text.Facts:
        weekly = WEEK[day.weekday()] == self._weekday()
        before = day - timedelta(days=1)
        (yesterday,) = self._numbers.by_day(before, before, self._zone)
        return digest_text.Facts(
            day=day,
            leads=tuple(self._book.found(OPEN, digest_text.RANKED)),
            total=self._book.count(OPEN),
            snoozed=self._book.count(SNOOZED),
            yesterday=yesterday,
            week=self._numbers.week(self._clock.now()) if weekly else None,
        )

    async def _no_leads(self, day: date) -> None:
        """What was filtered. Shown before it is marked, so that a crash between loses none.

        Under the name of the oldest of it: a digest that is begun again later must not write over what is marked.
        """
        found = await asyncio.to_thread(self._filtered.untold, filtered.LISTED)
        if not found:
            return
        total, oldest = await asyncio.to_thread(self._filtered.untold_in_all)
        await self._poster.show(f"digest:{day.isoformat()}:filtered:{oldest}", filtered.digest(found, total))
        await asyncio.to_thread(self._filtered.told, found[0].id)
