"""`leadbot models`: downloads the language model through Ollama, and says which are there."""

from __future__ import annotations

import asyncio
import time
from typing import TextIO

from bot.model_check import is_wanted, open_model
from bot.progress import REDRAW_SECONDS, bar
from bot.settings import Settings
from enrichment.errors import NeedsPerson, RetryLater

_EVERY_PERCENT = 10
_WIDTH = 78


def pull(settings: Settings, out: TextIO, name: str = "") -> None:
    """Download a model, that of the settings unless named; shows the progress on `out`.

    Again goes on where it stopped. Raises NeedsPerson or RetryLater in one line.
    """
    _check_wanted(settings)
    progress = Progress(out)
    try:
        asyncio.run(_pull(settings, name, progress))
    except KeyboardInterrupt:
        raise RetryLater("stopped: type the command again, it goes on where it stopped") from None
    finally:
        progress.end()
    print(f"{name or settings.ollama_model} is installed", file=out)


async def _pull(settings: Settings, name: str, progress: Progress) -> None:
    model = open_model(settings, name)
    try:
        await model.pull(progress)
    finally:
        await model.close()


def listed(settings: Settings) -> list[str]:
    """The names of the installed models. Raises NeedsPerson or RetryLater in one line."""
    _check_wanted(settings)
    return asyncio.run(_listed(settings))


async def _listed(settings: Settings) -> list[str]:
    model = open_model(settings)
    try:
        return await model.installed()
    finally:
        await model.close()


def _check_wanted(settings: Settings) -> None:
    if not is_wanted(settings):
        raise NeedsPerson("OLLAMA_BASE_URL is off; set it, e.g. OLLAMA_BASE_URL=http://127.0.0.1:11434")


class Progress:
    """A bar in a terminal; elsewhere a line a step and for every ten percent."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._status = ""
        self._tens = -1
        self._drawn_at = 0.0

    def __call__(self, status: str, total: int, completed: int) -> None:
        """What is being done, bytes in all, bytes done; 0, 0 when there is nothing to count."""
        percent = min(100, 100 * completed // total) if total else None
        if self._terminal:
            self._draw(status, percent, total)
        else:
            self._tell(status, percent)
        self._status = status

    def _draw(self, status: str, percent: int | None, total: int) -> None:
        now = time.monotonic()
        if status == self._status and percent != 100 and now - self._drawn_at < REDRAW_SECONDS:
            return
        self._drawn_at = now
        if self._status and status != self._status:
            self._out.write("\n")
        self._out.write(f"\r{_bar(status, percent, total):<{_WIDTH}}")
        self._out.flush()

    def _tell(self, status: str, percent: int | None) -> None:
        tens = (percent or 0) // _EVERY_PERCENT
        if status == self._status and tens == self._tens:
            return
        self._tens = tens
        print(status if percent is None else f"{status} {percent} %", file=self._out, flush=True)

    def end(self) -> None:
        """Leave the terminal's cursor on a line of its own."""
        if self._terminal and self._status:
            self._out.write("\n")
            self._out.flush()


def _bar(status: str, percent: int | None, total: int) -> str:
    if percent is None:
        return status[:_WIDTH]
    return f"{status[:28]:<28} {bar(percent, 100)} {percent:>3} % of {_size(total)}"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
