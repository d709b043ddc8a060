"""The picture of the last weeks in the digest's thread. It may fail; the digest stands without it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot import trend
from bot.slack.client import Slack
from bot.slack.files import Upload, upload
from enrichment.adapters.store.numbers import Numbers
from enrichment.errors import LeadbotError, RetryLater

log = structlog.get_logger(__name__)

DAYS = 28
ATTEMPTS = 3
LONGEST_PAUSE = 30.0
_PAGE = 200


class TrendPicture:
    """Uploads it once a day: Slack has no key for a file, so the thread is looked through for its name."""

    def __init__(self, slack: Slack, channel: str, numbers: Numbers, zone: ZoneInfo) -> None:
        self._slack = slack
        self._channel = channel
        self._numbers = numbers
        self._zone = zone

    async def show(self, root: str, day: date) -> None:
        """Put the picture of the weeks before this day below `root`. Never raises for what goes wrong with it."""
        try:
            picture = await asyncio.to_thread(self._draw, day)
            if picture is not None:
                name = f"leads-{day.isoformat()}.png"
                await self._patiently(root, Upload(name, picture.png, title=picture.title, alt=picture.alt))
        except LeadbotError as error:
            log.warning("the digest has no picture", why=str(error))
        except Exception:  # whatever a drawing library trips over must not cost staff the rest of the digest
            log.exception("the digest has no picture")

    def _draw(self, day: date) -> trend.Picture | None:
        return trend.draw(self._numbers.by_day(day - timedelta(days=DAYS), day - timedelta(days=1), self._zone))

    async def _patiently(self, root: str, file: Upload) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if not await self._is_there(root, file.name):
                    await upload(self._slack, channel=self._channel, thread_ts=root, files=[file])
            except RetryLater as error:
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(min(error.retry_after or attempt, LONGEST_PAUSE))
            else:
                return

    async def _is_there(self, root: str, name: str) -> bool:
        """Whether the thread has it, from before a crash or an answer that was lost."""
        page = await self._slack.read("conversations.replies", channel=self._channel, ts=root, limit=_PAGE)
        files = [file for message in page.get("messages", []) for file in message.get("files") or ()]
        return any(file.get("name") == name for file in files)
