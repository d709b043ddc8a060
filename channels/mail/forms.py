"""Finds a web form in a mail's text: `Label: value`, label over value, columns, a table lying down.

A signature ("Tel: …, Email: …") or a letter with a colon is no form. It takes a run of labels near each other that
holds a message and who wrote it, or a name and an e-mail address, or nothing else before two contact fields.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from channels.mail.form_cards import with_labels
from channels.mail.form_footer import is_footer
from channels.mail.form_headers import before_quotation, without_headers
from channels.mail.form_rows import Row, known_rows, spread
from channels.mail.form_run import complete, runs_of
from channels.mail.form_values import join_names, read_value, strip_footer

_MAX_CHARACTERS = 64_000
_MAX_LINES = 1_000
_MAX_LABELS = 100
_MAX_VALUE = 5_000
_FEW = 12  # lines of words before a form; below a longer letter stands a signature
_PROSE = 4  # plain words in the answer to an unknown question that is taken for the message
_HEADING = 3  # words
_SENTENCE_ENDS = (".", "!", "?", ",", "。", ")")
_CONTACT = frozenset({"name", "first_name", "middle_name", "last_name", "email", "phone"})
_INTRODUCTION = re.compile(
    r"\b(?:submission|submitted|contact form|web ?form|enquiry|inquiry|new lead|new message|form response|formulario"
    r"|formulaire|formular|kontaktformular|kontaktanfrage|anfrage|modulo|formulário|formulier|aanvraag|formulär|skjema"
    r"|lomake|formularz|zapytanie|poptávk|űrlap|ajánlatkér|solicitud|demande|richiesta)|форм|заявк|форма|お問い合わせ|フォーム|表单|咨询|询盘",
    re.IGNORECASE,
)


class Form(NamedTuple):
    """What a form says.

    fields: by key (name, email, phone, company, subject, message), as written.
    labels: every label as written, with its value; of equal labels the later are numbered, `Name (2)`.
    """

    fields: dict[str, str]
    labels: dict[str, str]


def read_form(text: str, *, reply: bool = False) -> Form | None:
    """The form in a text, None when there is none.

    reply: the text answers another, so what stands under the header of a quoted mail is not read.
    """
    lines = before_quotation(text[:_MAX_CHARACTERS].split("\n")[:_MAX_LINES], reply=reply)
    lines = with_labels(spread(lines))
    for run in runs_of(without_headers(list(known_rows(lines)))):
        if not any(row.key in _CONTACT or row.key == "from" for row in run):
            continue
        rows = complete(run, lines)
        form = _read(rows, lines)
        if _is_form(rows, form.fields, lines):
            return form
    return None


def _read(rows: list[Row], lines: list[str]) -> Form:
    """What each label holds; the first of two labels for the same thing wins."""
    found: dict[str, str] = {}
    labels: dict[str, str] = {}
    ends = [after.line for _, after in pairwise(rows)]
    for row, end in zip(rows, [*ends, len(lines)], strict=True):
        value = _value(row, lines, end, last=row is rows[-1])
        _add_label(labels, row.label, value)
        key = "message" if row.key == "question" else row.key
        for name, part in read_value(key or "", value).items():
            found.setdefault(name, part)
    fields = join_names(found)
    if "message" not in fields and (message := _answer(rows, labels)):
        fields["message"] = message
    return Form(fields, labels)


def _add_label(labels: dict[str, str], label: str, value: str) -> None:
    if len(labels) >= _MAX_LABELS or not value:
        return
    number, name = 2, label
    while name in labels:
        name = f"{label} ({number})"
        number += 1
    labels[name] = value


def _value(row: Row, lines: list[str], end: int, *, last: bool) -> str:
    following = lines[row.line + 1 : end]
    if row.is_message:
        return strip_footer([row.value, *(following if last else _without_heading(following))])
    if row.key in _CONTACT or row.key in ("company", "subject", "from", "meta"):
        return row.value or _line_below(following)
    return _paragraph(row.value, following, whole=not last)


def _without_heading(following: list[str]) -> list[str]:
    """A message's lines without the heading over the rows that come next, such as `Property details`."""
    heading = following[-1].strip() if len(following) > 1 and not following[-2].strip() else ""
    is_one = 0 < len(heading.split()) <= _HEADING and len(heading) <= 40 and not heading.endswith(_SENTENCE_ENDS)
    return following[:-1] if is_one else following


def _line_below(following: list[str]) -> str:
    """The first of the next three lines that says anything."""
    return next((line.strip(" \t|*\xa0") for line in following[:3] if line.strip(" \t|*\xa0")), "")


def _paragraph(value: str, following: list[str], *, whole: bool) -> str:
    """A value with the lines that go on with it; under a label, all lines up to the next (`whole`) or one paragraph."""
    taken = [value] if value else []
    for line in following:
        if is_footer(line) or (not line.strip() and taken and not (whole and not value)):
            break
        taken += [line.strip()] if line.strip() or taken else []
    return "\n".join(taken).strip()[:_MAX_VALUE]


def _answer(rows: list[Row], labels: dict[str, str]) -> str | None:
    """The longest answer to a question that nobody knows, if it is prose: forms of one's own have such."""
    unknown = [labels.get(row.label, "") for row in rows if row.key in (None, "other")]
    longest = max(unknown, key=len, default="")
    words = [word for word in longest.split() if word.isalpha() and len(word) > 1]
    many = len(words) >= _PROSE or (len(longest) >= 20 and not longest.isascii() and " " not in longest)
    return longest if many and "://" not in longest[:10] else None


def _is_form(rows: list[Row], fields: dict[str, str], lines: list[str]) -> bool:
    """The threshold; see the module's first lines."""
    keys = set(fields)
    asks = "message" in keys and any(row.key == "message" for row in rows)
    if asks and (keys & {"name", "email"} or len(keys) >= 3):
        return True
    before = [line for line in lines[: rows[0].line] if line.strip()]
    introduced = len(before) <= _FEW and _INTRODUCTION.search("\n".join(before)[-2_000:]) is not None
    if "name" in keys and keys & {"email", "message"}:
        return introduced or len(before) <= _FEW
    if any(row.key == "question" for row in rows):
        return False
    contacts = len(keys & {"name", "email", "phone"})
    if contacts >= 2 and ("name" in keys or len(before) <= 1):
        return len(before) <= 1 or introduced or (len(rows) >= 5 and len(before) <= _FEW)
    return bool(contacts) and introduced and len(rows) >= 3
