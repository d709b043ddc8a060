"""The header of a passed-on message in a language that no table knows, told by its shape alone."""

from __future__ import annotations

import re

from channels.mail.forward_header import Header
from channels.mail.forward_labels import guess_label, read_label
from channels.mail.forward_lines import Line

_MAX_LINES = 7
_MIN_LINES = 3
_DATED = re.compile(r"\d{1,2}[:.h]\d\d|(?<!\d)[12]\d{3}(?!\d)")


def read_foreign_header(lines: list[Line], start: int) -> Header | None:
    """Three to seven labelled lines: two with addresses (from, to), one with a date; another one is the subject."""
    values: list[str] = []
    at = start
    while at < min(len(lines), start + _MAX_LINES):
        line = lines[at]
        label = (read_label(line.words) or guess_label(line.words)) if line.depth == lines[start].depth else None
        if label is None:
            break
        values.append(label.value)
        at += 1
    found = _roles(values) if len(values) >= _MIN_LINES else {}
    return Header(found, at) if found.keys() >= {"from", "to", "date"} else None


def _roles(values: list[str]) -> dict[str, str]:
    """Which value is which: addresses stand in the order from, to, cc."""
    addressed = [value for value in values if "@" in value]
    if not any("<" in value for value in addressed):
        return {}  # a form has bare addresses
    others = [value for value in values if "@" not in value]
    found = dict(zip(("from", "to", "cc"), addressed, strict=False))
    dated = next((value for value in others if _DATED.search(value)), None)
    if dated is not None:
        others.remove(dated)
        found["date"] = dated
    if others:
        found["subject"] = others[0]
    return found
