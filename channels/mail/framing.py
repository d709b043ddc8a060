"""Frames on a pipe: four bytes of length, big-endian, then so many bytes."""

from __future__ import annotations

import struct
from typing import IO

READY = b"ready"
MAX_FRAME = 256 * 1024 * 1024

_LENGTH = struct.Struct(">I")


class BrokenFrame(Exception):
    """The pipe ended inside a frame, or what came is no frame."""


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None when the stream ended before it. Raises BrokenFrame when it ends inside."""
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    size = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else MAX_FRAME + 1
    if size > MAX_FRAME:
        raise BrokenFrame("the frame has no sensible length")
    data = stream.read(size)
    if len(data) != size:
        raise BrokenFrame("the pipe ended inside a frame")
    return data


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Send one frame now. Raises OSError when nobody reads any more."""
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()
