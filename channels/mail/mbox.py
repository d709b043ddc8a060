"""Mails out of a file that holds one, or many in the mbox format (RFC 4155), one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

_LINE = re.compile(rb"From \S{1,320} .{0,40}\d{4}|From - |From \S{1,320}\s*$")
_QUOTED = re.compile(rb">+From ")


def is_separator(line: bytes) -> bool:
    """Whether this line may begin a message of an mbox: `From ana@example.com Sat Nov 21 09:00:00 2026`."""
    return line.startswith(b"From ") and _LINE.match(line[:500]) is not None


def mails(file: IO[bytes], limit: int) -> Iterator[bytes]:
    """The mails of a file in their order, without the separators; a file that begins with none is one mail.

    limit: bytes of one mail; of a longer one only so many and one more are kept, so that its reader can tell.
    """
    first = file.readline(limit + 1)
    if not is_separator(first):
        yield first + file.read(max(0, limit + 1 - len(first)))
        return
    yield from _split(iter(lambda: file.readline(limit + 1), b""), limit)


def _split(lines: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The mails between separators, each of which stands behind an empty line."""
    mail = bytearray()
    blank = False
    for line in lines:
        if blank and is_separator(line):
            yield _ended(mail)
            mail = bytearray()
        elif len(mail) <= limit:
            mail += line[1:] if _QUOTED.match(line) else line
        blank = line in (b"\n", b"\r\n")
    yield _ended(mail)


def _ended(mail: bytearray) -> bytes:
    """The mail without the empty line that belongs to the next separator."""
    for end in (b"\r\n\r\n", b"\n\n"):
        if mail.endswith(end):
            return bytes(mail[: -len(end) // 2])
    return bytes(mail)
