"""How far a long command has come: a bar in a terminal, else a line every few seconds."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

BAR = 24
REDRAW_SECONDS = 0.1
LINE_SECONDS = 5.0
_CLEAR = "\r\x1b[K"


class Progress:
    """Writes to one stream. terminal: whether a line in it can be drawn again; elapsed: a clock that is never set."""

    def __init__(
        self, stream: TextIO, *, terminal: bool | None = None, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._elapsed = stream, elapsed
        self._terminal = stream.isatty() if terminal is None else terminal
        self._drawn_at = float("-inf")
        self._drawn = False

    def show(self, done: int, total: int, more: str = "") -> None:
        """So many of so many are done; often asked, seldom drawn, but the last always."""
        now = self._elapsed()
        every = REDRAW_SECONDS if self._terminal else LINE_SECONDS
        if now - self._drawn_at < every and done < total:
            return
        self._drawn_at = now
        told = f"{done:,} of {total:,}{more}"
        if not self._terminal:
            self._write(f"{told}\n")
            return
        line = f"{bar(done, total)} {told}"
        self._write(f"{_CLEAR}{line[: shutil.get_terminal_size().columns - 1]}")
        self._drawn = True

    def tell(self, line: str) -> None:
        """A line that stays."""
        self._write(f"{_CLEAR if self._drawn else ''}{line}\n")
        self._drawn = False

    def end(self) -> None:
        """What is written from now on begins on a line of its own."""
        if self._drawn:
            self._write("\n")
        self._drawn = False

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def bar(done: int, total: int) -> str:
    """`[######..................]`; full when there is nothing to do."""
    full = BAR * done // total if total else BAR
    return f"[{'#' * full}{'.' * (BAR - full)}]"


def on_stdout() -> Progress:
    """For a command."""
    return Progress(sys.stdout)
