"""Yahoo's text form of a forward: mark and header run together on one line, `... <ana@x>To: ...CETSubject: ...`."""

from __future__ import annotations

import re
from types import MappingProxyType

from channels.mail.forward_labels import read_label, words_of

_MAX_LENGTH = 4_000
_ROLES = ("to", "cc", "reply_to", "date", "subject")


def _pattern(role: str) -> re.Pattern[str]:
    """Where a label may begin inside the line: addresses' and the date's behind an address, the subject's anywhere."""
    labels = "|".join(re.escape(label) for label in sorted(words_of(role), key=len, reverse=True))
    before = r"(?<!\s)" if role == "subject" else r"(?<=[>;\"\s])"
    return re.compile(rf"{before}(?:{labels})\s?:\s", re.IGNORECASE)


_PATTERNS = MappingProxyType({role: _pattern(role) for role in _ROLES})
# Yahoo's Portuguese has no colon behind its label of the subject.
_BARE_SUBJECT = re.compile(r"(?<=[\w)])(?:Assunto|Asunto|Subject|Betreff|Oggetto|Objet)\s")


def read_glued(text: str) -> dict[str, str] | None:
    """The header's values by role; None when the line is not of this form."""
    first = read_label(text[:_MAX_LENGTH])
    if first is None or first.role != "from" or "@" not in first.value:
        return None
    rest = text[:_MAX_LENGTH].replace("\uff1a", ":").partition(":")[2]
    found = {role: match for role in _ROLES if (match := _PATTERNS[role].search(rest)) is not None}
    if "subject" not in found and (bare := _BARE_SUBJECT.search(rest)) is not None:
        found["subject"] = bare
    return _values(rest, found)


def _values(rest: str, found: dict[str, re.Match[str]]) -> dict[str, str]:
    """The text between the labels."""
    starts = sorted(found.items(), key=lambda item: item[1].start())
    values = {"from": rest[: starts[0][1].start()] if starts else rest}
    for number, (role, match) in enumerate(starts):
        end = starts[number + 1][1].start() if number + 1 < len(starts) else len(rest)
        values[role] = rest[match.end() : max(match.end(), end)]
    return {role: value.strip() for role, value in values.items()}
