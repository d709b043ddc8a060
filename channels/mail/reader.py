"""The stream of one connection, which gives all the lines that have come at once instead of one at a time."""

from __future__ import annotations

import asyncio


class LineReader(asyncio.StreamReader):
    """asyncio's reader, and a look at what lies in its buffer."""

    _buffer: bytearray  # asyncio's own, which its readers share with nobody

    async def line(self) -> bytes:
        r"""A line with its \r\n, or a part of a long one that holds none."""
        try:
            return await self.readuntil(b"\r\n")
        except asyncio.LimitOverrunError as error:
            return await self.readexactly(error.consumed)

    async def lines(self) -> bytes:
        """The whole lines that are here already, up to a lone dot, which stays; to be asked for behind a whole line."""
        here = self._buffer
        if not here or here.startswith(b".\r\n"):
            return b""
        end = here.find(b"\r\n.\r\n")
        if end < 0:
            end = here.rfind(b"\r\n")
        return b"" if end < 0 else await self.readexactly(end + 2)
