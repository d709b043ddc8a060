"""What staff hear when new mail is put off for want of room, and when it is taken again: each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.checks import ROOM
from bot.slack.blocks import SlackMessage, section
from bot.slack.poster import Poster
from bot.slack.telling import keep_telling
from enrichment.adapters.pressure import Reading
from enrichment.ports import Clock

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
        """Look until cancelled."""
        await keep_telling(self.look)

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
