"""Finds the lines with which a mail program introduces a quotation: "On 5 May 2026 at 10:00, Ann <a@b.c> wrote:"."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from channels.mail.attribution_words import ADDRESS, DATE, FORWARDED, INNER_START, START, VERB

_MAX_LINE = 500
_MAX_LINES = 6
_MAX_WORDS = 60
_DECORATION = " \t*_-–—~|=\u200e\u200f\u202a\u202b\u202c\u2068\u2069"  # noqa: RUF001 - dashes as programs set them
_OWN_WORDS = re.compile(
    r"[?!]\s|(?:^|\s)(?:they|he|she|who)\s\w{1,10}$", re.IGNORECASE
)  # "They wrote:" says a customer
_CLOSED = re.compile(r">[ ]?[^\W\d]{2,20}[ ]?[:：]$")  # noqa: RUF001 - "<ann@b.c\n> wrote:"
_COLON_CHARACTERS = ":："  # noqa: RUF001 - the wide colon of Chinese and Japanese programs
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # set around names in Hebrew and Arabic
_AMBIGUOUS = frozenset({"sent", "said"})  # portals write so above a customer's first words


class Needs(Enum):
    """What must speak for an attribution besides its own words before something is cut.

    Portals introduce a customer's words in the same way, and those must not be taken for a quotation.
    """

    NOTHING = 1
    REPLY = 2  # the headers say that the mail answers another, or `>` lines follow
    QUOTED_LINES = 3  # `>` lines follow


class Attribution(NamedTuple):
    """Lines start..end (both included), of the first only what is from `offset` on."""

    start: int
    end: int
    offset: int
    needs: Needs


def find_attribution(lines: list[str], end: int) -> Attribution | None:
    """The attribution whose last line is `end`, which may have been wrapped over several lines."""
    last = lines[end]
    if len(last) > _MAX_LINE or not _ends_one(last):
        return None
    return _dated(lines, end) or _named(lines, end)


def _ends_one(line: str) -> bool:
    """Whether the line ends as attributions do: with a colon, or with a verb between dashes."""
    bare = line.rstrip(_DECORATION)
    if bare.endswith(tuple(_COLON_CHARACTERS)) or (bare.endswith(">") and START.match(bare) and ADDRESS.search(bare)):
        return True
    return line.rstrip().endswith("--") and VERB.search(bare[-40:]) is not None


def _plain(line: str) -> str:
    return _DIRECTIONS.sub("", line[: _MAX_LINE + 1]).strip()


def _dated(lines: list[str], end: int) -> Attribution | None:
    """An attribution that begins with a date; the nearest line above that does so is its first."""
    joined = ""
    for start in range(end, max(-1, end - _MAX_LINES), -1):
        line = _plain(lines[start])
        if len(line) > _MAX_LINE or (line.startswith(">") and not (start == end and _CLOSED.match(line))):
            return None
        joined = f"{line} {joined}".strip()
        if not DATE.search(line):
            continue
        inner = INNER_START.search(lines[start], 1)
        if inner and lines[start][: inner.start()].strip(_DECORATION):
            needs = _needs(lines[start][inner.start() :] + joined[len(line) :])
            return Attribution(start, end, inner.start(), needs) if needs else None
        if START.match(line.strip(_DECORATION)):
            needs = _needs(joined)
            return Attribution(start, end, 0, needs) if needs else None
    return None


def _needs(text: str) -> Needs | None:
    """What is needed besides this text that begins with a date; None when it is no attribution."""
    bare = text.strip(_DECORATION).rstrip(_COLON_CHARACTERS + _DECORATION)
    if len(text.split()) > _MAX_WORDS or FORWARDED.search(text):
        return None
    address, verb = ADDRESS.search(text), _final_verb(bare)
    if verb and verb not in _AMBIGUOUS and (address or text.rstrip().endswith("--")):
        return Needs.NOTHING
    return Needs.REPLY if verb or VERB.search(bare) or _ends_with_address(bare) else None


def _final_verb(bare: str) -> str | None:
    """The verb where grammar puts it: as the last word, or before nothing but a name or an address."""
    for verb in VERB.finditer(bare):
        after = bare[verb.end() :]
        address = ADDRESS.search(after)
        if len(after.split()) <= (8 if address else 0) or (not address and len(after) <= 4):
            return verb[0].lower()
    return None


def _ends_with_address(bare: str) -> bool:
    """`2026-05-05 10:00 GMT+03:00 Ann <a@b.c>:` as Gmail and Yandex write in some languages."""
    addresses = ADDRESS.findall(bare)
    return bool(addresses) and bare.rstrip(")>] ").endswith(addresses[-1].rstrip(")>]"))


def _named(lines: list[str], end: int) -> Attribution | None:
    """An attribution that begins otherwise: "Ann <a@b.c>, 5 May 2026 ... wrote:", "Ann <a@b.c> wrote:"."""
    joined = ""
    for start in range(end, max(-1, end - 3), -1):
        line = _plain(lines[start])
        if not line or len(line) > _MAX_LINE or line.startswith(">"):
            return None
        joined = f"{line} {joined}".strip()
        verb, dates = VERB.search(joined), len(DATE.findall(joined))
        address = ADDRESS.search(joined)
        any_language = address is not None and dates > 1  # an address, a date and a time of day
        if not (verb or any_language) or FORWARDED.search(joined) or len(joined.split()) > _MAX_WORDS:
            continue
        if line.startswith(("<", "(", "[", "mailto:")) and start and lines[start - 1].strip():
            continue
        if address:
            return Attribution(start, end, 0, Needs.REPLY if dates else Needs.QUOTED_LINES)
        if start > end - 2 and start and _is_first_half(_plain(lines[start - 1])):
            continue
        return _bare_name(joined, start, end, dashed=line.startswith("--"))
    return None


def _is_first_half(line: str) -> bool:
    """Whether "Ann <a@b.c>, 5 May 2026, 10:00" was wrapped before its verb."""
    address = None if len(line) > _MAX_LINE or line.endswith((".", "!", "?")) else ADDRESS.search(line)
    return address is not None and len(DATE.findall(line, address.end())) > 1


def _bare_name(joined: str, start: int, end: int, *, dashed: bool) -> Attribution | None:
    """A line without an address: "---- John Smith wrote ----", "Ann wrote:", "Ann wrote on 5 May 2026:"."""
    bare = joined.strip(_DECORATION).rstrip(_COLON_CHARACTERS + _DECORATION)
    verb_last, dated = _final_verb(bare), DATE.search(bare)
    if not (verb_last or dated) or len(bare.split()) > 14 or _OWN_WORDS.search(bare):
        return None
    if dashed and verb_last:
        return Attribution(start, end, 0, Needs.NOTHING)
    return Attribution(start, end, 0, Needs.REPLY if dated else Needs.QUOTED_LINES)
