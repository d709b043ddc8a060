"""What breaks, and when: the steps of a run, from the seed alone."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.starter import POINTS

# How the bot's process ends by kill -9. A trap is a place in its code; see starter.POINTS.
KILLS = {"kill": 5, "kill in a trap": 7, "kill while starting": 2, "kill in DATA": 2, "kill and delete Chroma": 1}
# Everything else, dealt like a deck of cards, so that each comes in turn.
TROUBLES = (
    "SIGTERM",
    "slack 429",
    "slack 500",
    "slack lost answer",
    "slack socket dropped",
    "slack ack lost",
    "ollama stalled",
    "ollama 500",
    "ollama dropped",
    "ollama garbage",
    "airtable 429",
    "airtable 503",
    "airtable lost answer",
    "database locked",
    "disk full",
    "clock jump",
)
# Every kind that a run must have had.
KINDS = (*KILLS, *TROUBLES)
LONGEST_PAUSE = 3.0
LONGEST_TROUBLE = 4.0
HOURS = (-30.0, -5.0, -0.5, 0.5, 5.0, 30.0)


@dataclass(frozen=True)
class Step:
    """One stroke. mails: released before it; pause: seconds from then on; seconds: how long it lasts.

    detail: what exactly; times: how often; deed: whether somebody presses a button first.
    """

    number: int
    kind: str
    mails: range
    pause: float
    seconds: float
    times: int
    detail: str
    deed: bool


def plan(seed: int, mails: int, kills: int) -> list[Step]:
    """The steps of this seed: so many kills with as many other strokes between them, and each kind at least once.

    The last tenth of the mails comes after them all, so that whatever is to fail next has something to fail on.
    """
    chance = random.Random(f"schedule {seed}")
    kinds = [*_first(chance, KILLS, kills), *_dealt(chance, TROUBLES, max(kills, len(TROUBLES)))]
    chance.shuffle(kinds)
    _bring_forward(chance, kinds)
    before = mails * 9 // 10
    edges = sorted([0, before, *(chance.randrange(before + 1) for _ in kinds[1:])])
    pairs = itertools.pairwise(edges)
    return [_step(chance, n, kind, range(*edge)) for n, (kind, edge) in enumerate(zip(kinds, pairs, strict=True))]


def _bring_forward(chance: random.Random, kinds: list[str]) -> None:
    """What is left alone for half a minute afterwards strikes in the first half, or a short run would wait for it."""
    half = len(kinds) // 2
    for late in range(half, len(kinds)):
        if kinds[late].startswith("airtable"):
            early = chance.choice([n for n in range(half) if not kinds[n].startswith("airtable")])
            kinds[early], kinds[late] = kinds[late], kinds[early]


def _first(chance: random.Random, weights: dict[str, int], count: int) -> list[str]:
    """So many kills, each kind among them."""
    return [*weights, *chance.choices(list(weights), list(weights.values()), k=max(0, count - len(weights)))]


def _dealt(chance: random.Random, kinds: Sequence[str], count: int) -> Iterator[str]:
    for number in range(count):
        if number % len(kinds) == 0:
            deck = chance.sample(kinds, len(kinds))
        yield deck[number % len(kinds)]


def _step(chance: random.Random, number: int, kind: str, mails: range) -> Step:
    return Step(
        number=number,
        kind=kind,
        mails=mails,
        pause=chance.uniform(0, LONGEST_PAUSE) * chance.random(),
        seconds=chance.uniform(0.5, LONGEST_TROUBLE),
        times=chance.choice((1, 1, 2, 3)),
        detail=_detail(chance, kind),
        deed=chance.random() < 0.5,
    )


def _detail(chance: random.Random, kind: str) -> str:
    if kind == "kill in a trap":
        return chance.choice(list(POINTS))
    if kind == "clock jump":
        return str(3600 * chance.choice(HOURS))
    if kind in {"slack 429", "slack 500", "slack lost answer"}:
        return chance.choice(("chat.postMessage", "chat.postMessage", "chat.update"))
    return ""
