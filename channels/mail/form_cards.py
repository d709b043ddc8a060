"""Gives labels to a customer's card: name, address and number on lines of their own under `Customer details`."""
# ruff: noqa: RUF001 - letters of other languages, not look-alikes

from __future__ import annotations

import re

from channels.mail.form_rows import known_row
from channels.mail.form_values import read_value

_MAX_CARD = 8  # lines
_HEADING = re.compile(
    r"[\s*_#=|\-]{0,6}(?:(?:customer|client|contact|buyer|guest|lead|sender|prospect|applicant|renter)(?:['’]s)?"
    r" (?:information|info|details|contact details|contact information|contact)"
    r"|kontaktdaten(?: d(?:es|er) \w{1,20})?|kundendaten|daten des (?:kunden|interessenten)|interessent"
    r"|coordonnées(?: du (?:client|contact))?|datos de(?:l)? (?:contacto|cliente)|dati (?:di contatto|del cliente)"
    r"|dados (?:de contato|de contacto|do cliente)|contactgegevens|klantgegevens|kontaktuppgifter|kontaktoplysninger"
    r"|kontaktinformasjon|yhteystiedot|dane (?:kontaktowe|klienta)|kontaktní údaje|elérhetőségek?|date de contact"
    r"|контактные данные|контактні дані|iletişim bilgileri|müşteri bilgileri|お客様情報|連絡先情報|客户信息|联系信息)"
    r"[\s*_:\uff1a|]{0,6}$",
    re.IGNORECASE,
)


def with_labels(lines: list[str]) -> list[str]:
    """The lines, with `Name: `, `Email: ` and `Phone: ` before what a card says without a label."""
    for number, line in enumerate(lines):
        if len(line) <= 80 and line.strip() and _HEADING.match(line):
            card = _labelled(lines[number + 1 : number + 1 + _MAX_CARD])
            if card:
                return [*lines[: number + 1], *card, *lines[number + 1 + len(card) :]]
    return lines


def _labelled(lines: list[str]) -> list[str]:
    """The card's lines with their labels; empty when it has labels of its own or neither address nor number."""
    found: list[str] = []
    had: set[str] = set()
    for number, line in enumerate(lines):
        if line.strip() and known_row(number, line):
            break
        kind = _kind(line.strip(), had) if line.strip() else ""
        if line.strip() and not kind and had:
            break
        had |= {kind} if kind else set()
        found.append(f"{kind}: {line.strip()}" if kind else line)
    return found if had & {"Email", "Phone"} else []


def _kind(line: str, had: set[str]) -> str:
    """What an unlabelled line of a card is; only the first can be the name."""
    if len(line) > 100:
        return ""
    if "Email" not in had and "@" in line and " " not in line and read_value("email", line):
        return "Email"
    if "Phone" not in had and not any(letter.isalpha() for letter in line) and read_value("phone", line):
        return "Phone"
    plausible = not had and len(line.split()) <= 5 and not any(character.isdigit() for character in line)
    return "Name" if plausible and read_value("name", line) else ""
