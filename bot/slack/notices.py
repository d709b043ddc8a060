"""What staff must hear of that is no lead: messages that could not be read."""

from __future__ import annotations

import asyncio
import contextlib

from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, section
from bot.slack.poster import Poster
from enrichment.adapters.store.ledger import Ledger, QuarantinedMessage

NAMED = 5
# More at a time would be more rows marked than a statement may name.
TOLD_AT_ONCE = 5000
# What breaks one message often breaks the next; staff hear of a burst once, and of one that goes on after a minute.
QUIET_SECONDS = 5.0
LONGEST_BURST = 60.0
_WAYS = (
    "Nothing is lost: “leadbot dead-letters” lists them, “leadbot dead-letters show ID” shows one, and "
    "“leadbot dead-letters retry --all” tries them again when the cause is mended."
)


class Notices:
    """Posts each notice once."""

    def __init__(self, poster: Poster, ledger: Ledger) -> None:
        self._poster = poster
        self._ledger = ledger

    async def awaited(self) -> bool:
        """Whether there is something to tell; said when no more comes to it, or that has gone on for too long."""
        known, count = 0, await self._count()
        some = count > 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_BURST):
                while count > known:
                    await asyncio.sleep(QUIET_SECONDS)
                    known, count = count, await self._count()
        return some

    async def _count(self) -> int:
        return await asyncio.to_thread(self._ledger.count_unnoticed)

    async def quarantined(self) -> int:
        """Tell of the messages set aside since the last time, in one notice; how many. Raises as Poster.show does."""
        found = await asyncio.to_thread(self._ledger.unnoticed, TOLD_AT_ONCE)
        if not found:
            return 0
        # Named after the first of them, so that a crash before the mark below finds its own notice again; and after
        # its attempt, for a retry that fails is news.
        first = found[0]
        await self._poster.show(f"notice:quarantine:{first.id}:{first.attempt}", set_aside(found))
        await asyncio.to_thread(self._ledger.notice, found)
        return len(found)


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
    told = "\n".join([*listed, *more, _WAYS])
    return SlackMessage(text=clipped(title, TEXT_LIMIT), blocks=(section(title), section(told)))
