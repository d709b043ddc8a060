"""Reads mail that a marketplace or portal passes on for a customer: `Ann Lee sent you a message:` and Ann's words.

Only where the sender is such a service or a program: people write `Message from Bob:` too.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from channels.mail.cleaning import MAX_NAME, clean_line
from channels.mail.form_footer import is_footer, is_rule
from channels.mail.form_rows import Row, known_rows
from channels.mail.form_values import read_value, strip_footer
from channels.mail.relay_words import BUTTON, DISPLAY, INTRODUCTIONS, NOBODY, SERVICES
from enrichment.models import Address

_MAX_CHARACTERS = 64_000
_INTRODUCED_WITHIN = 30  # lines
_MAX_LINE = 300
_PROGRAM = re.compile(
    r"(?:no|do)[._-]?(?:t[._-]?)?(?:reply|respond|answer)|^(?:notif\w{0,12}|messages?|messaging|leads?|alerts?|relay|reply\+?"
    r"|enquir\w{1,4}|inquir\w{1,4}|wordpress|www-data|robot|bot|automat\w{0,6}|nachricht(?:en)?|anfragen?)(?:[.+_\-]|$)",
    re.IGNORECASE,
)
_SERVER = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|bounces?)[+@]", re.IGNORECASE)
_HASHED = re.compile(r"^(?=[^@]{0,63}\d)[a-z0-9][a-z0-9._+=-]{19,}$", re.IGNORECASE)
_PERSON = re.compile(r"^[^<>@]{0,80}<[^<>@\s]{1,64}@[^<>@\s]{1,255}>$|^[^<>@\s]{1,64}@[^<>@\s]{1,255}$")
# `This is an enquiry sent from:`, where the next line says who.
_OF_WHOM = re.compile(r"\b(?:from|by|von|de|da|van|från|fra|od|от|від)\s?:\s*$", re.IGNORECASE)


class Relay(NamedTuple):
    """What a relayed mail says.

    service: who passed it on, by name, empty when unknown. fields: as a form's; `message` are the customer's words.
    """

    service: str
    fields: dict[str, str]


def service_of(address: str) -> str:
    """The marketplace or portal whose address it is, by name; empty when it is none that is known."""
    labels = address.lower().rpartition("@")[2].split(".")
    for start in range(len(labels) - 1):
        domain = ".".join(labels[start:])
        country = [".".join([*labels[start:end], "*"]) for end in (-1, -2) if labels[start:end]]
        for known in (domain, *country):
            if known in SERVICES:
                return SERVICES[known]
    return ""


def read_relay(sender: Address | None, subject: str, text: str) -> Relay | None:
    """The customer behind a mail that a service or a program passed on, None when it is no such mail.

    text: what a person reads. An address in it is the customer's only when a label says so or it stands with the name.
    """
    if sender is None or not (known := _passes_on(sender)):
        return None
    lines = [line[: _MAX_LINE * 10] for line in text[:_MAX_CHARACTERS].split("\n")]
    place, name = _introduced(lines)
    said = _said(lines[place:]) if place is not None else {}
    fields = {"name": name or _name_in(subject) or _displayed(sender)} | said
    fields = {key: value for key, value in fields.items() if value}
    return Relay(known.strip(), fields) if fields and (known.strip() or "name" in fields) else None


def _passes_on(sender: Address) -> str:
    """The service's name, a blank for an unknown one, empty for a person and for a mail server."""
    if _SERVER.match(sender.address):
        return ""
    if service := service_of(sender.address):
        return service
    local = sender.address.rpartition("@")[0]
    displayed = DISPLAY.match(sender.name[:MAX_NAME])
    if displayed and (_HASHED.match(local) or _PROGRAM.search(local)):
        return displayed["service"].strip()
    return " " if _PROGRAM.search(local) else ""


def _displayed(sender: Address) -> str:
    """`Ann Lee` of `Ann Lee via Houzz`."""
    found = DISPLAY.match(sender.name[:MAX_NAME])
    return _person(found["name"]) if found else ""


def _name_in(line: str) -> str:
    """The name in an introduction; empty when there is none."""
    for pattern in INTRODUCTIONS:
        found = pattern.search(line[:_MAX_LINE])
        if found and (name := _person(found["name"])):
            return name
    return ""


def _person(name: str) -> str:
    """The name if a person may be called so."""
    name = clean_line(name, MAX_NAME).strip(" \"'*_-")
    words = name.split()
    sensible = 0 < len(words) <= 5 and any(letter.isalpha() for letter in name) and "@" not in name
    return name if sensible and name.lower() not in NOBODY and not name[0].islower() else ""


def _introduced(lines: list[str]) -> tuple[int | None, str]:
    """(the line after the introduction, the name in it); (None, "") without one."""
    for number, line in enumerate(lines[:_INTRODUCED_WITHIN]):
        if _OF_WHOM.search(line[-40:]) and _without_person(lines[number + 1 :])[1]:
            return number + 1, ""
        if line.strip() and len(line) <= _MAX_LINE and any(each.search(line.strip()) for each in INTRODUCTIONS):
            return number + 1, _name_in(line.strip())
    return None, ""


def _said(lines: list[str]) -> dict[str, str]:
    """The customer's words below an introduction, and what labels give with them."""
    rows = list(known_rows(lines))
    fields: dict[str, str] = {}
    for row in rows:
        if row.key in ("email", "phone"):
            for key, value in read_value(row.key, row.value).items():
                fields.setdefault(key, value)
    labelled = next((row for row in rows if row.key == "message"), None)
    lines, person = _without_person(lines) if labelled is None else (lines, {})
    fields["message"] = _words(lines if labelled is None else _below(labelled, lines))
    return {**person, **fields}


def _below(row: Row, lines: list[str]) -> list[str]:
    return [row.value, *lines[row.line + 1 :]]


def _without_person(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """The lines without the `Ann Lee <ann@lee.example>` that may stand first."""
    for number, line in enumerate(lines[:3]):
        if line.strip():
            found = read_value("from", line) if _PERSON.match(line.strip()[:_MAX_LINE]) else {}
            return (lines[number + 1 :], found) if found else (lines, {})
    return lines, {}


def _words(lines: list[str]) -> str:
    """The lines up to the service's own: a button, a link, a rule after some words, its footer."""
    taken: list[str] = []
    for line in lines:
        stripped = line.strip()
        said = any(each.strip() for each in taken)
        if is_rule(line) and not said:
            continue
        if is_footer(line) or (
            said
            and (is_rule(line) or BUTTON.match(stripped[:_MAX_LINE]) or stripped.startswith(("http://", "https://")))
        ):
            break
        if not BUTTON.match(stripped[:_MAX_LINE]):
            taken.append(line.removeprefix(">"))
    return strip_footer(taken)
