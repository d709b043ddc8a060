"""Bytes to text when the label is missing, wrong or hostile.

The ladder: the declared character set, UTF-8, the superset that mail programs really mean (gb2312 -> gb18030,
latin-1 -> cp1252), UTF-8 with a few broken bytes, a guess, and at last cp1252 with replacement characters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from charset_normalizer import from_bytes

from channels.mail.charset_guess import beyond_latin, guess_charset

_SAMPLE = 65_536  # bytes that the guess looks at
_LABEL = re.compile(r"[a-z0-9][a-z0-9._:+-]{0,39}")
_UNSAFE = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
)  # quadratic, or no charset
_ALIASES = {
    "ansi": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "windows-874": "cp874",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gbk",
    "x-mac-roman": "mac_roman",
    "x-sjis": "cp932",
}
_SUPERSETS: dict[str, tuple[str, ...]] = {
    "big5": ("big5hkscs", "cp950"),
    "euc_kr": ("cp949",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "iso2022_jp": ("iso2022_jp_ext", "cp932"),
    "iso8859-1": ("cp1252",),
    "iso8859-9": ("cp1254",),
    "shift_jis": ("cp932",),
}
_HIGH_RUN = re.compile(rb"[\x80-\xff]{3}")
_LATIN = frozenset({"ascii", "iso8859-1", "cp1252"})  # what servers claim when they do not know
_EXPECTED = frozenset({"cp1252", "iso2022_jp", "iso2022_jp_ext"})  # where those are claimed
_WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœšžÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒŠŽ"
    "“”„…—€£©®°«»¿¡·•™§²³½\xa0\u2018\u2019\u201a\u2013\xb4"
)


class Decoded(NamedTuple):
    """Text, the codec that gave it, and whether that is what the sender declared (or plain ASCII or UTF-8)."""

    text: str
    codec: str
    as_declared: bool


def decode(data: bytes, label: str | None = None) -> Decoded:
    """The text of `data` by the ladder; never raises, may hold control characters."""
    declared = codec_name(label)
    for codec in _candidates(data, declared):
        text = _strict(data, codec)
        if text is not None:
            return Decoded(text, codec, codec in (declared, "utf-8") or (declared in _LATIN and codec in _EXPECTED))
    return _recovered(data)


def codec_name(label: str | None) -> str | None:
    """Python's name of a declared character set; None for one that is unknown, or unsafe to run on hostile bytes."""
    wanted = (label or "").strip(" \t\r\n\"'").lower()
    if not _LABEL.fullmatch(wanted):
        return None
    try:
        name = codecs.lookup(_ALIASES.get(wanted, wanted)).name
        b"a".decode(name)  # a codec such as base64 is no character set
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if name.replace("-", "_") in _UNSAFE else name


def _candidates(data: bytes, declared: str | None) -> Iterator[str]:
    if declared is None or declared == "ascii":
        if b"\x1b$" in data:  # Japanese mail's escape sequences are plain ASCII to every other codec
            yield from ("iso2022_jp", "iso2022_jp_ext")
        yield "utf-8"
    elif declared in _LATIN:  # every byte is latin-1, so valid UTF-8 must be asked for first
        yield "utf-8"
        if beyond_latin(data) and (guess := guess_charset(data)):
            yield guess  # whole words beyond ASCII: a form that claims Latin letters for every language
        yield "cp1252"
    else:
        if not (declared.startswith(("utf-16", "utf-32")) and data.isascii() and b"\x00" not in data):
            yield declared
        yield "utf-8"
        yield from _SUPERSETS.get(declared, ())


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _recovered(data: bytes) -> Decoded:
    """The last steps: mostly UTF-8, Western at a glance, a guess, cp1252 come what may."""
    sample = data[:_SAMPLE].decode("utf-8", "replace")
    broken = sample.count("\ufffd")
    if sum(character > "\x7f" for character in sample) >= 2 * broken:
        return Decoded(data.decode("utf-8", "replace"), "utf-8", as_declared=False)
    codec = guess_charset(data)
    if codec is None and _looks_western(data[:_SAMPLE]):
        codec = "cp1252"
    if codec is None:
        best = from_bytes(data[:_SAMPLE]).best()
        codec = best.encoding if best else "cp1252"
    return Decoded(data.decode(codec, "replace"), codec, as_declared=False)


def _looks_western(sample: bytes) -> bool:
    """Single high bytes among ASCII, all of them letters or marks of Western languages.

    Statistics take a short `Grüße` for cp1250; in Cyrillic and East Asian text high bytes come in long runs.
    """
    high = [character for character in sample.decode("cp1252", "replace") if character > "\x7f"]
    return not _HIGH_RUN.search(sample) and all(character in _WESTERN for character in high)
