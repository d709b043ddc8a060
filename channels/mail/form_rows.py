"""Finds the lines of a text that look like a form's rows: a label, and what stands beside it.

Four layouts: `Label: value` (with `[Label] value` and `Label - value`), label over value, columns, and a table whose
first line holds all the labels.
"""
# ruff: noqa: RUF001 - brackets and dashes that forms are written with

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from channels.mail.form_labels import is_body_label, key_of

_SIGNS = r"\s>*|•·■□●◆◇▼▪‣#_\-"
_COLON = re.compile(
    rf"^[{_SIGNS}]{{0,8}}(?:\d{{1,2}}[.)]\s{{1,3}})?(?P<label>[^\s:\uff1a=][^:\uff1a\t=]{{0,99}}?)[\s*_|]{{0,6}}[:\uff1a=][\s*_|]{{0,40}}(?P<value>.*)$"
)
_BRACKET = re.compile(
    r"^[\s*■●▼・]{0,8}[\[\uff3b【〔「《≪](?P<label>[^\[\]\uff3b\uff3d【】〔〕「」《》≪≫]{1,40})[\]\uff3d】〕」》≫]"
    r"\s{0,8}[:\uff1a]?\s{0,8}(?P<value>.*)$"
)
_DASH = re.compile(
    rf"^[{_SIGNS}]{{0,8}}(?P<label>[^\s:\-–—>→][^:\t–—>→]{{0,59}}?)\s{{1,4}}(?:-{{1,2}}>?|=>|–|—|→)\s{{1,4}}(?P<value>\S.*)$"
)
_COLUMNS = re.compile(
    r"^(?P<lead>[\s|*•]{0,8})(?P<label>[^\s|](?:[^\t|]{0,98}?[^\s|*])?)[*]{0,2}"
    r"(?:\s{0,20}\|\s{0,200}|[ \xa0]{0,4}[\t\u3000]\s{0,200}|[ \xa0]{2,200})[*_|]{0,4}(?P<value>\S.*)$"
)
_CELLS = re.compile(r"\s{0,20}\|\s{0,20}|\t+|[ \xa0]{2,}")
_GAP = re.compile(r"[|\t]|[ \xa0]{2}")
_INLINE = re.compile(r"(?:^|[,;|/•·]\s{0,4}|\s{2,8}|[.!?]\s)(?P<label>[^\W\d][^:;,.!|•·\n]{0,39}?)\s?[:=]\s{1,4}")
_DECORATION = " \t*|•·■□●◆◇▼▪‣#_\xa0\u3000"
_NUMBER = re.compile(r"^\d{1,2}[.)]\s{1,3}")
_LINK = re.compile(r"(?<=\S)\s?<(?:mailto|tel|https?):[^<>]{0,1000}>")
_WORDS = 7  # a label that is unknown has no more
_NO_LABEL = re.compile(
    r"https?$|^\d+$|^\W+$|www\.|@|[.!…]\s|[.!,;]$|\b(?:submitted|received|wrote)\b|^(?:hi|hello|dear|hallo|hola|bonjour|ps|p\.s|re|fwd?)\b",
    re.IGNORECASE,
)
_WEAK = frozenset({None, "other", "meta"})  # keys that alone make no form
_MAX_LINE = 2_000
_HEAD = 140  # the longest label with what surrounds it
_MAX_SHARED = 4_000


class Layout(Enum):
    """Where a row's value stands."""

    BESIDE = "beside"
    BELOW = "below"
    COLUMN = "column"


_PATTERNS = (
    (_BRACKET, Layout.BESIDE),
    (_COLON, Layout.BESIDE),
    (_COLUMNS, Layout.COLUMN),
    (_DASH, Layout.BESIDE),
)
# Without one of these no pattern can match; most lines of most mails have none.
_SIGN = re.compile(r"[:\uff1a=\t|\[\uff3b【〔「《≪–—→\xa0\u3000]|  | -")


@dataclass(frozen=True)
class Row:
    """A label: in which line, as written, what it names, what stands beside it.

    column: where the value starts, for columns; indent: blanks before the label; span: lines that it takes, when one
    line holds several.
    """

    line: int
    label: str
    key: str | None
    value: str
    layout: Layout
    column: int = 0
    indent: int = 0

    @property
    def is_body(self) -> bool:
        """Whether all that follows is the message."""
        return is_body_label(self.label)

    @property
    def is_message(self) -> bool:
        """Whether its value may have many lines."""
        return self.key in ("message", "question")


def known_row(number: int, line: str) -> Row | None:
    """The row in a line whose label is known."""
    line = line[:_MAX_LINE].rstrip()
    for pattern, layout in _PATTERNS if _SIGN.search(line, 0, _HEAD) else ():
        found = pattern.match(line)
        if found and (key := key_of(_label(found))):
            return _row(number, found, key, layout)
    bare = _NUMBER.sub("", line.strip(_DECORATION)) if len(line) <= _HEAD else ""
    if bare and len(bare) <= 80 and not bare.endswith((".", ",")) and (key := key_of(bare)):
        return Row(number, bare, key, "", Layout.BELOW, indent=len(line) - len(line.lstrip()))
    return None


def unknown_row(number: int, line: str) -> Row | None:
    """The row in a line whose label nobody knows but which has the form of one: `Colour of the door: red`."""
    line = line[:_MAX_LINE].rstrip()
    found = _BRACKET.match(line) or _COLON.match(line)
    if found is None or _is_no_row(found, line):
        return None
    key = key_of(_label(found))
    return _row(number, found, key, Layout.BESIDE) if key in _WEAK else None


def _is_no_row(found: re.Match[str], line: str) -> bool:
    """An assignment, a time of day, or no label at all."""
    label = _label(found)
    assigned = "=" in line[found.end("label") : found.start("value")]
    return assigned or (label[-1:].isdigit() and found["value"][:1].isdigit()) or not is_label_like(label)


def column_row(number: int, line: str, column: int) -> Row | None:
    """The row of a table whose values start at `column` (any, when that is 0)."""
    found = _COLUMNS.match(line[:_MAX_LINE].rstrip())
    if found is None or (column and found.start("value") != column) or not is_label_like(_label(found)):
        return None
    key = key_of(_label(found))
    return _row(number, found, key, Layout.COLUMN) if key in _WEAK else None


def bare_row(number: int, line: str) -> Row | None:
    """The label that has the line to itself."""
    bare = line.strip(_DECORATION).rstrip(":\uff1a").rstrip(_DECORATION)
    if not bare or len(bare) > 100 or not is_label_like(bare):
        return None
    return Row(number, bare, key_of(bare), "", Layout.BELOW, indent=len(line) - len(line.lstrip()))


def is_label_like(label: str) -> bool:
    """Whether a form may call a field so: a few words, or one question."""
    words = len(label.split())
    return words <= (20 if label.endswith(("?", "\uff1f", ")")) else _WORDS) and not _NO_LABEL.search(label)


def spread(lines: list[str]) -> list[str]:
    """The lines with rows that share a line each on their own: `Name: Ann, Email: a@b.c`, and a table lying down."""
    spread_out: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        taken, pieces = 1, [line]
        if line.count(":") > 1:
            pieces = _shared_line(line)
        elif _GAP.search(line.strip()):
            taken, pieces = _lying_table(lines, number)
            pieces = pieces if taken else _shared_cells(line)
            taken = taken or 1
        spread_out += pieces
        number += taken
    return spread_out


def _shared_line(line: str) -> list[str]:
    """The rows of one line; the line itself unless it holds three known labels, or two with nothing before them."""
    if len(line) > _MAX_SHARED:
        return [line]
    found = [match for match in _INLINE.finditer(line) if _is_field(match["label"])]
    if len(found) < 2 or (len(found) == 2 and line[: found[0].start("label")].strip(_DECORATION)):
        return [line]
    starts = [match.start("label") for match in found]
    ends = [*(match.start() for match in found[1:]), len(line)]
    before = [line[: starts[0]]] if line[: starts[0]].strip(_DECORATION) else []
    return [*before, *(line[start:end].rstrip(" ,;|/•·") for start, end in zip(starts, ends, strict=True))]


def _shared_cells(line: str) -> list[str]:
    """`Name  Ann  Email  a@b.c` as two rows."""
    cells = _cells(line)
    pairs = list(zip(cells[::2], cells[1::2], strict=False))
    shared = len(cells) in (4, 6) and any(_is_field(label) for label, _ in pairs)
    shared = shared and all(key_of(label) and not key_of(value) for label, value in pairs)
    return [f"{label}: {value}" for label, value in pairs] if shared else [line]


def _lying_table(lines: list[str], number: int) -> tuple[int, list[str]]:
    """(lines taken, rows) where one line holds three labels and nothing else, and the next as many values."""
    labels = _cells(lines[number])
    if not 3 <= len(labels) <= 40 or sum(_is_field(label) for label in labels) < 3:
        return 0, []
    for below in range(number + 1, min(number + 4, len(lines))):
        values = _cells(lines[below])
        if values and set(values) != {"-"} and any(character.isalnum() for character in lines[below]):
            pairs = zip(labels, values, strict=False)
            same = len(values) == len(labels)
            return (below - number + 1, [f"{label}: {value}" for label, value in pairs]) if same else (0, [])
    return 0, []


def _cells(line: str) -> list[str]:
    if len(line) > _MAX_SHARED:
        return []
    stripped = line.strip(" \t*|\xa0")
    return [cell.strip("* ") for cell in _CELLS.split(stripped)] if stripped else []


def _is_field(label: str) -> bool:
    return key_of(label) in {"name", "first_name", "last_name", "email", "phone", "company", "subject", "message"}


def _label(found: re.Match[str]) -> str:
    return found["label"].strip(_DECORATION).strip('"')


def _row(number: int, found: re.Match[str], key: str | None, layout: Layout) -> Row:
    value = found["value"].strip().strip("|").strip()
    if value.endswith("**") or (value.endswith("*") and value.count("*") == 1):
        value = value.rstrip("*").rstrip()
    value = _LINK.sub("", value)
    label = _label(found)
    if found["label"].strip().startswith('"'):  # JSON
        value = value.rstrip(",").strip('"')
    return Row(number, label, key, value, layout, found.start("value"), found.start("label"))


def known_rows(lines: list[str]) -> Iterator[Row]:
    """Every row with a known label, in order; none in a quotation."""
    for number, line in enumerate(lines):
        if line.strip() and not line.startswith(">") and (row := known_row(number, line)):
            yield row
