"""The telling words of a request: what is left of it without grammar and courtesy."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from enrichment.models import Model
from enrichment.stages.tables import load_table

_READ_LENGTH = 4000
_MOST_WORDS = 80
_REMEMBERED = 512
# Addresses, links and phone numbers; bounded, so that a long run is not read again from each of its letters.
_NOT_WORDS = re.compile(r"(?<!\S)\S{0,80}@\S{0,80}|\bhttps?://\S{0,500}|\bwww\.\S{0,500}|\+?\d[\d()./ -]{6,20}\d")
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_VOWEL = re.compile(r"[aeiouy]")
_ENDINGS = ("ings", "ing", "edly", "ed", "es", "s", "e")


class _Terms(Model):
    """The table terms.toml: words that tell nothing about what is asked."""

    english: frozenset[str]
    other_languages: frozenset[str]
    generic: frozenset[str]


@cache
def _terms() -> _Terms:
    return load_table(_Terms, "terms.toml")


def telling_words(text: str, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """Stem to the word as written (lower case), in order of appearance, at most 80; `without`: further empty words."""
    found: dict[str, str] = {}
    for word, stemmed in _telling_words(text[:_READ_LENGTH]):
        if word not in without:
            found.setdefault(stemmed, word)
        if len(found) == _MOST_WORDS:
            break
    return found


# A lead is compared with dozens, each time without other names, and its neighbours come up again with the next one.
@lru_cache(maxsize=_REMEMBERED)
def _telling_words(text: str) -> tuple[tuple[str, str], ...]:
    """(word, its stem), each word once, in order of appearance."""
    found = (match[0].lower() for match in _WORD.finditer(_NOT_WORDS.sub(" ", text)))
    words = dict.fromkeys(word.replace("\u2019", "'").removesuffix("'s") for word in found)
    return tuple((word, stem(word)) for word in words if _tells(word))


def shared_words(left: str, right: str, *, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The telling words of `left` that are in `right` too, in another form perhaps; `without`: names, lower case."""
    others = telling_words(right)
    return tuple(word for key, word in telling_words(left, without).items() if key in others)


def stem(word: str) -> str:
    """An English word without its ending (`grinding`, `grinds` -> `grind`); other languages mostly lose a plural."""
    for ending in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and _VOWEL.search(base) and not word.endswith("ss"):
            return _undoubled(base) if ending in {"ing", "ings", "ed"} else stem(base) if ending == "s" else base
    return word


def _undoubled(base: str) -> str:
    """`stopp` -> `stop`, `leak` as it is, `mak` and `make` alike."""
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz":
        return base[:-1]
    return base.removesuffix("e") if len(base) > 3 else base


def _tells(word: str) -> bool:
    if word.isdigit():
        return len(word) >= 4  # an order number or a year; smaller numbers are counts and hours
    table = _terms()
    return len(word) >= 2 and not (word in table.english or word in table.other_languages or word in table.generic)


def in_english(text: str) -> bool:
    """Whether at least as many of its words are English grammar as another language's; the model knows English best."""
    return _in_english(text[:_READ_LENGTH])


@lru_cache(maxsize=_REMEMBERED)
def _in_english(text: str) -> bool:
    words = [match[0].lower() for match in _WORD.finditer(text)]
    english = sum(word in _terms().english for word in words)
    other = sum(word in _terms().other_languages for word in words)
    return english >= other
