"""Which of a business's services a request asks for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, cached_property

from enrichment.models import Model
from enrichment.stages.phrases import Hit, PhraseBook, Word, split_phrase, words_in
from enrichment.stages.rules import Phrased, comes_after
from enrichment.stages.tables import load_table

_EXCEPT = "except:"
_MOST_COUNTED = 3  # a phrase that is said over and over is no more wanted than one that is said thrice
_SUBJECT_WEIGHT = 2


class _Refusals(Model):
    """The table services.toml."""

    refusals: tuple[str, ...]
    fillers: frozenset[str]

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The refusals as the phrases are compared."""
        return tuple(split_phrase(refusal) for refusal in self.refusals)


@cache
def _refusals() -> _Refusals:
    return load_table(_Refusals, "services.toml")


class Service(Phrased):
    """A service by the name that staff read, and the phrases that customers ask for it with."""


class ServiceFinder:
    """The services of one business, ready to be found."""

    def __init__(self, services: Sequence[Service]) -> None:
        """services: as they stand in the profile."""
        plain = [(service.name, phrase) for service in services for phrase in service.phrases]
        excepted = [(_EXCEPT + service.name, phrase) for service in services for phrase in service.excepted]
        self._book = PhraseBook(plain + excepted)
        self._order = {service.name: number for number, service in enumerate(services)}

    def best(self, subject: str, words: str) -> str:
        """The service that is named most often and in the most words, "" when none is.

        A subject counts twice; where two are even, the one that stands first in the profile.
        """
        scores: dict[str, int] = defaultdict(int)
        for text, weight in ((subject, _SUBJECT_WEIGHT), (words, 1)):
            for name, score in self._scores(words_in(text)).items():
                scores[name] += weight * score
        return max(scores, key=lambda name: (scores[name], -self._order[name]), default="")

    def _scores(self, words: Sequence[Word]) -> dict[str, int]:
        """What each service's phrases are worth in one text: each place one, and one for each word of the phrase."""
        wanted = [hit for hit in _outermost(self._book.find(words)) if not _is_refused(words, hit)]
        counts = Counter((hit.owner, hit.phrase) for hit in wanted)
        scores: dict[str, int] = defaultdict(int)
        for (name, phrase), count in counts.items():
            scores[name] += min(count, _MOST_COUNTED) * (1 + _length(phrase))
        return scores


def _outermost(hits: Iterable[Hit]) -> list[Hit]:
    """The hits that are no part of a longer one (`change` in `oil change`), without those that are excepted."""
    kept: list[Hit] = []
    excepted: dict[str, list[Hit]] = defaultdict(list)
    outer: Hit | None = None
    for hit in sorted(hits, key=lambda found: (found.first, -found.last)):
        if hit.owner.startswith(_EXCEPT):
            excepted[hit.owner.removeprefix(_EXCEPT)].append(hit)
        elif outer is None or hit.last > outer.last or (hit.first, hit.last) == (outer.first, outer.last):
            kept.append(hit)
            outer = hit
    return [hit for hit in kept if not any(_overlap(hit, other) for other in excepted[hit.owner])]


def _overlap(one: Hit, other: Hit) -> bool:
    return one.first < other.last and other.first < one.last


def _is_refused(words: Sequence[Word], hit: Hit) -> bool:
    return comes_after(words, hit.first, _refusals().parts, _refusals().fillers)


def _length(phrase: str) -> int:
    return sum(part != "~" for part in split_phrase(phrase))
