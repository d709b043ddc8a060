"""Divides a text at a passed-on message: the words of whoever passed it on, and the message itself."""

from __future__ import annotations

import re
from typing import NamedTuple

from channels.mail.forward_boundary import Boundary
from channels.mail.forward_lines import Line, joined
from channels.mail.forward_marks import is_rule, read_mark
from channels.mail.marks import END_MARK, QUOTE_MARK, REGION_MARK, SIGNATURE_MARK, without_marks

_MAX_RULE = 20  # shorter ones may be the customer's, or begin a signature
_BLANKS = re.compile(r"\n{3,}")
_STARTS = (REGION_MARK, SIGNATURE_MARK)


class Parts(NamedTuple):
    """The words above and below a passed-on message, and its text."""

    note: str
    body: str


def divide(lines: list[Line], boundary: Boundary) -> Parts:
    """The two parts of a text."""
    start = _above(lines, boundary)
    marked = any(REGION_MARK in line.raw for line in lines[start : boundary.start + 1])
    end = _end(lines, boundary, marked=marked)
    body = lines[_below(lines, boundary) : end]
    note = joined(lines[:start], 0)
    after = joined(_without_end(lines[end:]), 0)
    words = without_marks("\n\n".join(filter(None, (note, after))))
    return Parts(_BLANKS.sub("\n\n", words).strip(), _text(body, boundary.depth))


def _above(lines: list[Line], boundary: Boundary) -> int:
    """Where the note ends: rules, blank lines and the title of a quotation above the header are no words of anybody."""
    end, titled = boundary.start, boundary.explicit
    while end > 0:
        words = lines[end - 1].words
        if words and not is_rule(words):
            if titled or words[:1] not in "-_=*\u2013\u2014" or read_mark(words) is None:
                break
            titled = True
        end -= 1
    return end


def _below(lines: list[Line], boundary: Boundary) -> int:
    """Where the message's text begins: some clients set a rule, or their mark once more, below the header."""
    at = boundary.end
    while at < len(lines):
        words = lines[at].words
        again = boundary.explicit and words and words == lines[boundary.start].words
        if words and not is_rule(words) and not again:
            break
        at += 1
    return at


def _end(lines: list[Line], boundary: Boundary, *, marked: bool) -> int:
    """Where the message ends and whoever passed it on goes on writing."""
    if boundary.depth:
        inside = (at for at in range(len(lines) - 1, boundary.end - 1, -1) if lines[at].depth >= boundary.depth)
        return next(inside, len(lines) - 1) + 1 if boundary.end < len(lines) else len(lines)
    if marked and (end := _closed(lines, boundary.end)) is not None:
        return end
    if boundary.explicit:
        for at in range(boundary.end, len(lines)):
            mark = read_mark(lines[at].words) if lines[at].words[:1] in {"-", "=", "_"} else None
            if mark is not None and mark.end:
                return at
    return len(lines)


def _closed(lines: list[Line], start: int) -> int | None:
    """Where the region ends that a mark above has opened; None when it goes on, or holds no more than the header."""
    opened = 1
    for at in range(start, len(lines)):
        raw = lines[at].raw.strip()
        opened += raw in _STARTS
        opened -= raw == END_MARK
        if not opened:
            return at if any(line.words for line in lines[start:at]) else None
    return None


def _without_end(lines: list[Line]) -> list[Line]:
    """What stands below the message, without the mark that ends it."""
    mark = read_mark(lines[0].words) if lines else None
    return lines[1:] if mark is not None and mark.end else lines


def _text(lines: list[Line], depth: int) -> str:
    """The message's text; some clients quote the text though not the header."""
    depths = {line.depth for line in lines if line.words}
    if depths and min(depths) > depth:
        depth += 1
    end = len(lines)
    while end and (
        not lines[end - 1].words or (is_rule(lines[end - 1].words) and len(lines[end - 1].words) > _MAX_RULE)
    ):
        end -= 1
    text = joined(lines[:end], depth)
    while text[:1] in {QUOTE_MARK, REGION_MARK, END_MARK}:
        text = text[1:].lstrip()
    return text
