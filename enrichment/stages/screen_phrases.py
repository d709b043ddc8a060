"""Finds which groups of a phrase table a text speaks from; scripts that are written without blanks too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from enrichment.stages.phrases import PhraseBook, words_in

READ = 4_000  # who sells or applies says so before that; newsletters are told by their headers
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_QUOTE = 60


class GroupedPhrases:
    """Phrases by group, in the notation of `phrases`; those in unspaced scripts are looked for as they stand."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        pairs = [(group, phrase) for group, phrases in groups.items() for phrase in dict.fromkeys(phrases)]
        self._spaced = PhraseBook(pair for pair in pairs if not _UNSPACED.search(pair[1]))
        self._unspaced = [pair for pair in pairs if _UNSPACED.search(pair[1])]

    def find(self, text: str) -> dict[str, list[str]]:
        """For each group found, the different phrases' first appearances as the text puts them."""
        read = text[:READ]
        words = words_in(read)
        found: dict[str, dict[str, str]] = {}
        for hit in self._spaced.find(words):
            quote = " ".join(read[words[hit.first].start : words[hit.last - 1].end].split())[:_QUOTE]
            found.setdefault(hit.owner, {}).setdefault(hit.phrase, quote)
        if _UNSPACED.search(read):
            for group, phrase in self._unspaced:
                if phrase in read:
                    found.setdefault(group, {}).setdefault(phrase, phrase)
        return {group: list(phrases.values()) for group, phrases in found.items()}


def plain(text: str) -> str:
    """The text in lower case and without accents, each run of white space one blank."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text[:1_000].split()).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
