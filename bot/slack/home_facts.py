"""Reads what home tabs show, out of the store; blocking."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from bot.bootstrap import Store
from bot.settings import Settings
from bot.slack.home import LISTED, Shared, Week
from bot.slack.home_checklist import Todo, todo
from bot.staff_settings import LiveSettings
from bot.status import Status
from enrichment.adapters.store.book import Filters
from enrichment.lead import Lead, LeadStatus

# The state of everything takes a while to count, and nobody watches it by the second.
SLOW_SECONDS = 20.0
HIDDEN = "checklist:"


class HomeReader:
    """now: a clock in seconds that is never set back. Every method raises RetryLater."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        status: Callable[[], Status],
        live: LiveSettings,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._settings = settings
        self._status = status
        self._live = live
        self._now = now
        self._counted: tuple[float, tuple[Todo, ...], Week] | None = None

    def shared(self) -> Shared:
        """What everybody sees alike."""
        free = Filters(status=(LeadStatus.OPEN,), unclaimed=True, snoozed=False)
        parts, week = self._slowly()
        leads, count = self._leads(free)
        return Shared(
            todo=parts,
            unclaimed=leads,
            unclaimed_count=count,
            week=week,
            chosen=self._live.look(),
            zone=self._settings.timezone,
        )

    def mine(self, user: str) -> tuple[tuple[Lead, ...], int]:
        """The first of the leads that this person has claimed, most urgent first, and how many there are."""
        return self._leads(Filters(status=(LeadStatus.CLAIMED,), owner=user))

    def hidden(self) -> frozenset[str]:
        """Who has hidden the checklist."""
        stored = self._store.staff_settings.all()
        return frozenset(
            name.removeprefix(HIDDEN) for name, value in stored.items() if name.startswith(HIDDEN) and value
        )

    def _leads(self, wanted: Filters) -> tuple[tuple[Lead, ...], int]:
        book = self._store.book
        found = tuple(book.found(wanted, LISTED, 0))
        return found, len(found) if len(found) < LISTED else book.count(wanted)

    def _slowly(self) -> tuple[tuple[Todo, ...], Week]:
        if self._counted is None or self._now() - self._counted[0] >= SLOW_SECONDS:
            parts = todo(self._settings, self._status())
            self._counted = self._now(), parts, self._week(self._store.clock.now())
        return self._counted[1:]

    def _week(self, now: datetime) -> Week:
        found = self._store.numbers.week(now)
        median = found.median_claim_seconds
        return Week(leads=found.leads, claimed=found.claimed, won=found.won, median_claim_seconds=median)
