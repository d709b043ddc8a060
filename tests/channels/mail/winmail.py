"""Writes winmail.dat files as Outlook does, for tests; one file inside, its long name among the MAPI properties."""

from __future__ import annotations

import struct

MESSAGE, ATTACHMENT = 1, 2


def attribute(level: int, tag: int, value: bytes) -> bytes:
    """One attribute with its checksum."""
    return struct.pack("<BII", level, tag, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def text_property(number: int, text: str) -> bytes:
    """A Unicode string property."""
    value = text.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHII", 0x001F, number, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def number_property(number: int, value: int) -> bytes:
    """A 32-bit property."""
    return struct.pack("<HHI", 0x0003, number, value)


def named_property(name: str, text: str) -> bytes:
    """A property that has a name of its own, as Outlook's forms use."""
    label = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HH", 0x001F, 0x8001) + b"G" * 16 + struct.pack("<II", 1, len(label))
    value = text.encode("utf-16-le") + b"\0\0"
    named = head + label + b"\0" * (-len(label) % 4)
    return named + struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)


def properties(*items: bytes) -> bytes:
    """A list of MAPI properties."""
    return struct.pack("<I", len(items)) + b"".join(items)


def winmail(filename: str, content: bytes, body: str = "") -> bytes:
    """A winmail.dat with one file, under its short and its long name, and a plain body."""
    message = properties(number_property(0x0017, 1), named_property("form", "x"), text_property(0x1000, body))
    named = properties(text_property(0x3707, filename), text_property(0x370E, "application/pdf"))
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(MESSAGE, 0x00069007, struct.pack("<II", 1252, 0))
        + attribute(MESSAGE, 0x00069003, message)
        + attribute(ATTACHMENT, 0x00069002, b"\0" * 14)
        + attribute(ATTACHMENT, 0x00018010, b"PLAN~1.PDF\0")
        + attribute(ATTACHMENT, 0x0006800F, content)
        + attribute(ATTACHMENT, 0x00069005, named)
    )
