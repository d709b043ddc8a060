"""Makes split.tsv, once and before any training: a quarter of the cases is held out.

Cases of one thread, one campaign or one small sender come into the same part, so that nothing held out was half seen.
`python -m tests.benchmarks.spam_training.make_split FOLDER`
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from enrichment.stages.addresses import is_free_mail
from tests.benchmarks.spam_training.corpus import SPLIT, Case, own_cases, public_cases

_SMALL = 15  # a sender of more mails than these would drag too much to one side
_HELD_ONE_IN = 4
_ANSWER = re.compile(r"^(?:\[[^\]]{0,40}\]|re|fwd?|aw|\W)+:?", re.IGNORECASE)


def main(folder: Path) -> None:
    """Write the split of all cases."""
    public = public_cases(folder)
    lines = ["id\tlabel\tsource\tpart"]
    for case, group in [*zip(public, _groups(public), strict=True), *((case, case.id) for case in own_cases())]:
        source = "own" if case.own else case.source
        lines.append(f"{case.id}\t{'spam' if case.spam else 'ham'}\t{source}\t{_part(group)}")
    SPLIT.write_text("\n".join(lines) + "\n", "utf-8")


def _part(group: str) -> str:
    digest = hashlib.sha256(f"leadbot spam 1 {group}".encode()).digest()
    return "held" if digest[0] % _HELD_ONE_IN == 0 else "train"


def _groups(cases: list[Case]) -> list[str]:
    """The name of each case's group: cases that share a key, directly or through others, have one name."""
    sizes = Counter(case.source for case in cases)
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for case in cases:
        for key in _keys(case, sizes):
            one, other = sorted((root(case.id), root(key)))
            parent[other] = one
    return [root(case.id) for case in cases]


def _keys(case: Case, sizes: Counter[str]) -> Iterable[str]:
    subject = "".join(re.findall(r"[a-z]+", _ANSWER.sub("", case.parsed.subject).lower()))
    if len(subject) > 5:
        yield f"subject {subject}"
    body = "".join(re.findall(r"[a-z]+", case.parsed.text[:2000].lower()))[:200]
    if len(body) > 40:
        yield f"text {body}"
    if sizes[case.source] <= _SMALL and not is_free_mail(case.source):
        yield f"source {case.source}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
