"""Scripted trouble: the next calls of a Web API method fail in a chosen way."""

from __future__ import annotations

from collections import deque
from enum import StrEnum


class Fault(StrEnum):
    """How a call fails. LOST: it is carried out, but nothing comes back and the connection closes. SLOW: late."""

    RATE_LIMITED = "429"
    SERVER_ERROR = "500"
    LOST = "lost"
    SLOW = "slow"


class Faults:
    """The faults that wait for their call."""

    def __init__(self) -> None:
        self._pending: dict[str, deque[Fault]] = {}

    def add(self, method: str, fault: Fault, times: int) -> None:
        """Let the next `times` calls of a method fail, after those that wait already."""
        self._pending.setdefault(method, deque()).extend([fault] * times)

    def take(self, method: str) -> Fault | None:
        """The fault of the call that has just come, if one waits for it."""
        waiting = self._pending.get(method)
        return waiting.popleft() if waiting else None

    def pending(self) -> list[dict[str, str | int]]:
        """What waits: method, kind and times, in the order added, neighbours of a kind together."""
        rows: list[dict[str, str | int]] = []
        for method, faults in self._pending.items():
            for fault in faults:
                if rows and rows[-1]["method"] == method and rows[-1]["kind"] == fault.value:
                    rows[-1]["times"] = int(rows[-1]["times"]) + 1
                else:
                    rows.append({"method": method, "kind": fault.value, "times": 1})
        return rows
