"""The sign of life for a monitor: its URL is asked for every minute while all is live, and not at all when it is not.

Each process asks for itself; with several, give each a URL of its own. A silence is said once in the log, and always in
/readyz, `/lead status` and `leadbot status`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx
import structlog

import bot
from bot.health import Check

log = structlog.get_logger(__name__)

NAME = "heartbeat"
EVERY, AGAIN, FIRST = 60.0, 10.0, 5.0
SECONDS = 10.0

Trouble = Callable[[], Awaitable[str]]


class Heartbeat:
    """The sign of life of one process. trouble: why not all is live, empty when it is."""

    def __init__(self, url: str, trouble: Trouble, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._url, self._trouble, self._elapsed = url, trouble, elapsed
        self._last: float | None = None
        self._silent = ""
        self._unheard = ""
        self._said = ""

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Go on until cancelled."""
        await sleep(FIRST)
        while True:
            try:
                await self.beat()
            except Exception:  # a beat that fails must not be the last one
                log.exception("a heartbeat failed")
            # A moment's trouble, as when a socket is opened anew, costs no minute.
            await sleep(AGAIN if self._silent else EVERY)

    async def beat(self) -> None:
        """Ask for the URL once if all is live, else keep still and say why."""
        found = await self._trouble()
        if found and self._silent and self._said != "silent":
            log.warning("the heartbeat is silent", why=found)
            self._said = "silent"
        self._silent = found
        if found:
            return
        self._unheard = await _asked(self._url)
        self._say_heard()

    def _say_heard(self) -> None:
        if self._unheard:
            if self._said != "unheard":
                log.warning("the heartbeat is not heard", why=self._unheard)
            self._said = "unheard"
            return
        self._last = self._elapsed()
        if self._said:
            log.info("the heartbeat is heard again")
        self._said = ""

    def check(self) -> Check:
        """How it goes. Never `failed`: what is behind a silence has its own check, and the monitor tells the rest."""
        heard = "not heard yet" if self._last is None else f"last heard {self._elapsed() - self._last:.0f} s ago"
        if self._silent:
            advice = "it goes on by itself when that is mended"
            return Check(name=NAME, state="off", detail=f"silent, {heard}; {self._silent}", advice=advice)
        if self._unheard:
            advice = "check LEADBOT_HEARTBEAT_URL and the way out to it"
            return Check(name=NAME, state="off", detail=f"{heard}; {self._unheard}", advice=advice)
        return Check(name=NAME, state="ok", detail=heard)


async def _asked(url: str) -> str:
    """Ask for it; what was wrong, without the URL, which is a secret."""
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as client,
            client.stream("GET", url, headers={"User-Agent": f"leadbot/{bot.__version__}"}) as answer,
        ):
            # The body is never read; a redirect is not followed, for the URL holds a secret.
            status = answer.status_code
    except TimeoutError:
        return f"no answer in {SECONDS:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return f"cannot be reached ({type(error).__name__})"
    if 300 <= status < 400:
        return f"answered {status}, a redirect: set the address that it leads to"
    return "" if status < 300 else f"answered {status}"
