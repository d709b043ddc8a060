"""The firm somebody writes from: of their signature's lines, or of their address's domain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from enrichment.stages.addresses import organisation_of
from enrichment.stages.names import clean_name
from enrichment.stages.people_words import names_company, names_role

_LONGEST = 70
_MOST_LINES = 12
_SPLIT = re.compile(r"\s*[|\u2022\u00b7]\s*|\s[-\u2013\u2014/]\s|\s@\s|,\s|\s(?:at|bei|chez|presso|bij|på|hos)\s")
_DETAIL = re.compile(r"@|www\.|https?:|\d{4}|[:?!]|\b(?:street|road|avenue|suite|sent from)\b", re.IGNORECASE)
# Reserved for examples: nobody works there.
_NO_COMPANY = frozenset({"example", "localhost", "test", "invalid"})


def company_of_lines(lines: Sequence[str], label: str) -> str:
    """The firm that the lines of a signature name, as written; empty when none does.

    label: of the writer's own domain (`acme-tools`), whose name as words is believed before anything else.
    """
    pieces = [piece for line in lines[:_MOST_LINES] if len(line) <= 2 * _LONGEST for piece in _pieces(line)]
    wanted = _squeezed(label)
    for piece in pieces if len(wanted) > 2 else ():
        squeezed = _squeezed(piece)
        if squeezed == wanted or (names_company(piece) and squeezed.startswith(wanted)):
            return clean_name(piece)
    named = (piece for piece in pieces if names_company(piece) and not names_role(piece) and _is_more(piece))
    return clean_name(next(named, ""))


def company_of_domain(domain: str) -> str:
    """`mail.acme-tools.co.uk` as `Acme Tools`; empty for domains that are reserved for examples."""
    return " ".join(word.capitalize() for word in domain_label(domain).split("-"))


def domain_label(domain: str) -> str:
    """The label that the owner chose: `acme-tools` of `mail.acme-tools.co.uk`; empty when there is none."""
    label, dot, _ = organisation_of(domain).partition(".")
    return "" if label in _NO_COMPANY or not dot else label


def _pieces(line: str) -> list[str]:
    """The parts of a line that could be a firm's name; `Acme, Inc.` is one."""
    whole = line.strip()
    found = [whole] if "," not in whole or re.search(r", (?:inc|llc|ltd|gmbh|s\.)", whole, re.IGNORECASE) else []
    parts = [part.strip() for part in _SPLIT.split(whole)]
    candidates = parts if len(parts) > 1 and not (found and "," in whole) else found or parts
    return [part for part in candidates if 1 < len(part) <= _LONGEST and not _DETAIL.search(part)]


def _is_more(piece: str) -> bool:
    """Whether there is a name beside the legal form; languages without spaces write them together."""
    return len(piece.split()) > 1 or (len(piece) > 4 and not piece.isascii())


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())
