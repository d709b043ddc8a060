"""Puts a form together from the rows whose labels are known: which of them are its own, and the unknown ones between.

A customer writes labels too (`Phone: 555 0100 after five`), so inside a message only a label counts that the form has
not had yet, or one after which nothing but rows and the footer comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from channels.mail.form_footer import is_footer, is_rule
from channels.mail.form_rows import Layout, Row, bare_row, column_row, known_row, unknown_row

_NEAR = 8  # lines between one label and the next
_WEAK = frozenset({"other", "meta", None})
_NAMES = frozenset({"name", "first_name", "middle_name", "last_name"})
_MAX_HEAD = 30
_LISTED = re.compile(r"\s{0,8}(?:[-*•]|\d{1,2}[.)])\s")  # an item of a list in somebody's message
_MAX_TAIL = 60


def runs_of(rows: list[Row]) -> Iterator[list[Row]]:
    """Labels that stand near each other; a message may be long, so what follows one is near it."""
    run: list[Row] = []
    for row in rows:
        if run and row.line - run[-1].line > _NEAR and not run[-1].is_message:
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def complete(run: list[Row], lines: list[str]) -> list[Row]:
    """The form's rows in order: those of the run that are no part of a message, and the unknown ones beside them."""
    own = _own(run, lines)
    found = [*_head(own[0], lines)]
    for row, after in pairwise(own):
        found += [row, *_between(row, after, lines)]
    return [*found, own[-1], *_tail(own[-1], lines)]


def _own(run: list[Row], lines: list[str]) -> list[Row]:
    """Leave out the labels that stand inside a message."""
    own: list[Row] = []
    had: frozenset[str | None] = frozenset()
    for number, row in enumerate(run):
        if own and own[-1].is_message:
            if own[-1].is_body:
                break
            if row.key == "question" or row.key in had:
                continue
            if row.key in _WEAK and not _only_rows(row.line, _next_strong(run[number + 1 :], had, len(lines)), lines):
                continue
        own.append(row)
        if row.value or row.is_message or _below(row, run[number + 1 :], lines):
            had |= _NAMES if row.key == "name" else frozenset({row.key})
    return own


def _below(row: Row, rest: list[Row], lines: list[str]) -> bool:
    """Whether a value stands under the label."""
    end = min(rest[0].line if rest else len(lines), row.line + 4)
    return any(line.strip() for line in lines[row.line + 1 : end])


def _next_strong(rest: list[Row], had: frozenset[str | None], last: int) -> int:
    return next((row.line for row in rest if row.key not in _WEAK and row.key not in had), last)


def _only_rows(start: int, end: int, lines: list[str]) -> bool:
    """Whether nothing but rows, values under their labels, rules and the footer stands in these lines."""
    waiting = False
    for number in range(start, min(end, start + _MAX_TAIL)):
        line = lines[number]
        if not line.strip() or is_rule(line):
            continue
        if is_footer(line):
            return True
        row = None if _LISTED.match(line) else known_row(number, line) or unknown_row(number, line)
        if row is None and not waiting:
            return False
        waiting = row is not None and not row.value
    return end - start <= _MAX_TAIL


def _between(row: Row, after: Row, lines: list[str]) -> list[Row]:
    """The unknown rows between two known ones."""
    span = range(row.line + 1, after.line)
    if row.layout is Layout.COLUMN:
        return _columns(row, span, lines)
    if row.layout is Layout.BELOW:
        return _stacked(row, span, lines)
    if row.is_message:
        return _trailing(span, lines)
    found = (unknown_row(number, lines[number]) for number in span)
    return [each for each in found if each]


def _trailing(span: range, lines: list[str]) -> list[Row]:
    """The rows right before the next known one: a message ends where nothing but rows comes."""
    start = span.stop
    for number in reversed(span):
        if not lines[number].strip():
            continue
        if _LISTED.match(lines[number]) or unknown_row(number, lines[number]) is None:
            break
        start = number
    found = (unknown_row(number, lines[number]) for number in range(start, span.stop))
    return [each for each in found if each]


def _columns(row: Row, span: range, lines: list[str]) -> list[Row]:
    """The rows of the same table: their values start in the same column, or after a tab as well."""
    tabs = "\t" in lines[row.line]
    bars = "|" in lines[row.line]
    found = (
        column_row(number, lines[number], 0 if tabs or bars else row.column)
        for number in span
        if (not tabs or "\t" in lines[number]) and (not bars or "|" in lines[number])
    )
    return [each for each in found if each]


def _stacked(row: Row, span: range, lines: list[str]) -> list[Row]:
    """The labels among lines of which every label has the line to itself."""
    filled = [number for number in span if lines[number].strip()]
    if len(filled) < 2:
        return []
    if _indent(lines[filled[0]]) > row.indent:
        return _all_bare([number for number in filled if _indent(lines[number]) <= row.indent], lines)
    if row.is_message:
        return []
    if filled[0] == row.line + 1 and any(not lines[number].strip() for number in span):
        blocks = [number for number in filled[1:] if not lines[number - 1].strip() and number + 1 in filled]
        return _all_bare(blocks, lines)
    return _all_bare(filled[1::2], lines) if len(filled) % 2 else []


def _all_bare(numbers: list[int], lines: list[str]) -> list[Row]:
    found = [row for number in numbers if (row := bare_row(number, lines[number]))]
    return found if len(found) == len(numbers) else []


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _head(first: Row, lines: list[str]) -> list[Row]:
    """The unknown rows right above the first known one."""
    read = _reader(first, lines)
    found: list[Row] = []
    for number in range(first.line - 1, max(-1, first.line - _MAX_HEAD), -1):
        if not lines[number].strip():
            continue
        row = read(number)
        if row is None or not row.value:
            break
        found.append(row)
    return found[::-1]


def _tail(last: Row, lines: list[str]) -> list[Row]:
    """The unknown rows below the last known one, unless that is the message."""
    end = min(len(lines), last.line + _MAX_TAIL)
    if last.layout is Layout.COLUMN:
        return _columns(last, range(last.line + 1, end), lines)
    if last.layout is Layout.BELOW:
        return _stacked_tail(last, end, lines)
    return [] if last.is_message else _rows_below(last, end, lines)


def _rows_below(last: Row, end: int, lines: list[str]) -> list[Row]:
    read = _reader(last, lines)
    found: list[Row] = []
    waiting = not last.value
    for number in range(last.line + 1, end):
        if not lines[number].strip():
            continue
        row = None if is_footer(lines[number]) else read(number)
        if row is None and not waiting:
            break
        waiting = row is not None and not row.value
        found += [row] if row else []
    return found


def _stacked_tail(last: Row, end: int, lines: list[str]) -> list[Row]:
    """Questions over their answers, or labels that stand further left than their values."""
    stop = next((number for number in range(last.line + 1, end) if is_footer(lines[number])), end)
    filled = [number for number in range(last.line + 1, stop) if lines[number].strip()]
    if filled and _indent(lines[filled[0]]) > last.indent:
        return _stacked(last, range(last.line + 1, stop), lines)
    if last.is_message:
        return []
    asked = [n for n in filled[1:] if lines[n].strip(" *_").endswith(("?", "\uff1f")) and n != filled[-1]]
    return _all_bare(asked, lines)


def _reader(row: Row, lines: list[str]) -> Callable[[int], Row | None]:
    """What reads an unknown row in the layout of a known one."""
    if row.layout is Layout.COLUMN:
        return lambda number: next(iter(_columns(row, range(number, number + 1), lines)), None)
    if row.layout is Layout.BELOW:
        return lambda _: None
    return lambda number: unknown_row(number, lines[number])
