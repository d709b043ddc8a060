"""Trains the spam model on the training part and writes it with its report.

`python -m tests.benchmarks.spam_training.train FOLDER` where FOLDER holds spam.jsonl and its mails. Takes about 20 s.
The held-out part is looked at once, for the report, after everything is decided.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import enrichment.prompts
from enrichment.stages.spam import Models, judge_spam
from enrichment.stages.spam_model import LinearModel, mailing_model, spam_model
from tests.benchmarks.spam_training import report
from tests.benchmarks.spam_training.corpus import HERE, own_cases, public_cases, split
from tests.benchmarks.spam_training.learning import MAILING, SPAM, Example, example, folds, train

_PROMPTS = Path(enrichment.prompts.__file__).parent
_HEAD = "# Made by tests/benchmarks/spam_training/train.py; see the report there. Do not edit."


def main(folder: Path) -> None:
    """Train, save, judge, report."""
    part = split()
    examples = [example(case) for case in (*public_cases(folder), *own_cases())]
    chosen = [each for each in examples if part[each.case.id] == "train"]
    save(train(chosen, SPAM), _PROMPTS / "spam_model.toml")
    save(train(chosen, MAILING), _PROMPTS / "mailing_model.toml")
    spam_model.cache_clear()
    mailing_model.cache_clear()
    text = report.written(examples, part, _left_out(chosen))
    (HERE / "REPORT.md").write_text(text, "utf-8")
    sys.stdout.write(text)


def _left_out(examples: Sequence[Example]) -> list[report.Judged]:
    """Each example with what is said of it by models that have seen nothing from its source."""
    found: list[report.Judged] = []
    for judged, learnt in folds(examples):
        models = Models(train(learnt, SPAM), train(learnt, MAILING))
        found.extend(report.Judged(each.case, judge_spam(each.case.parsed, models=models)) for each in judged)
    return found


def save(model: LinearModel, path: Path) -> None:
    """Write the model as a table."""
    numbers = model.model_dump(exclude={"weights"})
    lines = [_HEAD, *(f"{name} = {value}" for name, value in numbers.items()), "", "[weights]"]
    lines += [f'"{name}" = {weight}' for name, weight in sorted(model.weights.items()) if weight]
    path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
