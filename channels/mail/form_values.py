"""What counts as a value of a form's field: an address, a number, a line, or a message without the form's footer."""

from __future__ import annotations

import re

from channels.mail.addresses import find_address
from channels.mail.cleaning import MAX_NAME, MAX_SUBJECT, clean_line
from channels.mail.form_footer import is_footer, is_rule

MAX_MESSAGE = 20_000
_MAX_PHONE = 60
_FOOTER_LINES = 8
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,255}")
_EMPTY = frozenset({"-", "--", "—", "n/a", "na", "none", "null", "undefined", "(empty)", "(none)", "anonymous"})
_BLANK_TO_FILL = re.compile(r"_{8,}")  # an order form to print and fill in
_ROW = re.compile(r"^\s*[^:\uff1a]{1,60}[:\uff1a]")
_LINK = re.compile(r"^\s*[<\[(]?https?://\S{1,2000}\s*$")
_TEAM = re.compile(
    r"(?=.{0,40}\b(?:team|teamet|équipe|equipo|equipe|squadra|zespół|tým|csapata?|echipa|команда|tiimi)\b)"
    r"(?:the|your|ihr|dein|euer|votre|l['’]|el|tu|su|il|het|je|jouw|team|zespół|tým|equipo|equipe|équipe|команда|ваша"  # noqa: RUF001 - an apostrophe that people type
    r"|echipa|din|ditt|dit|a)\b.{0,50}$",
    re.IGNORECASE,
)
_QUOTED = (("«", "»"), ("“", "”"), ("„", "“"), ('"', '"'), ("「", "」"))
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def read_value(key: str, value: str) -> dict[str, str]:
    """The canonical fields in one labelled value; none when it is not a value of its kind."""
    if key == "message":
        return {"message": value[:MAX_MESSAGE]} if value and not _BLANK_TO_FILL.search(value) else {}
    line = clean_line(value, MAX_SUBJECT)
    if not line or line.lower() in _EMPTY or line.endswith(":"):
        return {}
    if key == "from" or (key == "name" and "<" in line):
        return _name_and_address(line)
    found = _of_kind(key, line)
    return {key: found} if found else {}


def _of_kind(key: str, line: str) -> str | None:
    match key:
        case "email":
            return _address(line)
        case "phone":
            enough = 5 <= sum(character.isdigit() for character in line) <= 20
            return line if enough and len(line) <= _MAX_PHONE else None
        case "subject":
            return line
        case "name" | "first_name" | "middle_name" | "last_name" | "company":
            return line if _is_name(line) else None
    return None


def _is_name(line: str) -> bool:
    """Whether a person or company may be called so."""
    usual = len(line) <= MAX_NAME and any(character.isalpha() for character in line)
    return usual and not _BLANK_TO_FILL.search(line) and not _address(line)


def join_names(found: dict[str, str]) -> dict[str, str]:
    """Given and family name as one; `Nom` beside `Prénom` is the last, `Nome` beside `Cognome` the first."""
    first, middle, last = (found.get(key, "") for key in ("first_name", "middle_name", "last_name"))
    name = found.get("name", "")
    fields = {key: value for key, value in found.items() if key not in ("first_name", "middle_name", "last_name")}
    if first and last:
        fields["name"] = _joined(last, first) if _CJK.search(first + last) else _joined(first, middle, last)
    elif first or last:
        known = (first or last).lower()
        fields["name"] = name if known in name.lower() else _joined(first or name, middle, last or name)
    return fields


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def strip_footer(lines: list[str]) -> str:
    """The message without what the form software wrote below it, and without the rule before that."""
    end = next((number for number, line in enumerate(lines) if is_footer(line)), len(lines))
    footed = end < len(lines)
    lines = _filled(lines[:end])
    rules = [number for number, line in enumerate(lines) if is_rule(line) and number > 0]
    if rules and (_no_words(lines[rules[-1] + 1 :]) if len(lines) - rules[-1] <= _FOOTER_LINES else False):
        lines = lines[: rules[-1]]
    elif footed and lines and is_rule(lines[-1]):
        lines = lines[:-1]
    return _unquoted("\n".join(line.strip() for line in _without_closing(lines)).strip())


def _without_closing(lines: list[str]) -> list[str]:
    """Without the regards of the portal's team, if they are a paragraph of their own."""
    lines = _filled(lines)
    if not lines or not _TEAM.match(lines[-1].strip()):
        return lines
    start = next((number for number in range(len(lines) - 1, -1, -1) if not lines[number].strip()), 0)
    return _filled(lines[:start]) if start and len(lines) - start <= 4 else lines


def _unquoted(message: str) -> str:
    """Without the quotation marks around the whole, which portals set."""
    for opening, closing in _QUOTED:
        inner = message[1:-1]
        if message.startswith(opening) and message.endswith(closing) and opening not in inner and closing not in inner:
            return inner.strip()
    return message


def _filled(lines: list[str]) -> list[str]:
    """Without the empty lines at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _no_words(lines: list[str]) -> bool:
    """Whether only rows of the software and links stand there."""
    return all(not line.strip() or _ROW.match(line) or _LINK.match(line) for line in lines)


def _address(line: str) -> str | None:
    """The address as it was written, also in `a@b.c<mailto:a@b.c>`."""
    found = _ADDRESS.search(line)
    address = found[0].rstrip(".") if found else ""
    return address if find_address(address) else None


def _name_and_address(line: str) -> dict[str, str]:
    address = _address(line)
    name = clean_line(line.partition("<")[0] if "<" in line else line.replace(address or "", ""), MAX_NAME).strip(
        " \"'"
    )
    return {key: value for key, value in (("name", name), ("email", address or "")) if value}
