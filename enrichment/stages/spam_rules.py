"""What spam says, told by a table of phrases in many languages (spam.toml), in one pass over the words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from enrichment.lead import Evidence
from enrichment.models import Model, ParsedMessage
from enrichment.stages.spam_features import own_words
from enrichment.stages.tables import load_table

_FIRST_STRONG, _NEXT_STRONG, _MOST_WEAK, _MOST = 3, 2, 3, 7
_SHOWN = 5
_WORD = re.compile(r"[^\W_]+")
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
# Letters swapped for look-alikes, which only somebody who hides from a filter does.
_LOOKALIKES = str.maketrans("013457", "oieast")
_DISGUISED = frozenset(
    {"viagra", "cialis", "levitra", "xanax", "valium", "pills", "prescription", "penis", "porn", "rolex", "replica"}
    | {"order", "price", "prices", "lowest", "cheap", "free", "money", "cash", "loan", "loans", "mortgage", "casino"}
    | {"winner", "bitcoin"}
)


class Theme(Model):
    """What one kind of spam says; `words`: what the theme is, for staff."""

    words: str
    strong: tuple[str, ...]
    weak: tuple[str, ...]


class _Table(Model):
    """The table spam.toml."""

    theme: dict[str, Theme]


class _Phrase(NamedTuple):
    words: tuple[str, ...]
    theme: str
    strong: bool


class _Index(NamedTuple):
    """The phrases by their first word, and those of scripts that leave no spaces."""

    by_word: Mapping[str, Sequence[_Phrase]]
    spaceless: Sequence[_Phrase]


def spam_evidence(parsed: ParsedMessage) -> tuple[Evidence, ...]:
    """What was found: one piece a theme, the weightiest first. `rule` is the theme's name, `quote` the phrases."""
    text = f"{parsed.subject[:300]}\n{own_words(parsed)}".casefold()
    words = _WORD.findall(text)
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for phrase in _found(words, text):
        found[phrase.theme][" ".join(phrase.words)] = phrase.strong
    evidence = [_weighed(theme, phrases) for theme, phrases in found.items()]
    if disguised := _disguised(words):
        points = min(_MOST, 4 + len(disguised))
        evidence.append(Evidence(rule="disguise", quote=", ".join(disguised[:_SHOWN]), points=points))
    return tuple(sorted((each for each in evidence if each.points), key=lambda each: -each.points))


def in_words(rule: str) -> str:
    """What a rule is about, for staff."""
    return "words disguised from filters" if rule == "disguise" else _table().theme[rule].words


def _found(words: Sequence[str], text: str) -> Iterator[_Phrase]:
    index = _index()
    for place, word in enumerate(words):
        for phrase in index.by_word.get(word, ()):
            if tuple(words[place : place + len(phrase.words)]) == phrase.words:
                yield phrase
    if _SPACELESS.search(text):
        yield from (phrase for phrase in index.spaceless if phrase.words[0] in text)


def _weighed(theme: str, phrases: Mapping[str, bool]) -> Evidence:
    """Weak phrases count only beside a strong one or in threes."""
    strong = [phrase for phrase, is_strong in phrases.items() if is_strong]
    weak = [phrase for phrase, is_strong in phrases.items() if not is_strong]
    points = (_FIRST_STRONG + _NEXT_STRONG * (len(strong) - 1) if strong else 0) + min(len(weak), _MOST_WEAK)
    if not strong and len(weak) < _MOST_WEAK:
        points = 0
    return Evidence(rule=theme, quote=", ".join([*strong, *weak][:_SHOWN]), points=min(points, _MOST))


def _disguised(words: Sequence[str]) -> list[str]:
    """Spam's words with digits for letters (`v1agra`), or spelt out (`v i a g r a`)."""
    mixed = (word for word in words if not word.isalpha() and not word.isdigit())
    spelt = "".join(word if len(word) == 1 else " " for word in words).split()
    found = [word for word in mixed if word.translate(_LOOKALIKES) in _DISGUISED]
    return list(dict.fromkeys([*found, *(word for word in spelt if len(word) > 4 and word in _DISGUISED)]))


@cache
def _table() -> _Table:
    return load_table(_Table, "spam.toml")


@cache
def _index() -> _Index:
    by_word: dict[str, list[_Phrase]] = defaultdict(list)
    spaceless: list[_Phrase] = []
    for name, theme in _table().theme.items():
        for phrase, strong in [*((each, True) for each in theme.strong), *((each, False) for each in theme.weak)]:
            if _SPACELESS.search(phrase):
                spaceless.append(_Phrase((phrase.casefold(),), name, strong))
            else:
                words = tuple(_WORD.findall(phrase.casefold()))
                by_word[words[0]].append(_Phrase(words, name, strong))
    return _Index(dict(by_word), spaceless)
