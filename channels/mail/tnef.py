"""Outlook's winmail.dat (TNEF, [MS-OXTNEF]): the names and sizes of the files inside, and its text.

Only lengths are followed, nothing is unpacked: every step moves forward, and all counts are bounded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from channels.mail.charset import decode

_SIGNATURE = 0x223E9F78
_MAX_ATTRIBUTES = 5_000
_MAX_PROPERTIES = 2_000
_MAX_VALUES = 200
_MAX_TEXT = 1_000_000

_RENDITION, _TITLE, _DATA, _ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005  # each file begins with its rendition
_MESSAGE_PROPERTIES, _CODE_PAGE = 0x9003, 0x9007
_BODY, _LONG_NAME, _MIME_TAG, _NAME = 0x1000, 0x3707, 0x370E, 0x3001
_STRING, _UNICODE, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_WIDTHS = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4}
_WIDTHS |= {0x0014: 8, 0x0040: 8, 0x0048: 16}
_MANY, _NAMED = 0x1000, 0x8000


class TnefFile(NamedTuple):
    """One file inside; content_type is empty when none is stated."""

    name: str
    content_type: str
    size: int


class Tnef(NamedTuple):
    """What a winmail.dat holds; text is its plain body, often empty because the mail has it too."""

    files: tuple[TnefFile, ...]
    text: str


def is_tnef(kind: str, filename: str) -> bool:
    """Whether a part says that it is one."""
    return kind in {"application/ms-tnef", "application/vnd.ms-tnef"} or filename.lower() == "winmail.dat"


def read_tnef(data: bytes) -> Tnef | None:
    """The files and the text inside; None when it is no TNEF. What is cut off gives what came before the cut."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    files: list[dict[int, str | int]] = []
    text, code_page = "", "cp1252"
    for tag, value in _attributes(data):
        if tag == _CODE_PAGE and len(value) >= 4:
            code_page = f"cp{struct.unpack_from('<I', value)[0]}"
        elif tag == _RENDITION:
            files.append({})
        elif tag == _MESSAGE_PROPERTIES:
            text = str(_properties(value, code_page).get(_BODY, ""))
        elif files and tag == _TITLE:
            files[-1][_NAME] = _string(value, code_page)
        elif files and tag == _DATA:
            files[-1][_DATA] = len(value)
        elif files and tag == _ATTACHMENT:
            files[-1] |= _properties(value, code_page)
    return Tnef(tuple(_file(entry) for entry in files), text)


def _file(entry: dict[int, str | int]) -> TnefFile:
    name, size = entry.get(_LONG_NAME) or entry.get(_NAME) or "", entry.get(_DATA, 0)
    return TnefFile(str(name), str(entry.get(_MIME_TAG, "")), int(size))


def _attributes(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """The attributes by number; each is a level, a tag, a length, the value and a checksum."""
    view, at = memoryview(data), 6
    for _ in range(_MAX_ATTRIBUTES):
        if at + 9 > len(view):
            return
        tag, length = struct.unpack_from("<II", view, at + 1)
        at += 9
        yield tag & 0xFFFF, view[at : at + length]
        at += length + 2


def _properties(view: memoryview, code_page: str) -> dict[int, str | int]:
    """The strings among MAPI properties, by property number; those of other types are stepped over."""
    found: dict[int, str | int] = {}
    try:
        at = 4
        for _ in range(min(struct.unpack_from("<I", view)[0], _MAX_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", view, at)
            at = _after_name(view, at + 4) if number >= _NAMED else at + 4
            values, at = _values(view, at, kind)
            if kind == _STRING and values:
                found[number] = _string(values[0], code_page)
            elif kind == _UNICODE and values:
                found[number] = bytes(values[0][:_MAX_TEXT]).decode("utf-16-le", "replace").rstrip("\0")
    except (struct.error, KeyError):
        pass  # cut off, or a type that nobody knows the width of: what came before it counts
    return found


def _values(view: memoryview, at: int, kind: int) -> tuple[list[memoryview], int]:
    """The values of one property, only those of variable length, and where the next property begins."""
    single, count = kind & ~_MANY, 1
    variable = single in {_STRING, _UNICODE, _OBJECT, _BINARY}
    if variable or kind & _MANY:
        count, at = struct.unpack_from("<I", view, at)[0], at + 4
    if not variable:
        width = _WIDTHS[single] * count
        return [], at + width + -width % 4
    values = []
    for _ in range(min(count, _MAX_VALUES)):
        length = struct.unpack_from("<I", view, at)[0]
        values.append(view[at + 4 : at + 4 + length])
        at += 4 + length + -length % 4
    return values, at


def _after_name(view: memoryview, at: int) -> int:
    """Past the name of a named property: a GUID, then a number or a string."""
    if struct.unpack_from("<I", view, at + 16)[0] == 0:
        return at + 24
    length = int(struct.unpack_from("<I", view, at + 20)[0])
    return at + 24 + length + -length % 4


def _string(value: memoryview, code_page: str) -> str:
    return decode(bytes(value[:_MAX_TEXT]).rstrip(b"\0"), code_page).text
