"""A message being received: dot-stuffing undone, memory and time bounded, any line length taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from channels.mail.gate import Gate
from channels.mail.reader import LineReader

# However fast it comes.
LONGEST_DATA = 3600.0
# How long one sender's bytes are worked on before the others have their turn.
TURN = 0.02

TOO_LARGE = "552 5.3.4 Message is larger than this server takes"
NO_ROOM = "452 4.3.1 Too many messages at once, please try again"


class Incoming:
    """The message. refusal: our answer when it cannot be taken; then the rest is read and thrown away."""

    def __init__(self, gate: Gate, limit: int) -> None:
        self.content = bytearray()
        self.refusal: str | None = None
        self._gate = gate
        self._limit = limit
        self._held = 0
        self._received = 0

    async def read(self, reader: LineReader, alive: Callable[[], object]) -> None:
        """Read up to the lone dot; `alive` is called now and then while lines arrive. Raises TimeoutError.

        A sender has the time of `silence`, and for each `slowest` bytes a second more.
        """
        loop, limits = asyncio.get_running_loop(), self._gate.limits
        begun = since = loop.time()
        line_start = True
        async with asyncio.timeout(limits.silence) as deadline:
            while (piece := await reader.line()) != b".\r\n" or not line_start:
                self._add(piece[1:] if line_start and piece.startswith(b".") else piece)
                self._received += len(piece)
                line_start = piece.endswith(b"\r\n")
                if line_start and (more := await reader.lines()):
                    self._add(_unstuffed(more))
                    self._received += len(more)
                if loop.time() - since > TURN:
                    alive()
                    earned = limits.silence + self._received / limits.slowest
                    deadline.reschedule(begun + min(earned, LONGEST_DATA))
                    await asyncio.sleep(0)
                    since = loop.time()

    def _add(self, piece: bytes) -> None:
        if self.refusal is not None:
            return
        if len(self.content) + len(piece) > self._limit:
            self._refuse(TOO_LARGE)
        elif self._gate.room < len(piece):
            self._refuse(NO_ROOM)
        else:
            self.content += piece
            self._held += len(piece)
            self._gate.room -= len(piece)

    def _refuse(self, status: str) -> None:
        self.refusal = status
        self.content.clear()
        self.release()

    def taken(self) -> bytes:
        """The whole message; it is not kept here besides."""
        whole, self.content = bytes(self.content), bytearray()
        return whole

    def release(self) -> None:
        """Give the room back."""
        self._gate.room += self._held
        self._held = 0


def _unstuffed(lines: bytes) -> bytes:
    """Whole lines without the dot that the client has put before a dot."""
    return (lines[1:] if lines.startswith(b".") else lines).replace(b"\r\n.", b"\r\n")
