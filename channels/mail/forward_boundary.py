"""Finds where a passed-on message begins: a mark, a header, or a sentence that says who wrote what follows."""

from __future__ import annotations

from typing import NamedTuple

from channels.mail.forward_attribution import Attribution, read_attribution
from channels.mail.forward_foreign import read_foreign_header
from channels.mail.forward_glued import read_glued
from channels.mail.forward_header import Header, read_header
from channels.mail.forward_lines import Line
from channels.mail.forward_marks import Mark, is_rule, read_mark
from channels.mail.forward_original import original_of
from enrichment.models import Original

_MAX_LINES = 3_000
_MAX_CHARACTERS = 65_536
_MAX_GAP = 4
_COLONS = (":", "\uff1a")


class Boundary(NamedTuple):
    """Where the passed-on message begins (`start`), and the first line below its header (`end`).

    depth: how deeply its header is quoted. explicit: a mark says that it is passed on. header: None without one.
    quoted: words above introduce it as a quotation.
    """

    start: int
    end: int
    depth: int
    explicit: bool
    original: Original
    header: Header | None = None
    quoted: bool = False


def find_boundary(lines: list[Line], *, attributions: bool) -> Boundary | None:
    """The first passed-on message; with `attributions`, `Ana <ana@x> wrote on 28/10/2021:` begins one too."""
    seen, quoted, above = 0, False, ""
    for at, line in enumerate(lines[:_MAX_LINES]):
        if not line.words:
            continue
        found = _marked(lines, at) or _bare(lines, at, foreign=attributions)
        if found is not None:
            introduced = line.depth > 0 and above.endswith(_COLONS)
            return found._replace(quoted=quoted or introduced)
        said = _attributed(lines, at)
        if said is not None and attributions:
            return Boundary(at, said.end, line.depth, explicit=False, original=said.original)
        quoted = quoted or said is not None or _begins_quotation(lines, at)
        above = line.words if line.depth == 0 else ""
        seen += len(line.raw)
        if seen > _MAX_CHARACTERS:
            break
    return None


def next_words(lines: list[Line], at: int) -> int | None:
    """The number of the next line with words, beyond a few blank lines and rules."""
    for number in range(at, min(len(lines), at + _MAX_GAP)):
        if lines[number].words and not is_rule(lines[number].words):
            return number
    return None


def _begins_quotation(lines: list[Line], at: int) -> bool:
    """Whether the line is `-----Original Message-----`, with no header below it."""
    mark = read_mark(lines[at].words) if lines[at].words[:1] == "-" else None
    if mark is None or not mark.original:
        return False
    below = next_words(lines, at + 1)
    return below is None or read_header(lines, below) is None


def _marked(lines: list[Line], at: int) -> Boundary | None:
    """What follows a mark on this line."""
    line = lines[at]
    mark = read_mark(line.words)
    if mark is None or mark.end:
        return None
    if mark.rest and (values := read_glued(mark.rest)) is not None:
        header = Header(values, at + 1)
        return Boundary(at, at + 1, line.depth, mark.forward, original_of(values), header)
    return _below(lines, at, mark) if mark.forward else None


def _below(lines: list[Line], at: int, mark: Mark) -> Boundary | None:
    """The header or the attribution below a mark."""
    below = next_words(lines, at + 1)
    if below is not None:
        depth = lines[below].depth
        header = read_header(lines, below)
        if header is None or not header.plausible:
            header = read_foreign_header(lines, below)
        if header is not None:
            return Boundary(at, header.end, depth, explicit=True, original=original_of(header.values), header=header)
        said = read_attribution(lines, below, dated=False)
        if said is not None:
            return Boundary(at, said.end, depth, explicit=True, original=said.original)
    if mark.sole:
        return Boundary(at, at + 1, lines[at].depth, explicit=True, original=Original())
    return None


def _bare(lines: list[Line], at: int, *, foreign: bool) -> Boundary | None:
    """A whole header without a mark above it."""
    header = read_header(lines, at)
    if header is None or not header.stands_alone:
        header = read_foreign_header(lines, at) if foreign else None
    if header is None:
        return None
    original = original_of(header.values)
    return Boundary(at, header.end, lines[at].depth, explicit=False, original=original, header=header)


def _attributed(lines: list[Line], at: int) -> Attribution | None:
    """An attribution; not the end of a note above a mark or a header."""
    said = read_attribution(lines, at)
    if said is None:
        return None
    below = next_words(lines, said.end)
    if below is None:
        return None
    mark = read_mark(lines[below].words)
    header = read_header(lines, below)
    above = (mark is not None and mark.forward) or (header is not None and header.plausible)
    return None if above and lines[below].depth == lines[at].depth else said
