"""What staff hear when a mailbox is not read and when it is again: each once, over restarts and with several workers.

Told is a mailbox that was not read for three intervals, and that is still so half a minute later; a mailbox that comes
and goes is told of once an hour, unless it is away for ten minutes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo

from bot.mailbox_health import NOBODY, cause, unread_since
from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, section
from bot.slack.poster import Poster
from bot.slack.telling import keep_telling
from enrichment.adapters.store.mailbox_notes import READ, UNREAD, MailboxNote, MailboxNotes
from enrichment.mailboxes import Pulse
from enrichment.ports import Clock

# A bot that has just started gets so long for its first poll.
GRACE_SECONDS = 30.0
LONG = timedelta(minutes=10)
AGAIN = timedelta(hours=1)
_KEPT = "Nothing is lost: mail stays in the mailbox and is read when it can be."


class MailboxNotices:
    """Follows the mailboxes in the store, whichever worker reads them.

    intervals: the seconds between polls of each mailbox, by name. poster: raises RetryLater until Slack has been
    reached. paused: why no mail is taken at all now, which is told elsewhere. elapsed: a clock that is never set.
    """

    def __init__(
        self,
        notes: MailboxNotes,
        intervals: Mapping[str, float],
        poster: Callable[[], Poster],
        clock: Clock,
        zone: tzinfo,
        *,
        paused: Callable[[], str],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notes, self._intervals = notes, intervals
        self._poster, self._clock, self._zone = poster, clock, zone
        self._paused, self._elapsed = paused, elapsed
        self._watched_since = clock.now()
        self._seen: dict[str, float] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        await keep_telling(self.look)

    async def look(self) -> None:
        """Tell what has not been told. Raises as Poster.show does."""
        if self._paused():
            self._watched_since = self._clock.now()
        known = await asyncio.to_thread(self._notes.listed, self._intervals)
        for name, interval in self._intervals.items():
            await self._look_at(known.get(name) or MailboxNote(mailbox=name), interval)

    async def _look_at(self, note: MailboxNote, interval: float) -> None:
        now = self._clock.now()
        pulse = Pulse(note.mailbox, note.last_success, note.error, note.failing_since)
        since = unread_since(pulse, interval, now, self._watched_since)
        if since is None:
            self._seen.pop(note.mailbox, None)
            await self._read_again(note)
        elif note.noticed != UNREAD and self._lasts(note.mailbox) and _is_news(note, since, now):
            await self._show(note, UNREAD, since, began(note, since, self._zone))

    def _lasts(self, mailbox: str) -> bool:
        return self._elapsed() - self._seen.setdefault(mailbox, self._elapsed()) >= GRACE_SECONDS

    async def _read_again(self, note: MailboxNote) -> None:
        """Only what was read has an end to tell of; a pause or another first failure is none."""
        told_at, read = note.told_at, note.last_success
        if note.noticed == UNREAD and told_at is not None and note.failing_since is None and read and read > told_at:
            await self._show(note, READ, told_at, ended(note.mailbox, read - told_at))

    async def _show(self, note: MailboxNote, what: str, since: datetime, text: str) -> None:
        # Named after the outage, so that a crash before it is marked finds its own notice again.
        key = f"notice:mailbox:{note.mailbox}:{since:%Y%m%dT%H%M%S.%f}:{what}"
        await self._poster().show(key, SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=(section(text),)))
        await asyncio.to_thread(self._notes.told, note.mailbox, what, since)


def _is_news(note: MailboxNote, since: datetime, now: datetime) -> bool:
    # told_at is when the last trouble began; a clock that was set back must not silence a mailbox.
    return now - since >= LONG or note.told_at is None or abs(now - note.told_at) >= AGAIN


def began(note: MailboxNote, since: datetime, zone: tzinfo) -> str:
    """That a mailbox is not read, and why."""
    why = cause(note.mailbox, note.error) if note.failing_since is not None else NOBODY
    return f"⚠️ Mailbox {note.mailbox} has not been read since {since.astimezone(zone):%H:%M} ({why}). {_KEPT}"


def ended(mailbox: str, lasted: timedelta) -> str:
    """That it is read again, after how long."""
    minutes = max(1, round(lasted.total_seconds() / 60))
    after = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
    return f"✅ Mailbox {mailbox} is read again after {after}; what came meanwhile is on its way."
