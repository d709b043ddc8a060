"""Scripted trouble: the next calls of a Web API method fail, the next envelopes come twice, late or out of order."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """How a call fails. LOST: it is carried out, but nothing comes back and the connection closes. SLOW: late."""

    RATE_LIMITED = "429"
    SERVER_ERROR = "500"
    LOST = "lost"
    SLOW = "slow"


class EnvelopeFault(StrEnum):
    """How an envelope comes: again after it was acked, late, or after the one that followed it."""

    TWICE = "twice"
    LATE = "late"
    OUT_OF_ORDER = "out_of_order"


LONGEST_HOLD = 10.0  # seconds that an envelope waits for a later one


@dataclass(frozen=True, slots=True)
class Scripted:
    """One envelope's trouble. kind: socket mode's name of the envelope that it is for, "" for any."""

    fault: EnvelopeFault
    kind: str
    seconds: float


class EnvelopeFaults:
    """The trouble that waits for the next envelopes."""

    def __init__(self) -> None:
        self._waiting: list[Scripted] = []
        self._passed = asyncio.Event()

    def add(self, scripted: Scripted, times: int) -> int:
        """Let it strike the next `times` envelopes; returns how many will be struck in all."""
        self._waiting.extend([scripted] * times)
        return len(self._waiting)

    async def hold(self, kind: str) -> bool:
        """Keep an envelope as long as its fault says; whether it is to be sent twice."""
        scripted = next((one for one in self._waiting if one.kind in ("", kind)), None)
        if scripted is None:
            return False
        self._waiting.remove(scripted)
        if scripted.fault is EnvelopeFault.LATE:
            await asyncio.sleep(scripted.seconds)
        elif scripted.fault is EnvelopeFault.OUT_OF_ORDER:
            self._passed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._passed.wait(), LONGEST_HOLD)
        return scripted.fault is EnvelopeFault.TWICE

    def passed(self) -> None:
        """An envelope was delivered: one that is held for it may follow."""
        self._passed.set()


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
