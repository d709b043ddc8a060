"""The table people.toml: how people sign, introduce themselves and write their numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from enrichment.models import Model
from enrichment.stages.tables import load_table

_SPACED_DOTS = re.compile(r"(?<![^\W_])([^\W\d_]\.) (?=[^\W\d_]\.)")  # `e. V.`
_WORD = re.compile(r"[^\W\d_][\w.'\u2019&/-]{0,40}")


class PeopleWords(Model):
    """The table people.toml, everything in lower case; see the comments in it."""

    farewells: frozenset[str]
    greetings: frozenset[str]
    introductions: tuple[str, ...]
    weak_farewells: frozenset[str]
    strong_introductions: frozenset[str]
    never_names: frozenset[str]
    weak_introductions: frozenset[str]
    name_particles: frozenset[str]
    name_titles: frozenset[str]
    role_words: frozenset[str]
    company_words: frozenset[str]
    name_suffixes: frozenset[str]
    fax_words: frozenset[str]
    yours_words: tuple[str, ...]
    mine_words: tuple[str, ...]
    other_number_words: frozenset[str]
    reply_prefixes: frozenset[str]
    countries: dict[str, tuple[str, ...]]


@cache
def people_words() -> PeopleWords:
    """The table, read once."""
    return load_table(PeopleWords, "people.toml")


@cache
def any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Finds one of the phrases as whole words; no alternative repeats, so it is linear."""
    longest_first = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def words_in(text: str) -> list[str]:
    """The words of a short text in lower case, with the dots of `S.A.` and without a comma or bracket around them."""
    return [word.lower() for word in _WORD.findall(text[:400])]


def names_role(text: str) -> bool:
    """Whether the line holds a job title or a department."""
    words = (word.strip(".,-/") in people_words().role_words for word in words_in(text))
    return any(words) or any(title in text for title in _titles_without_spaces())


@cache
def _titles_without_spaces() -> tuple[str, ...]:
    """The job titles of languages that write them onto the name."""
    return tuple(word for word in people_words().role_words if unicodedata.name(word[0], "").startswith("CJK"))


def names_company(text: str) -> bool:
    """Whether the line holds a legal form or another word that firms have in their names."""
    words = words_in(_SPACED_DOTS.sub(r"\1", text[:400]))
    table = people_words().company_words
    listed = any(word in table or word.rstrip(".") in table for word in words)
    return listed or text.strip().endswith(("公司", "株式会社", "有限会社")) or text.strip().startswith("株式会社")
