"""A text as lines that know how deeply they are quoted."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

_QUOTE = re.compile(r"[ \t]{0,3}>")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\ue000-\ue00f\u202a-\u202e\u2066-\u2069]")
MAX_DEPTH = 20
_SIGNATURE = "-- "  # its blank is what tells it from a rule


class Line(NamedTuple):
    """One line: as it came, how many `>` stand before it, and its words without these and without invisible marks."""

    raw: str
    depth: int
    words: str


_EMPTY = Line("", 0, "")


def _line(raw: str) -> Line:
    if not raw:
        return _EMPTY
    depth, at = 0, 0
    while depth < MAX_DEPTH and (quote := _QUOTE.match(raw, at)) is not None:
        depth, at = depth + 1, quote.end()
    words = raw[at:]
    if not words.isascii():
        words = _INVISIBLE.sub("", words).replace("\xa0", " ")
    return Line(raw, depth, words.strip())


def split_lines(text: str) -> list[Line]:
    """The lines of a text."""
    return [_line(raw) for raw in text.replace("\r\n", "\n").split("\n")]


def unquoted(line: Line, depth: int) -> str:
    """The line as it came without `depth` quote signs, and without the blank that belongs to the last of them."""
    at = 0
    for _ in range(min(depth, line.depth)):
        quote = _QUOTE.match(line.raw, at)
        at = quote.end() if quote else at
    rest = line.raw[at:]
    rest = rest[1:] if at and rest.startswith(" ") else rest
    return rest if rest == _SIGNATURE else rest.rstrip()


def joined(lines: list[Line], depth: int) -> str:
    """The lines as text, freed of `depth` quote signs and of an indentation common to all; no blank ends."""
    text = "\n".join(unquoted(line, depth) for line in lines)
    return textwrap.dedent(text.strip("\n")).strip()
