"""What a domain looks like to the eye: letters of other alphabets and digits as the Latin letters they pass for."""

from __future__ import annotations

import unicodedata
from functools import cache

from enrichment.models import Model
from enrichment.stages.tables import load_table


class _Confusables(Model):
    """The table confusables.toml."""

    letters: dict[str, str]
    pairs: dict[str, str]


@cache
def _confusables() -> tuple[dict[int, str], dict[str, str]]:
    """The letters as a translation table, and the pairs."""
    table = load_table(_Confusables, "confusables.toml")
    return {ord(letter): latin for latin, alike in table.letters.items() for letter in alike}, table.pairs


def skeleton(label: str) -> str:
    """What the label looks like: two labels with the same skeleton are hard to tell apart by eye.

    `i`, `l` and `1` are one; accents and hyphens are left out.
    """
    letters, pairs = _confusables()
    plain = "".join(part for part in unicodedata.normalize("NFKD", label.lower()) if not unicodedata.combining(part))
    # Twice: a Cyrillic i is first a Latin one, and that an l.
    seen = plain.replace("-", "").translate(letters).translate(letters)
    for pair, single in pairs.items():
        seen = seen.replace(pair, single)
    return seen
