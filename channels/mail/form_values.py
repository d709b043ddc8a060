"""What counts as a value of a form's field: an address, a number, a line, or a message without the form's footer."""

from __future__ import annotations

import re

from channels.mail.addresses import find_address
from channels.mail.cleaning import MAX_NAME, MAX_SUBJECT, clean_line

MAX_MESSAGE = 20_000
_MAX_PHONE = 60
_FOOTER_LINES = 8
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}@[^\s@<>()\[\],;:\"]{1,255}")
_EMPTY = frozenset({"-", "--", "n/a", "none", "null", "undefined"})
_BLANK_TO_FILL = re.compile(r"_{8,}")  # an order form to print and fill in
_RULE = re.compile(r"^\s*[-_=*]{2,}\s*$")
_FOOTER = re.compile(
    r"^(?:this (?:e-?mail|message|mail|form|notification) (?:was|has been|is) (?:sent|submitted|generated)"
    r"|(?:sent|submitted) (?:from|via|through|by) .{0,60}(?:form|website|site)|diese (?:e-?mail|nachricht) wurde"
    r"|cet? (?:e-?mail|courriel|message) (?:a été|vous)"
    r"|est[ea] (?:mensaje|correo|e-?mail|mensagem) (?:ha sido|fue|se|foi)"
    r"|quest[ao] (?:e-?mail|messaggio) è|(?:deze|dit) (?:e-?mail|bericht) (?:is|werd)"
    r"|powered by\b|reply to this (?:e-?mail|message)|(?:remote ip|ip address|page url|user agent)\s*:)",
    re.IGNORECASE,
)


def read_value(key: str, value: str) -> dict[str, str]:
    """The canonical fields in one labelled value; none when it is not a value of its kind."""
    if key == "message":
        return {"message": value[:MAX_MESSAGE]} if value and not _BLANK_TO_FILL.search(value) else {}
    line = clean_line(value, MAX_SUBJECT)
    if not line or line.lower() in _EMPTY or line.endswith(":"):
        return {}
    if key == "from":
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
        case "name" | "first_name" | "last_name" | "company":
            return line if _is_name(line) else None
    return None


def _is_name(line: str) -> bool:
    """Whether a person or company may be called so."""
    usual = len(line) <= MAX_NAME and any(character.isalpha() for character in line)
    return usual and not _BLANK_TO_FILL.search(line) and not _address(line)


def join_names(found: dict[str, str]) -> dict[str, str]:
    """First and last name as one; `Nom` beside `Prénom` is the last, `Nome` beside `Cognome` the first."""
    first, last, name = found.get("first_name", ""), found.get("last_name", ""), found.get("name", "")
    fields = {key: value for key, value in found.items() if key not in ("first_name", "last_name")}
    if first and last:
        fields["name"] = f"{first} {last}"
    elif first or last:
        known = (first or last).lower()
        fields["name"] = name if known in name.lower() else f"{first or name} {last or name}".strip()
    return fields


def strip_footer(lines: list[str]) -> str:
    """The message without what the form plugin wrote below it: from a footer's first words, or the rule before them."""
    for number, line in enumerate(lines):
        if _FOOTER.match(line.strip()):
            lines = lines[:number]
            break
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    rules = [number for number, line in enumerate(lines) if _RULE.match(line)]
    if rules and len(lines) - rules[-1] <= _FOOTER_LINES and rules[-1] > 0:
        lines = lines[: rules[-1]]
    return "\n".join(line.strip() for line in lines).strip()


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
