# ruff: noqa: RUF001 - the letters and colons of other scripts are the point
"""Finds a quotation that begins with the header of the quoted mail, as Outlook and its kind do."""

from __future__ import annotations

import re
from typing import NamedTuple

from channels.mail.attribution_words import ADDRESS, DATE, FORWARDED
from channels.mail.quote_labels import LABELS

_MAX_LINE = 2_000
_MAX_LINES = 16
_MAX_CONTINUED = 3
_TIME = re.compile(r"\d[:.時时h]\d\d")
_COLON = re.compile("[:：]")  # the wide colon of Chinese and Japanese programs
_RULE = re.compile(r"[ \t>*]{0,4}(?:[_=*─━-]{5,})[ \t]{0,4}$")
_TITLED = re.compile(r"[ \t*]{0,4}[-_=*─━]{2,60}[ \t]{0,4}([^\n]{3,60}?)[ \t]{0,4}[-_=*─━]{2,60}[ \t*]{0,4}$")
_ORIGINAL = re.compile(
    r"original|ursprünglich|urspr\.|d'origine|oorspronkelijk|oprindelig|opprinnelig|ursprungligt|alkuperäinen|původní"
    r"|pôvodná|eredeti|mesaj|исходное|оригинал|вихідне|оригінал|orijinal|元のメッセージ|原始|原邮件|원본|izvorn|αρχικό"
    r"|הודעה מקורית|الأصلية|thư gốc|asli|mensagem|messaggio|mensaje|wiadomość|antwort",
    re.IGNORECASE,
)
_GROUPWISE = re.compile(r">>> .{3,200} >>>[ \t]{0,4}$")
_ABOVE = re.compile(
    r"^[^\w\n]{0,40}(?:please\s)?(?:reply|type your (?:reply|response)|write|respond|respond only|reply only)\s?"
    r"above this line"
    r"|^\W{0,10}##-.{5,200}-##\W{0,10}$"
    r"|^\W{0,20}(?:bitte antworten sie oberhalb dieser (?:zeile|linie)|répondez au-dessus de cette ligne"
    r"|responda (?:por )?encima de esta línea|escriba su respuesta por encima de esta línea|antwoord boven deze regel"
    r"|responda acima desta linha|rispondi sopra questa riga)",
    re.IGNORECASE,
)


class Header(NamedTuple):
    """A quoted header at line `start`; its quoted words begin at line `end`. sure: it has address and date."""

    start: int
    end: int
    sure: bool


class _Block(NamedTuple):
    kinds: frozenset[str]
    end: int
    address: bool
    dated: bool
    timed: bool


def find_header(lines: list[str], start: int) -> Header | None:
    """The quoted header that begins at this line, with the separator above it if there is one."""
    line = lines[start]
    if len(line) > _MAX_LINE:
        return None
    if _ABOVE.search(line) or (_GROUPWISE.match(line) and DATE.search(line)):
        return Header(start, start + 1, sure=line.lstrip().startswith(("##", ">>>")))
    titled = _TITLED.match(line)
    if titled or _RULE.match(line):
        return None if is_forward_title(line) else _after_separator(lines, start, titled[1] if titled else "")
    return _bare_header(lines, start) if _label(line) else None


def _bare_header(lines: list[str], start: int) -> Header | None:
    """A header without a separator above it."""
    block = _read(lines, start)
    sure = (block.address and block.dated) or (len(block.kinds) >= 4 and block.timed)
    return Header(start, block.end, sure=sure) if _is_header(block) else None


def is_forward_title(line: str) -> bool:
    """Whether the line says that a forward begins: `---- Forwarded message ----`, "Begin forwarded message:"."""
    if len(line) > 100 or FORWARDED.search(line) is None:
        return False
    bare = line.strip()
    return (
        bare.startswith("---")
        or _TITLED.match(line) is not None
        or (bare.endswith((":", "：")) and len(bare.split()) < 7)
    )


def _after_separator(lines: list[str], start: int, title: str) -> Header | None:
    """A separator counts when a header follows, or when its title says that the original message does."""
    following = start + 1
    while following < len(lines) and following <= start + 3 and not lines[following].strip(" *"):
        following += 1
    original = bool(title) and _ORIGINAL.search(title) is not None
    if following < len(lines) and _label(lines[following]):
        block = _read(lines, following)
        if _is_header(block) or (len(block.kinds) > 1 and (original or (block.dated and block.address))):
            return Header(start, block.end, sure=original or block.address)
    return Header(start, start + 1, sure=True) if original and len(title.split()) <= 4 else None


def _label(line: str) -> tuple[str, str] | None:
    """Kind and value of a header line such as `*Von:* Ann`."""
    line = line.replace("\u200e", "")
    colon = _COLON.search(line, 0, 40)
    if colon is None:
        return None
    label = line[: colon.start()].strip(" \t*_|\xa0>").lower()
    kind = LABELS.get(label)
    return (kind, line[colon.end() :].strip(" \t*_|\xa0")) if kind else None


def _read(lines: list[str], start: int) -> _Block:
    """The labels from this line on; a value may be continued on lines of its own, one empty line is let pass."""
    kinds: set[str] = set()
    address = dated = timed = False
    end, loose, value_kind = start, 0, ""
    for number in range(start, min(len(lines), start + _MAX_LINES)):
        found = _label(lines[number])
        if found and found[0] in kinds - {"cc", "to"}:
            break
        if found:
            kinds.add(found[0])
            value_kind, loose, end = found[0], 0, number + 1
        elif loose >= _MAX_CONTINUED or (not lines[number].strip() and "subject" in kinds):
            break
        else:
            loose += 1
        value = found[1] if found else lines[number]
        if found or value.lstrip(" \t").startswith(("<", "[", "(")) or value.startswith((" ", "\t")):
            address = address or (value_kind in {"from", "to"} and ADDRESS.search(value[:500]) is not None)
        if found and value_kind in {"date", "from"}:
            dated = dated or DATE.search(value[:200]) is not None
            timed = timed or _TIME.search(value[:200]) is not None
    return _Block(frozenset(kinds), end, address, dated, timed)


def _is_header(block: _Block) -> bool:
    """Three labels and an address or a time of day, as a journey's From, To and Date have none; or two with both."""
    kinds = block.kinds - {"cc"}
    if "from" in kinds and len(kinds) >= 3:
        return block.address or block.timed or len(kinds) == 4
    return block.address and block.dated and ("from" in kinds or kinds >= {"date", "to"})
