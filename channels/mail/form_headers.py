"""Keeps the headers of a quoted or forwarded mail apart from a form's rows."""
# ruff: noqa: RUF001 - letters of other languages, not look-alikes

from __future__ import annotations

import re
from dataclasses import replace

from channels.mail.form_rows import Row, known_row
from channels.mail.marks import END_MARK, QUOTE_MARK, REGION_MARK, SIGNATURE_MARK

_BLOCK = 5  # lines in which From, To and Subject make a quoted mail header
_NEAR = 8
_ATTRIBUTION = re.compile(
    r"(?:\b(?:wrote|escribió|a écrit|schrieb|ha scritto|escreveu|schreef|skrev|kirjoitti|napisał(?:\(a\)|a)?"
    r"|napsal(?:\(a\)|a)?|írta|a scris|написал(?:\(а\)|а)?|пишет|написав|пише|yazdı|şunu yazdı)"
    r"|写道|寫道|のメッセージ)\b.{0,80}[:\uff1a]$",
    re.IGNORECASE,
)
_HEADINGS = frozenset(
    {"answer", "answers", "value", "response", "antwort", "réponse", "respuesta", "risposta", "resposta"}
)
_COLONS = (":", "\uff1a")


def before_quotation(lines: list[str], *, reply: bool) -> list[str]:
    """The lines down to a quotation: a form that a customer quotes has been read before."""
    lines = _without_regions(lines)
    for number, line in enumerate(lines):
        if line.endswith(_COLONS) and _ATTRIBUTION.search(line[-200:]):
            return lines[:number]
        if reply and number and line[:1].strip() and _begins_header(number, lines):
            return lines[:number]
    return lines


def _without_regions(lines: list[str]) -> list[str]:
    """The lines, empty where the HTML says that a quotation or a signature stands."""
    kept: list[str] = []
    inside = False
    for line in map(str.rstrip, lines):
        if line.startswith(QUOTE_MARK):
            break
        inside = line.startswith((REGION_MARK, SIGNATURE_MARK)) or (inside and not line.startswith(END_MARK))
        kept.append("" if inside or line.startswith(END_MARK) else line)
    return kept


def _begins_header(number: int, lines: list[str]) -> bool:
    """Whether the header of a quoted mail begins here: From, and To or Sent in the next lines."""
    row = known_row(number, lines[number])
    if row is None or row.key != "from" or not row.value:
        return False
    below = (known_row(at, lines[at]) for at in range(number + 1, min(number + _BLOCK, len(lines))))
    return any(other and other.key == "header" and other.value for other in below)


def without_headers(rows: list[Row]) -> list[Row]:
    """Leave out the header lines of a quoted mail; From counts only where a form may have it, before its message."""
    rows = [row for block in _blocks(rows) if not _is_header(block) for row in block]
    rows = [replace(row, key="other") if _is_lone(row, rows) else row for row in rows]
    heads = [row.line for row in rows if row.key == "header" and row.value]
    message = next((row.line for row in rows if row.is_body or row.key == "message"), None)
    return [row for row in rows if _is_kept(row, heads, message)]


def _is_kept(row: Row, heads: list[int], message: int | None) -> bool:
    """heads: the lines of headers; message: the first line of a message."""
    quoted = any(abs(row.line - head) <= _BLOCK for head in heads)
    if row.key == "question" and row.value.lower() in _HEADINGS:
        return False
    if row.key == "from":
        return message is not None and 0 < message - row.line <= _NEAR and not quoted
    return row.key != "header" and not (row.key == "subject" and quoted)


def _is_lone(row: Row, rows: list[Row]) -> bool:
    """Whether it is a form's `Date`, with no other line of a header near."""
    if row.key != "header" or not row.value:
        return False
    near = (each for each in rows if each is not row and abs(each.line - row.line) <= _BLOCK)
    return not any(each.key in ("header", "from", "subject") for each in near)


def _blocks(rows: list[Row]) -> list[list[Row]]:
    """Rows in lines that follow each other."""
    blocks: list[list[Row]] = []
    for row in rows:
        if blocks and row.line - blocks[-1][-1].line == 1:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def _is_header(block: list[Row]) -> bool:
    """Whether it is the header of a mail: From and another line that only headers have."""
    keys = [row.key for row in block if row.value]
    return "from" in keys and "header" in keys and not any(key in ("message", "phone") for key in keys)
