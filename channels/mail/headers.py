"""Header values as people meant them: unfolded, encoded words and raw 8-bit bytes decoded, bounded."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterable
from email.message import Message

from channels.mail.charset import decode
from channels.mail.cleaning import clean_line

MAX_RAW = 32_768  # characters of one raw header that are looked at
MAX_REFERENCES = 100
_MAX_ID = 998

# Headers that later decisions are made from: automatic mail, lists, spam marks, loops.
_DECIDING = (
    "auto-submitted",
    "feedback-id",
    "list-id",
    "list-unsubscribe",
    "precedence",
    "return-path",
    "x-auto-response-suppress",
    "x-autoreply",
    "x-autorespond",
    "x-failed-recipients",
    "x-leadbot",
    "x-loop",
    "x-original-sender",
    "x-spam-flag",
    "x-spam-status",
)

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?([^?]{0,8000})\?=", re.IGNORECASE)
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_ANGLED = re.compile(r"<([^<>]{1,2000})>")


class Headers:
    """A message's headers by lower-case name, as raw strings whose 8-bit bytes are surrogate escapes."""

    def __init__(self, items: Iterable[tuple[str, object]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in items:
            self._values.setdefault(name.lower(), []).append(str(value)[:MAX_RAW])

    @classmethod
    def of(cls, message: Message) -> Headers:
        """The headers of a stdlib message."""
        return cls(message.raw_items())

    def raw(self, name: str) -> str:
        """The first value as it came, unfolded; empty when absent."""
        return _FOLD.sub(" ", self._values.get(name, [""])[0])

    def count(self, name: str) -> int:
        """How often the header is there."""
        return len(self._values.get(name, ()))

    def text(self, name: str, limit: int) -> str:
        """The first value decoded, on one line of at most `limit` characters; empty when absent."""
        return clean_line(decode_header(self.raw(name)), limit)

    def ids(self, name: str) -> tuple[str, ...]:
        """Message-IDs without angle brackets, in their order; of too many, the newest (last) ones."""
        return message_ids(self.raw(name))

    def deciding(self, limit: int) -> dict[str, str]:
        """Those headers that later decisions need, if they are there."""
        return {name: self.text(name, limit) for name in _DECIDING if name in self._values}


def decode_header(raw: str) -> str:
    """Encoded words (quoted ones too) and raw 8-bit bytes to text; a character split over two words comes out whole."""
    runs: list[tuple[str | None, bytes]] = []
    end = 0
    for word in _WORD.finditer(raw):
        gap = raw[end : word.start()]
        if gap and not (end and gap.isspace()):
            runs.append((None, to_bytes(gap)))
        charset, data = word[1].partition("*")[0].lower(), _word_bytes(word[2], word[3])
        if runs and runs[-1][0] == charset:
            runs[-1] = (charset, runs[-1][1] + data)
        else:
            runs.append((charset, data))
        end = word.end()
    runs.append((None, to_bytes(raw[end:])))
    return "".join(decode(data, charset).text for charset, data in runs)


def to_bytes(raw: str) -> bytes:
    """The bytes behind a raw header; other lone surrogates than those of escaped bytes become question marks."""
    try:
        return raw.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return raw.encode("utf-8", "replace")


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = to_bytes(payload)
    if encoding in "qQ":
        return quopri.decodestring(data, header=True)
    packed = bytes(byte for byte in data if byte not in b" \t=")
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4))
    except binascii.Error:
        return data


def message_ids(raw: str) -> tuple[str, ...]:
    """The ids in a Message-ID, In-Reply-To or References header; a bare `id@host` counts too."""
    value = decode_header(raw)
    found = _ANGLED.findall(value) or [word for word in value.split() if "@" in word]
    ids = ("".join(clean_line(item, len(item)).split())[:_MAX_ID] for item in found[-MAX_REFERENCES:])
    return tuple(item for item in ids if item)
