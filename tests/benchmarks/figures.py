"""What every benchmark needs to take figures and to show them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def progress(text: str) -> None:
    """One line that the next one overwrites in a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def resident(pid: int) -> float:
    """The resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed."""
    return sorted(values)[max(0, round(share * len(values) + 0.499999) - 1)]


def bars(values: Sequence[float]) -> str:
    """How the times are spread: a row for each tenth of a second."""
    rows = []
    for tenth in range(int(max(values) * 10) + 1):
        count = sum(1 for value in values if int(value * 10) == tenth)
        rows.append(f"  {tenth * 100:>5}-{tenth * 100 + 99} ms  {'#' * count} {count or ''}".rstrip())
    return "\n".join(rows)
