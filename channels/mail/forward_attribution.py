"""A passed-on message that is introduced by a sentence: `On 28/10/2021, "Ana" <ana@x> wrote:` below a subject `FW:`."""

from __future__ import annotations

import re
from typing import NamedTuple

from channels.mail.cleaning import clean_line
from channels.mail.forward_lines import Line
from channels.mail.forward_original import addresses_in
from enrichment.models import Address, Original

_MAX_LENGTH = 400
_MAX_LINES = 3
_COLONS = (":", "\uff1a")
_WIDE_COMMAS = re.compile("[\uff0c\u3001]")
_DATED = re.compile(r"(?<![\w@.])\d{1,4}[./\-\u5e74\uB144 ]")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:,?\s{0,3}\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[AaPp]\.?[Mm]\b)?)?")
_MAILBOX = re.compile(r"[<(]{0,2}(?:mailto:)?[^\s<>()\[\],;:\"@]{1,200}@[^\s<>()\[\],;:\"@]{1,255}")
_QUOTED = re.compile(r"[\"'\u201e\u201c\u00ab]([^\"\u201c\u201d\u00bb]{1,100})[\"'\u201c\u201d\u00bb]\s{0,3}$")
_PARTICLES = frozenset(
    {"van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "do", "la", "le", "bin", "ten"}
)
_NO_NAMES = frozenset({"AM", "PM", "CET", "CEST", "UTC", "GMT", "EST", "PST"})


class Attribution(NamedTuple):
    """Who is said to have written what follows, and the number of the first line below."""

    original: Original
    end: int


def read_attribution(lines: list[Line], start: int, *, dated: bool = True) -> Attribution | None:
    """The attribution that begins at this line, wrapped over three lines at most; None when it is none.

    It names an address and ends with a colon; a date is asked for unless `dated` says that a mark speaks for it.
    """
    words = ""
    for at in range(start, min(len(lines), start + _MAX_LINES)):
        line = lines[at]
        if not line.words or line.depth != lines[start].depth or len(words) + len(line.words) > _MAX_LENGTH:
            return None
        words = f"{words} {line.words}".strip()
        if words.endswith(_COLONS):
            original = _original(words, dated=dated)
            if dated and at > start and read_attribution(lines, start + 1) is not None:
                return None  # the first line is a note that stands close above
            return Attribution(original, at + 1) if original else None
    return None


def _original(words: str, *, dated: bool) -> Original | None:
    mailbox = _MAILBOX.search(words)
    if mailbox is None or (dated and not _DATED.search(words)):
        return None
    found = addresses_in(mailbox.group().strip("<>()"))
    if not found:
        return None
    name = clean_line(_name(words[: mailbox.start()]), 200)
    date = _DATE.search(words)
    sender = Address(name="" if name.lower() == found[0].address else name, address=found[0].address)
    return Original(sender=sender, sender_name=sender.name, date=date.group() if date else "")


def _name(before: str) -> str:
    """The name that stands directly before an address: in quotes, or the words with capitals."""
    quoted = _QUOTED.search(before)
    if quoted:
        return quoted[1]
    words: list[str] = []
    for word in reversed(_WIDE_COMMAS.sub(", ", before).split()):
        proper = word[:1].isupper() or (word[:1].isalpha() and not word[:1].islower() and not word.isascii())
        if word.endswith((",", ":", ";")) or word in _NO_NAMES or not (proper or (words and word in _PARTICLES)):
            break
        words.append(word)
    return " ".join(reversed(words))
