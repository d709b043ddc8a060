"""Finds the labelled fields of a web form in a mail's text: `Label: value`, label over value, and two columns.

A signature ("Tel: …, Email: …") or a letter with a colon is no form. It takes a run of labels near each other that
holds a message and who wrote it, or a name and an e-mail address, or nothing else before two contact fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.mail.form_labels import is_body_label, key_of
from channels.mail.form_values import join_names, read_value, strip_footer

_MAX_CHARACTERS = 50_000
_MAX_LINES = 1_000
_NEAR = 8  # lines between one label and the next
_HEADER_BLOCK = 5  # lines in which From, To and Subject make a quoted mail header
_LINE = re.compile(
    r"^[\s>*|•\-]{0,6}(?P<label>[^:\uff1a|\t=]{1,60}?)[\s*]{0,4}"
    r"(?:[:\uff1a|\t=]|[ \xa0]{2,})[*|\s]{0,40}(?P<value>.*)$"
)
_ATTRIBUTION = re.compile(
    r"(?:wrote|escribió|a écrit|schrieb|ha scritto|escreveu|schreef)\b.{0,80}:\s*$", re.IGNORECASE
)


@dataclass(frozen=True)
class _Label:
    """A known label: where it is, what it names, what stands beside it; `bare` when it has the line to itself."""

    line: int
    key: str
    value: str
    body: bool = False
    bare: bool = False


def read_fields(text: str) -> dict[str, str]:
    """A form's values by key (name, email, phone, company, subject, message) as written; empty when it is no form."""
    lines = text[:_MAX_CHARACTERS].split("\n")[:_MAX_LINES]
    labels = _without_headers(list(_labels(lines)))
    for run in _runs(labels):
        fields = _values(run, lines)
        if _is_form(run, fields, lines):
            return fields
    return {}


def _labels(lines: list[str]) -> Iterator[_Label]:
    """The labels down to a reply's quotation: a form that a customer quotes has been read before."""
    for number, line in enumerate(lines):
        if _ATTRIBUTION.search(line):
            return
        label = None if line.startswith(">") else _label(number, line)
        if label:
            yield label


def _label(number: int, line: str) -> _Label | None:
    found = _LINE.match(line.rstrip())
    if found and (key := key_of(found["label"])):
        return _Label(number, key, found["value"].strip().strip("|").strip(), is_body_label(found["label"]))
    bare = line.strip().strip("*|").strip()
    key = key_of(bare)
    return _Label(number, key, "", is_body_label(bare), bare=True) if key and not bare.endswith(".") else None


def _without_headers(labels: list[_Label]) -> list[_Label]:
    """Leave out the header lines of a quoted mail; From counts only in Contact Form 7's default, before its body."""
    heads = [label for label in labels if label.key == "header" and not label.bare]
    body = next((label.line for label in labels if label.body), None)

    def kept(label: _Label) -> bool:
        quoted = any(abs(label.line - head.line) <= _HEADER_BLOCK for head in heads)
        if label.key == "from":
            return body is not None and 0 < body - label.line <= _NEAR and not quoted
        return label.key != "header" and not (label.key == "subject" and quoted)

    return [label for label in labels if kept(label)]


def _runs(labels: list[_Label]) -> Iterator[list[_Label]]:
    """Labels that stand near each other; a message may be long, so what follows one is near it."""
    run: list[_Label] = []
    for label in labels:
        if run and label.line - run[-1].line > _NEAR and run[-1].key not in ("message", "question"):
            yield run
            run = []
        run.append(label)
    if run:
        yield run


def _values(run: list[_Label], lines: list[str]) -> dict[str, str]:
    """What each label holds; the first of two labels for the same thing wins."""
    found: dict[str, str] = {}
    position = 0
    while position < len(run):
        label = run[position]
        key = "message" if label.key == "question" else label.key
        rest = run[position + 1 :]
        end = _end(label, key, rest, found, len(lines))
        position += 1 + sum(other.line < end for other in rest)
        value = _text_of(label, key, lines, end)
        for name, part in read_value(key, value).items():
            found.setdefault(name, part)
    return join_names(found)


def _end(label: _Label, key: str, rest: list[_Label], found: dict[str, str], last: int) -> int:
    """The line before which a value ends: the next label, but a message goes on over labels that were there before."""
    if key == "message":
        rest = [] if label.body else [other for other in rest if other.key not in found and other.key != "question"]
    return rest[0].line if rest else last


def _text_of(label: _Label, key: str, lines: list[str], end: int) -> str:
    following = lines[label.line + 1 : end]
    if key == "message":
        return strip_footer([label.value, *following])
    below = next((line.strip(" \t|*\xa0") for line in following[:3] if line.strip(" \t|*\xa0")), "")
    return label.value or below


def _is_form(run: list[_Label], fields: dict[str, str], lines: list[str]) -> bool:
    """The threshold; see the module's first lines."""
    keys = set(fields)
    asks = "message" in keys and any(label.key == "message" for label in run)
    knows = bool(keys & {"name", "email"})
    if (asks and knows) or ("name" in keys and keys & {"email", "message"}) or (asks and len(keys) >= 3):
        return True
    before = [line for line in lines[: run[0].line] if line.strip()]
    return len(keys) >= 2 and "email" in keys and "message" not in keys and len(before) <= 1
