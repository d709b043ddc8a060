"""The rules of triage as data: what they look like, and where each finds its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from pydantic import Field, model_validator

from enrichment.models import Model
from enrichment.stages.phrases import Hit, Pause, PhraseBook, Word, match_end, split_phrase, words_in
from enrichment.stages.tables import load_table

_MOST_FILLERS = 3
_EXCEPT = "except:"


class Phrased(Model):
    """What rules and deadlines have in common. See the head of urgency.toml for each key."""

    name: str
    negatable: bool = False
    phrases: tuple[str, ...] = Field(min_length=1)
    excepted: tuple[str, ...] = Field(default=(), alias="except")


class Rule(Phrased):
    """Phrases, and what finding them is worth."""

    group: str
    points: int = Field(ge=-60, le=60)
    intent: str = ""
    cap: int = Field(default=100, ge=0, le=100)
    needs: int = Field(default=1, ge=1)


class Deadline(Phrased):
    """Phrases that say how many days are left."""

    days: int = Field(ge=0)


class Distance(Model):
    """What a deadline that is at most `days` away is worth."""

    days: int
    points: int


class Rules(Model):
    """The table urgency.toml."""

    base: int = Field(ge=0, le=100)
    negations: tuple[str, ...]
    fillers: frozenset[str]
    rules: tuple[Rule, ...] = Field(alias="rule")
    deadlines: tuple[Deadline, ...] = Field(alias="deadline")
    distances: tuple[Distance, ...] = Field(alias="distance", min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Rules:
        names = [entry.name for entry in self.entries]
        if len(names) != len(set(names)):
            raise ValueError("two rules have the same name")
        return self

    def with_more(self, rules: Sequence[Rule]) -> Rules:
        """These rules and some more. Raises ValueError when a name is taken."""
        return Rules(
            base=self.base,
            negations=self.negations,
            fillers=self.fillers,
            rule=(*self.rules, *rules),
            deadline=self.deadlines,
            distance=self.distances,
        )

    @property
    def entries(self) -> tuple[Phrased, ...]:
        """All that have phrases."""
        return (*self.rules, *self.deadlines)

    def deadline_points(self, days: int) -> int:
        """What a deadline so many days ahead is worth."""
        return next((line.points for line in self.distances if days <= line.days), 0)

    @cached_property
    def book(self) -> PhraseBook:
        """All phrases of all rules; the exceptions under the rule's name with a prefix."""
        plain = [(entry.name, phrase) for entry in self.entries for phrase in entry.phrases]
        excepted = [(_EXCEPT + entry.name, phrase) for entry in self.entries for phrase in entry.excepted]
        return PhraseBook(plain + excepted)

    @cached_property
    def negation_parts(self) -> tuple[tuple[str, ...], ...]:
        """The negations as the phrases are compared."""
        return tuple(split_phrase(negation) for negation in self.negations)


@dataclass(frozen=True, slots=True)
class Finding:
    """A phrase that counts: where it stands in which text (character offsets)."""

    phrase: str
    text: str
    start: int
    end: int


@cache
def default_rules() -> Rules:
    """The rules that come with Leadbot."""
    return load_table(Rules, "urgency.toml")


def findings(rules: Rules, texts: Sequence[str]) -> Mapping[str, list[Finding]]:
    """Rule name to what it found in the texts, each phrase once; negated and excepted places are left out."""
    negatable = {entry.name for entry in rules.entries if entry.negatable}
    found: dict[str, list[Finding]] = defaultdict(list)
    for text in texts:
        words = words_in(text)
        hits = rules.book.find(words)
        for hit in hits:
            if hit.owner.startswith(_EXCEPT) or _is_excepted(hit, hits):
                continue
            if hit.owner in negatable and comes_after(words, hit.first, rules.negation_parts, rules.fillers):
                continue
            if all(earlier.phrase != hit.phrase for earlier in found[hit.owner]):
                span = words[hit.first].start, words[hit.last - 1].end
                found[hit.owner].append(Finding(hit.phrase, text, *span))
    return {name: places for name, places in found.items() if places}


def _is_excepted(hit: Hit, hits: Sequence[Hit]) -> bool:
    owner = _EXCEPT + hit.owner
    return any(other.owner == owner and other.first < hit.last and hit.first < other.last for other in hits)


def comes_after(words: Sequence[Word], first: int, phrases: Sequence[tuple[str, ...]], fillers: frozenset[str]) -> bool:
    """Whether one of the phrases stands right before word `first`, with nothing but filling words in between."""
    end = first
    for _ in range(_MOST_FILLERS + 1):
        if end == 0 or words[end].pause != Pause.NONE:
            return False
        for parts in phrases:
            start = end - len(parts)
            if start >= 0 and match_end(words, start, parts) == end:
                return True
        if words[end - 1].text not in fillers:
            return False
        end -= 1
    return False
