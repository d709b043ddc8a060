"""One SMTP connection: aiosmtpd's, with limits on all of them together and a DATA that takes any mail within its size.

aiosmtpd 1.4.6 would refuse a long line for good, keep an object for every line, answer nobody else while a burst of
short lines lies in its buffer, and hang up on a sender whose DATA takes longer than one timeout.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn, cast

from aiosmtpd.smtp import SMTP, Envelope, syntax

# A connection costs a file descriptor, of which many systems allow 1024 and the database needs some.
MAX_CONNECTIONS = 500
# What all messages on their way may hold in memory together.
MAX_HELD_BYTES = 256 * 2**20
# Without a sign of life; a sender that is slow but alive has LONGEST_DATA.
TIMEOUT = 300.0
LONGEST_DATA = 3600.0
# How long one sender's bytes are worked on before the others have their turn.
TURN = 0.02

TOO_LARGE = "552 5.3.4 Message is larger than this server takes"
NO_ROOM = "452 4.3.1 Too many messages at once, please try again"
TOO_SLOW = "451 4.4.2 The message took too long, please try again"
CLOSING = b"421 4.3.2 Shutting down, please try again later\r\n"
CROWDED = b"421 4.3.2 Too many connections, please try again later\r\n"


class Gate:
    """What the connections of one server share: who is connected, and how many bytes they hold."""

    def __init__(self, most: int = MAX_CONNECTIONS, room: int = MAX_HELD_BYTES) -> None:
        self.most = most
        self.room = room
        self.live: set[LeadSMTP] = set()


class LeadSMTP(SMTP):
    """One connection; `in_data` while a message is on its way, from DATA to our answer."""

    # Of a command, and of the pieces in which DATA is read; a line of a message may be as long as the message.
    line_length_limit = 2**16

    def __init__(self, handler: Any, *, gate: Gate, max_bytes: int, **kwargs: Any) -> None:
        self.in_data = False
        self._gate = gate
        self._max_bytes = max_bytes
        super().__init__(handler, data_size_limit=max_bytes, timeout=TIMEOUT, **kwargs)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the others, or be sent away when there are too many."""
        if len(self._gate.live) >= self._gate.most:
            cast("asyncio.Transport", transport).write(CROWDED)
            transport.close()
            return
        self._gate.live.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Leave the others."""
        if self in self._gate.live:
            self._gate.live.discard(self)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Ignore what somebody who was sent away still says."""
        if self in self._gate.live:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """The client says no more."""
        return super().eof_received() if self in self._gate.live else False

    def dismiss(self) -> None:
        """Say 421 and hang up."""
        stream = self._stream
        if stream is not None and not stream.is_closing():
            stream.write(CLOSING)
            stream.close()

    def abort(self) -> None:
        """Hang up on a client that does not read."""
        if self._stream is not None:
            self._stream.abort()

    @property
    def _stream(self) -> asyncio.Transport | None:
        return cast("asyncio.Transport | None", self.transport)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - the SMTP verb
        """Take a message; in whatever way it ends, the next one starts afresh."""
        if await self.check_helo_needed():
            return
        if not cast("Envelope", self.envelope).rcpt_tos:
            await self.push("503 Error: need RCPT command")
        elif arg:
            await self.push("501 Syntax: DATA")
        else:
            self.in_data = True
            try:
                await self._take()
            finally:
                self.in_data = False
                self._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd's

    async def _take(self) -> None:
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        incoming = Incoming(self._gate, self._max_bytes)
        try:
            async with asyncio.timeout(LONGEST_DATA):
                await incoming.read(self._reader, self._reset_timeout)
            await self.push(incoming.refusal or await self._hand_over(bytes(incoming.content)))
        except TimeoutError:
            await self.push(TOO_SLOW)
            self._leave()
        finally:
            incoming.release()

    def _leave(self) -> NoReturn:
        """Hang up at once, as QUIT does: the rest of a message must not be taken for commands."""
        if self._stream is not None:
            self._stream.close()
        raise asyncio.CancelledError

    async def _hand_over(self, content: bytes) -> str:
        self._reset_timeout()
        envelope = cast("Envelope", self.envelope)
        envelope.content = envelope.original_content = content
        return str(await self._call_handler_hook("DATA"))


class Incoming:
    """A message that is being received, with dot-stuffing undone. refusal: our answer when it cannot be taken."""

    def __init__(self, gate: Gate, limit: int) -> None:
        self.content = bytearray()
        self.refusal: str | None = None
        self._gate = gate
        self._limit = limit
        self._held = 0

    async def read(self, reader: asyncio.StreamReader, alive: Callable[[], object]) -> None:
        """Read up to the lone dot; `alive` is called now and then while bytes arrive."""
        loop = asyncio.get_running_loop()
        line_start, since = True, loop.time()
        while (piece := await _piece(reader)) != b".\r\n" or not line_start:
            self._add(piece[1:] if line_start and piece.startswith(b".") else piece)
            line_start = piece.endswith(b"\r\n")
            if loop.time() - since > TURN:
                alive()
                await asyncio.sleep(0)
                since = loop.time()

    def _add(self, piece: bytes) -> None:
        if self.refusal is None and len(self.content) + len(piece) > self._limit:
            self._refuse(TOO_LARGE)
        elif self.refusal is None and self._gate.room < len(piece):
            self._refuse(NO_ROOM)
        elif self.refusal is None:
            self.content += piece
            self._held += len(piece)
            self._gate.room -= len(piece)

    def _refuse(self, status: str) -> None:
        self.refusal = status
        self.content.clear()
        self.release()

    def release(self) -> None:
        """Give the room back."""
        self._gate.room += self._held
        self._held = 0


async def _piece(reader: asyncio.StreamReader) -> bytes:
    r"""A line with its \r\n, or a part of a long one that holds none."""
    try:
        return await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError as error:
        return await reader.readexactly(error.consumed)
