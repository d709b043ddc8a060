"""The loop of a notice: it looks every few seconds whether there is something to tell, and survives any look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from enrichment.errors import LeadbotError

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0


async def keep_telling(look: Callable[[], Awaitable[None]]) -> None:
    """Look until cancelled. What cannot be posted now, as on a full disk, is tried again."""
    while True:
        try:
            await look()
        except LeadbotError as error:
            log.debug("a notice waits", why=str(error))
        except Exception:  # a notice that fails must not take the bot down with it
            log.exception("a notice failed")
        await asyncio.sleep(LOOK_SECONDS)
