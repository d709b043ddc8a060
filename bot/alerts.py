"""Tells the owner by mail when Slack has been down for a while, and when it is back: once an outage, across restarts.

Each look writes down what was seen; a mail is claimed in the database before it is sent. A kill between the two sends
it again under the same Message-ID: for an alert, twice is better than never.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import NamedTuple

import structlog

from bot import alert_mail, alert_text
from bot.alert_address import AlertAddress
from bot.alert_text import House
from enrichment.adapters.apart import apart
from enrichment.adapters.store.outages import Outage, Outages
from enrichment.adapters.store.views import Views
from enrichment.adapters.store.waiting import Waiting
from enrichment.errors import LeadbotError, RetryLater

log = structlog.get_logger(__name__)

NAME = "slack"
LEASE = "alerts"
LONGEST_LOOK = 15.0
# Back means back for so long; one answer between two failures is no end of an outage.
LONGEST_STEADY = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 1800.0
SHOWN_LEADS = 5


class Trouble(NamedTuple):
    """Slack is down: since when, and why in plain words."""

    since: datetime
    why: str


SlackOutage = Callable[[], Trouble | None]
Send = Callable[[AlertAddress, EmailMessage], list[str]]


def first_of(sources: Sequence[SlackOutage]) -> SlackOutage:
    """Down as soon as one of them says so; the earliest of what they say."""

    def look() -> Trouble | None:
        return min((found for source in sources if (found := source()) is not None), default=None)

    return look


def pause(attempts: int) -> float:
    """Seconds before the next attempt: doubled each time, and never the same for two bots."""
    longest = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 16), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


def told(outage: Outage | None, now: datetime, after: float) -> list[str]:
    """How far the telling is, for the status. after: the minutes that Slack must be down."""
    if outage is None:
        return []
    minutes = f"{max(0.0, (now - outage.since).total_seconds()) / 60:.0f} min"
    why = f", last try: {outage.error}" if outage.error else ""
    match outage.state:
        case "watched":
            return [f"Slack is down for {minutes}; the owner is mailed after {after:g}"]
        case "told":
            return [f"Slack is down for {minutes}; the owner was mailed"]
        case "telling":
            return [f"Slack is down for {minutes}; the mail to the owner is on its way (tries: {outage.attempts}{why})"]
        case "over":
            return [f"Slack is back; the mail to the owner is on its way (tries: {outage.attempts}{why})"]


class OwnerAlerts:
    """One process's part in it; of several workers one at a time looks, by a lease.

    patience: seconds that Slack must be down. elapsed: a clock that is never set, in seconds.
    """

    def __init__(
        self,
        outages: Outages,
        waiting: Waiting,
        views: Views,
        outage: SlackOutage,
        *,
        to: AlertAddress,
        house: House,
        worker: str,
        patience: float,
        elapsed: Callable[[], float],
        send: Send = alert_mail.send,
    ) -> None:
        self._outages, self._waiting, self._views = outages, waiting, views
        self._outage, self._send = outage, send
        self._to, self._house, self._worker = to, house, worker
        self._patience, self._elapsed = patience, elapsed
        self._well_since: float | None = None
        self.every = max(0.5, min(LONGEST_LOOK, patience / 10))
        self._steady = min(LONGEST_STEADY, patience / 10)

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look again and again, until cancelled."""
        said = ""
        while True:
            try:
                await self.look()
                said = ""
            except LeadbotError as error:
                if str(error) != said:
                    log.warning("nobody could look whether the owner must be told", why=str(error))
                said = str(error)
            except Exception:  # the loop that tells of trouble must outlive any
                log.exception("the look whether the owner must be told failed")
            await sleep(self.every)

    async def look(self) -> None:
        """Write down how Slack is, and send the mail that is due. Raises RetryLater while the database is away."""
        if not await asyncio.to_thread(self._views.lease, LEASE, self._worker, self.every + 2 * LONGEST_STEADY):
            return
        await asyncio.to_thread(self._note)
        claimed = await asyncio.to_thread(self._outages.claim, NAME)
        if claimed is not None:
            await self._tell(claimed)

    def _note(self) -> None:
        trouble = self._outage()
        if trouble is not None:
            self._well_since = None
            self._outages.down(NAME, trouble.since, trouble.why, self._patience)
            return
        now = self._elapsed()
        self._well_since = now if self._well_since is None else self._well_since
        if now - self._well_since >= self._steady:
            self._outages.up(NAME)

    async def _tell(self, outage: Outage) -> None:
        """Send what is due, in a thread that nobody waits for at a stop."""
        try:
            message = await asyncio.to_thread(self._message, outage)
            refused = await apart(self._send, self._to, message)
        except RetryLater as error:
            wait = pause(outage.attempts)
            log.warning("the owner could not be mailed", why=str(error), attempt=outage.attempts, again_in=round(wait))
            await asyncio.to_thread(self._outages.failed, outage, str(error), wait)
            return
        await asyncio.to_thread(self._outages.told, outage)
        log.info("the owner was mailed", about=f"{self._house.slack} {'back' if outage.ended else 'down'}")
        if refused:
            log.warning("the mail server refused some of the addresses in to=", addresses=refused)

    def _message(self, outage: Outage) -> EmailMessage:
        count, first = self._waiting.look(SHOWN_LEADS)
        if outage.state == "over":
            return alert_text.back(outage, count, self._house, self._to)
        return alert_text.down(outage, count, first, self._house, self._to)
