"""Logistic regression with numpy alone: small, the same every time, and done in seconds."""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from enrichment.stages.spam_features import features
from enrichment.stages.spam_model import LinearModel
from enrichment.stages.spam_rules import spam_evidence
from tests.benchmarks.spam_training.corpus import Case

SHORTEST = 20
LEAST_KNOWN = 8
_LEAST_SOURCES = 6  # a word counts only when so many senders or lists use it: no list teaches its own names
_STEPS = 400
_STRENGTH = 0.0003  # of the regularisation; tuned by cross-validation on the training part
_OWN_HAM = 3.0  # what a customer's letter in the wrong place costs, beside one spam

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A case as the model sees it."""

    case: Case
    features: frozenset[str]


def example(case: Case) -> Example:
    """The features of a case, exactly as at run time."""
    return Example(case, features(case.parsed, spam_evidence(case.parsed)))


@dataclass(frozen=True)
class Aim:
    """What a model is to look for. ham_cost: what a mistake on public mail that is not it costs, beside one that is.

    threshold: chosen by judging each source of the training part by a model that had not seen it.
    """

    looks_for: Callable[[Case], bool]
    ham_cost: float
    threshold: float


SPAM = Aim(lambda case: case.spam, 2.0, 0.5)
MAILING = Aim(lambda case: case.mailing, 1.0, 0.5)


def train(examples: Sequence[Example], aim: Aim) -> LinearModel:
    """A model that looks for what is aimed at."""
    names = _vocabulary(examples)
    rows = _matrix(examples, names)
    labels = np.array([1.0 if aim.looks_for(each.case) else -1.0 for each in examples])
    costs = np.array([_cost(each.case, aim) for each in examples])
    weights = _descend(rows, labels, costs / costs.sum())
    kept = {name: round(float(weight), 3) for name, weight in zip(names, weights[:-1], strict=True)}
    return LinearModel(
        bias=round(float(weights[-1]), 3),
        threshold=aim.threshold,
        least_known=LEAST_KNOWN,
        shortest=SHORTEST,
        weights=kept,
    )


def folds(examples: Sequence[Example], number: int = 6) -> Iterator[tuple[list[Example], list[Example]]]:
    """(to judge, to learn from), several times; all of one source (list or sender) are judged together."""
    place = [hashlib.sha256(each.case.source.encode()).digest()[0] % number for each in examples]
    for fold in range(number):
        judged = [each for each, where in zip(examples, place, strict=True) if where == fold]
        yield judged, [each for each, where in zip(examples, place, strict=True) if where != fold]


def _vocabulary(examples: Sequence[Example]) -> list[str]:
    """The features that enough sources use, without the words of mailing lists' own names."""
    lists = {word for each in examples if each.case.source.startswith("list ") for word in _letters(each.case.source)}
    sources: dict[str, set[str]] = defaultdict(set)
    for each in examples:
        for name in each.features:
            sources[name].add(each.case.source)
    used = (name for name, used_by in sources.items() if len(used_by) >= _LEAST_SOURCES)
    return sorted(name for name in used if lists.isdisjoint(_letters(name)))


def _letters(name: str) -> list[str]:
    return re.findall(r"[a-z]{3,}", name.partition(" ")[2] if name.startswith("list ") else name)


def _matrix(examples: Sequence[Example], names: Sequence[str]) -> Matrix:
    """One row an example, its known features scaled by their number; the last column is the bias."""
    columns = {name: column for column, name in enumerate(names)}
    rows = np.zeros((len(examples), len(names) + 1))
    for row, each in enumerate(examples):
        known = [columns[name] for name in each.features if name in columns]
        rows[row, known] = 1 / math.sqrt(max(len(known), SHORTEST))
    rows[:, -1] = 1.0
    return rows


def _cost(case: Case, aim: Aim) -> float:
    if aim.looks_for(case):
        return 1.0
    return _OWN_HAM if case.own else aim.ham_cost


def _descend(rows: Matrix, labels: Matrix, costs: Matrix) -> Matrix:
    """Nesterov's accelerated descent of the regularised logistic loss; the bias is not regularised."""
    shrink = np.full(rows.shape[1], _STRENGTH)
    shrink[-1] = 0.0
    step = 1 / (0.25 * float(((rows**2).sum(axis=1) * costs).sum()) + _STRENGTH)
    weights = ahead = np.zeros(rows.shape[1])
    for turn in range(_STEPS):
        margins = labels * (rows @ ahead)
        slope = rows.T @ (-labels * costs / (1 + np.exp(np.clip(margins, -30, 30)))) + shrink * ahead
        before, weights = weights, ahead - step * slope
        ahead = weights + turn / (turn + 3) * (weights - before)
    return weights
