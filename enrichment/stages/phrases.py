"""Finds many phrases in one reading of a text, in time proportional to its length whatever it holds.

No regular expression is built from the phrases: the text is cut into words, and a phrase is looked at only where its
first word stands. `leak*` is any word that begins so; `~` stands for up to five words. Case, accents, apostrophes and
hyphens make no difference; a phrase never reaches over the end of a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

READ_LENGTH = 20_000
_MOST_WORDS = 5000
_GAP = 5
_HITS_PER_PHRASE = 20
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_APOSTROPHES = str.maketrans("", "", "'\u2019")
_SENTENCE_END = re.compile(r"[.!?;:](?:\s|$)|\n\s?\n")


class Pause(IntEnum):
    """What stands between a word and the one before it."""

    NONE = 0
    COMMA = 1
    SENTENCE = 2


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, where it stands, and the pause before it."""

    text: str
    start: int
    end: int
    pause: Pause


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: whose it is, which, and from which word to which (exclusive)."""

    owner: str
    phrase: str
    first: int
    last: int


def words_in(text: str) -> list[Word]:
    """The words of the first 20,000 characters, at most 5000."""
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(text[:READ_LENGTH]):
        found.append(Word(_plain(match[0]), match.start(), match.end(), _pause(text[end : match.start()][:200])))
        end = match.end()
        if len(found) == _MOST_WORDS:
            break
    return found


class PhraseBook:
    """Phrases under their owners' names, ready to be found."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        """phrases: (owner, phrase)."""
        self._exact: dict[str, list[tuple[str, str, tuple[str, ...]]]] = defaultdict(list)
        self._pairs: dict[tuple[str, str], list[tuple[str, str, tuple[str, ...]]]] = defaultdict(list)
        self._stems: dict[str, list[tuple[str, str, tuple[str, ...]]]] = defaultdict(list)
        for owner, phrase in phrases:
            parts = split_phrase(phrase)
            if parts[0].endswith("*"):
                self._stems[parts[0][:3]].append((owner, phrase, parts))
            elif len(parts) > 1 and parts[1] != "~" and not parts[1].endswith("*"):
                self._pairs[parts[0], parts[1]].append((owner, phrase, parts))
            else:
                self._exact[parts[0]].append((owner, phrase, parts))

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Every place where a phrase begins, at most 20 for one phrase."""
        hits: list[Hit] = []
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for first, word in enumerate(words):
            after = words[first + 1].text if first + 1 < len(words) else ""
            for owner, phrase, parts in self._starting_with(word.text, after):
                last = match_end(words, first, parts)
                if last is not None and counts[owner, phrase] < _HITS_PER_PHRASE:
                    counts[owner, phrase] += 1
                    hits.append(Hit(owner, phrase, first, last))
        return hits

    def _starting_with(self, word: str, after: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        yield from self._exact.get(word, ())
        yield from self._pairs.get((word, after), ())
        yield from self._stems.get(word[:3], ())


def split_phrase(phrase: str) -> tuple[str, ...]:
    """The phrase's words as they are compared, with `~` and `*` kept."""
    spaced = re.sub(r"[^\w\s'\u2019*~]", " ", phrase)
    parts = tuple(_plain(part) for part in spaced.split())
    if not parts or parts[0] == "~" or parts[-1] == "~" or (parts[0].endswith("*") and len(parts[0]) < 4):
        raise ValueError(f"phrase {phrase!r} must begin and end with a word, of three letters at least before a *")
    return parts


def match_end(words: Sequence[Word], first: int, parts: Sequence[str]) -> int | None:
    """Where the phrase that begins at word `first` ends (exclusive), None when it is not there."""
    position = first
    gap = 0
    for part in parts:
        if part == "~":
            gap = _GAP
            continue
        found = _next(words, position, gap, part, starts=position == first)
        if found is None:
            return None
        position, gap = found + 1, 0
    return position


def _next(words: Sequence[Word], position: int, gap: int, part: str, *, starts: bool) -> int | None:
    for index in range(position, min(position + gap + 1, len(words))):
        if words[index].pause == Pause.SENTENCE and not starts:
            return None
        if words[index].text.startswith(part[:-1]) if part.endswith("*") else words[index].text == part:
            return index
    return None


def _plain(word: str) -> str:
    """Lower case, without accents and apostrophes; only the beginning of a monster counts."""
    if word.isascii():
        return word[:60].lower().replace("'", "")
    decomposed = unicodedata.normalize("NFKD", word[:60].lower().translate(_APOSTROPHES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _pause(between: str) -> Pause:
    if between == " ":  # as most are
        return Pause.NONE
    if _SENTENCE_END.search(between):
        return Pause.SENTENCE
    return Pause.COMMA if "," in between else Pause.NONE
