"""Opaque-signed S/MIME (RFC 8551): the message inside `smime.p7m`, which is packed but not encrypted.

Only the few containers on the way to the content are opened (RFC 5652: ContentInfo, SignedData, its encapsulated
content), in DER or BER. The signature is not checked: that the words can be read says nothing about who wrote them.
"""

from __future__ import annotations

from typing import NamedTuple

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_OBJECT_ID, _OCTETS, _EXPLICIT = 0x06, 0x04, 0xA0
_CONSTRUCTED = 0x20
_MAX_DEPTH = 12  # SignedData needs half of them
_MAX_STEPS = 200_000  # OpenSSL writes pieces of a kilobyte, and the way down passes each some six times


def signed_content(data: bytes) -> bytes | None:
    """The MIME message that was signed; None when it is encrypted, detached or no CMS at all."""
    cms = _Cms(data)
    try:
        kind, wrapped, *_ = cms.inside(cms.item(0))
        if kind.tag != _OBJECT_ID or data[kind.start : kind.end] != _SIGNED_DATA:
            return None
        signed = cms.inside(wrapped)[0]
        content = cms.inside(cms.inside(signed)[2])[1]  # after the version and the digests; after the type
        return cms.octets(cms.inside(content)[0]) if content.tag == _EXPLICIT else None
    except (IndexError, ValueError):
        return None


class _Item(NamedTuple):
    """One value: its tag, where its content begins and ends, and where the next one begins."""

    tag: int
    start: int
    end: int
    after: int


class _Cms:
    """ASN.1 values in bytes from outside; every step counts, and too many of them raise ValueError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._steps = 0

    def item(self, at: int, depth: int = 0) -> _Item:
        """The value that begins here. Raises IndexError or ValueError when none can."""
        self._steps += 1
        if depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
            raise ValueError("nested too deeply, or in too many pieces")
        tag, length, start = self._data[at], self._data[at + 1], at + 2
        if length == 0x80:
            return self._endless(tag, start, depth)
        if length > 0x80:
            count = length - 0x80
            length, start = int.from_bytes(self._data[start : start + min(count, 5)]), start + count
        if start + length > len(self._data):
            raise ValueError("cut off")
        return _Item(tag, start, start + length, start + length)

    def inside(self, item: _Item) -> list[_Item]:
        """The values inside a constructed one."""
        if not item.tag & _CONSTRUCTED:
            raise ValueError("nothing can be inside")
        found: list[_Item] = []
        at = item.start
        while at < item.end:
            found.append(self.item(at))
            at = found[-1].after
        return found

    def octets(self, item: _Item, depth: int = 0) -> bytes:
        """An octet string, joined when it comes in pieces."""
        if depth > _MAX_DEPTH or item.tag & ~_CONSTRUCTED != _OCTETS:
            raise ValueError("no octet string")
        if not item.tag & _CONSTRUCTED:
            return self._data[item.start : item.end]
        return b"".join(self.octets(piece, depth + 1) for piece in self.inside(item))

    def _endless(self, tag: int, start: int, depth: int) -> _Item:
        """A value of BER whose length is not told: it ends with two zero bytes after its last part."""
        at = start
        while self._data[at : at + 2] != b"\0\0":
            at = self.item(at, depth + 1).after
        return _Item(tag, start, at, at + 2)
