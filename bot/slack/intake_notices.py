"""What staff hear when new mail is put off for want of room, and when it is taken again: each once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.checks import ROOM
from bot.slack.blocks import SlackMessage, section
from bot.slack.poster import Poster
from enrichment.adapters.pressure import Reading
from enrichment.errors import LeadbotError
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
_KEPT = "Nothing is lost: whoever sends to us keeps the mail and tries again."


class IntakeNotices:
    """Follows the reading; a pause that is over before anybody could be told is not told of.

    poster: raises RetryLater until Slack has been reached.
    """

    def __init__(self, reading: Callable[[], Reading], poster: Callable[[], Poster], clock: Clock) -> None:
        self._reading = reading
        self._poster = poster
        self._clock = clock
        self._since: datetime | None = None
        self._paused = ""
        self._told = False

    async def run(self) -> None:
        """Look until cancelled. A notice that cannot be posted, as on a full disk, is tried again."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except LeadbotError as error:
                log.debug("a notice waits", why=str(error))
            except Exception:  # a notice that fails must not take the bot down with it
                log.exception("a notice failed")

    async def look(self) -> None:
        """Tell what has changed. Raises as Poster.show does."""
        reading = self._reading()
        if reading.cause is not None:
            if self._since is None:
                self._since, self._paused = self._clock.now(), reading.paused
            if not self._told:
                await self._show(
                    "off", f"⚠️ New mail is put off: {self._paused}", f"{_KEPT} To do: {ROOM[reading.cause]}."
                )
                self._told = True
        elif self._since is not None:
            seconds = max(0.0, (self._clock.now() - self._since).total_seconds())
            title = f"✅ New mail is taken again, after {_lasted(seconds)} ({self._paused})"
            await self._show("on", title, _KEPT)
            self._since, self._told = None, False

    async def _show(self, what: str, title: str, text: str) -> None:
        message = SlackMessage(text=title, blocks=(section(title), section(text)))
        await self._poster().show(f"notice:intake:{self._since:%Y%m%dT%H%M%S.%f}:{what}", message)


def _lasted(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
