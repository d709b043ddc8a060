"""A circuit breaker: a service that is in trouble is left alone for a while, and its callers are told at once.

    closed      every call goes through; so many failures in a row open it
    open        no call is made: CircuitOpen at once, until a cool-down that doubles with each failed probe is over
    half-open   exactly one call, the probe, goes through: it closes the breaker or opens it again

Only the service's trouble counts: RetryLater (no answer, 5xx, a hang) as one failure, NeedsPerson (a revoked token) at
once. An answer is an answer: GiveUp (this input was refused) and Answered (asked too often, say) mean that it is well.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple, Protocol

from enrichment.errors import GiveUp, NeedsPerson, RetryLater
from enrichment.ports import Clock

# Who comes while a probe is under way asks again this soon, in seconds.
PROBE_SECONDS = 1.0
# What is told of the first refusals to come back is spread by so much, so that they do not come back as one.
_SPREAD = 0.1
_DOUBLINGS = 10


class Answered(RetryLater):
    """The service answered, and so is well: it only asks us to wait, or to do something else first."""


class CircuitOpen(RetryLater):
    """The service was not asked, for it is in trouble: certainly nothing was done. The text is its last error."""


class LockedOut(NeedsPerson):
    """Until a person mends it the service does nothing at all for us: not this call is refused, but we are."""


@dataclass(frozen=True)
class Rules:
    """failures: so many in a row open it. first, longest: seconds of the first cool-down and of any.

    apart: no ordinary call is the probe, for nobody may wait for it; only one that says so. person: those of the
    errors that need a person which mean the service as a whole, and not this one call.
    """

    failures: int = 3
    first: float = 2.0
    longest: float = 60.0
    apart: bool = False
    person: type[NeedsPerson] = NeedsPerson


class Snapshot(NamedTuple):
    """What others may know of a breaker. since: when this outage began, None while it is closed.

    answered: whether the service has ever answered.
    """

    since: datetime | None
    error: str
    answered: bool

    @property
    def open(self) -> bool:
        """Whether the service is being left alone, or being tried again."""
        return self.since is not None


class _Verdict(Enum):
    WELL = auto()
    FAILED = auto()
    SHUT = auto()
    UNKNOWN = auto()


class _Turn(NamedTuple):
    """A call that was let through, and at which state of affairs."""

    generation: int
    probe: bool


# Raises CircuitOpen when the breaker has opened since the call was let through.
StillClosed = Callable[[], None]


class Guard(Protocol):
    """What an adapter makes its calls through."""

    def check(self) -> None:
        """Raise CircuitOpen when a call would not be let through now; for what is costly to prepare."""
        ...

    def shut(self, error: NeedsPerson) -> None:
        """Open at once: what several calls have taught together is that a person is needed."""
        ...

    def guarded(self, *, probe: bool = False) -> AbstractContextManager[StillClosed]:
        """A block that makes one call. Raises CircuitOpen instead of entering it while the service is left alone.

        Gives a function to be called where the block has waited: it raises CircuitOpen when calls like this one have
        opened the breaker meanwhile. probe: this call is made to see whether the service is back.
        """
        ...


class CircuitBreaker:
    """The breaker of one service; implements Guard. Thread-safe, and never waits: it may be used on an event loop.

    now: seconds on a clock that only goes on; random: 0.0-1.0.
    """

    def __init__(
        self,
        clock: Clock,
        rules: Rules | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._rules = rules or Rules()
        self._now = now
        self._random = random
        self._lock = threading.Lock()
        self._generation = 0
        self._failures = 0
        self._tries = 0
        self._until = 0.0
        self._since: datetime | None = None
        self._error = ""
        self._probing = False
        self._answered = False

    def restore(self, known: Snapshot) -> None:
        """Begin as it was before a restart; an open one begins half-open, so that the service is tried at once."""
        with self._lock:
            self._since, self._error, self._answered = known
            self._until = self._now()

    def snapshot(self) -> Snapshot:
        """How it stands now."""
        with self._lock:
            return Snapshot(self._since, self._error, self._answered)

    def due(self) -> bool:
        """Whether it is half-open and waits for a probe."""
        with self._lock:
            return self._since is not None and not self._probing and self._now() >= self._until

    def check(self) -> None:
        """Raise CircuitOpen when a call would not be let through now."""
        with self._lock:
            self._refuse(probe=False)

    def shut(self, error: NeedsPerson) -> None:
        """Open at once; one that is open stays as it is."""
        with self._lock:
            if self._since is None:
                self._open(str(error), self._rules.longest)

    def guarded(self, *, probe: bool = False) -> AbstractContextManager[StillClosed]:
        """A block that makes one call, whose end says how the service is doing."""
        return self._guarded(probe)

    @contextlib.contextmanager
    def _guarded(self, probe: bool) -> Iterator[StillClosed]:
        turn = self._admit(probe)
        try:
            yield lambda: self._still(turn)
        except BaseException as error:
            self._end(turn, self._verdict(error), str(error))
            raise
        self._end(turn, _Verdict.WELL, "")

    def _admit(self, probe: bool) -> _Turn:
        with self._lock:
            self._refuse(probe=probe)
            self._probing = self._since is not None
            return _Turn(self._generation, self._probing)

    def _refuse(self, *, probe: bool) -> None:
        if self._since is None:
            return
        left = self._until - self._now()
        if left > 0 or self._probing or (self._rules.apart and not probe):
            spread = 1.0 + _SPREAD * self._random()
            raise CircuitOpen(self._error, max(left, PROBE_SECONDS) * spread)

    def _still(self, turn: _Turn) -> None:
        with self._lock:
            if turn.generation != self._generation:
                self._refuse(probe=False)

    def _verdict(self, error: BaseException) -> _Verdict:
        match error:
            case CircuitOpen():
                return _Verdict.UNKNOWN
            case Answered() | GiveUp():
                return _Verdict.WELL
            case RetryLater():
                return _Verdict.FAILED
            case NeedsPerson():
                return _Verdict.SHUT if isinstance(error, self._rules.person) else _Verdict.WELL
        return _Verdict.UNKNOWN  # cancelled, or a mistake of ours: it says nothing of the service

    def _end(self, turn: _Turn, verdict: _Verdict, error: str) -> None:
        with self._lock:
            if turn.generation != self._generation:
                return  # it began before the breaker opened or closed, and says nothing of now
            self._probing = False
            match verdict:
                case _Verdict.WELL:
                    self._well()
                case _Verdict.FAILED:
                    self._failures += 1
                    if turn.probe or self._failures >= self._rules.failures:
                        self._open(error, self._cooldown())
                case _Verdict.SHUT:
                    self._open(error, self._rules.longest)

    def _well(self) -> None:
        self._failures = 0
        self._answered = True
        if self._since is not None:
            self._since, self._error, self._tries = None, "", 0
            self._generation += 1

    def _open(self, error: str, cooldown: float) -> None:
        self._since = self._since or self._clock.now()
        self._error = error
        self._failures = 0
        self._tries += 1
        self._until = self._now() + cooldown
        self._generation += 1

    def _cooldown(self) -> float:
        """Half of it and up to all of it: many workers must not come back as one."""
        whole = min(self._rules.first * 2.0 ** min(self._tries, _DOUBLINGS), self._rules.longest)
        return whole * (0.5 + self._random() / 2)


class Unguarded:
    """Lets everything through: for a command that asks once, and for one who looks whether the service is there."""

    def check(self) -> None:
        """It is never open."""

    def shut(self, error: NeedsPerson) -> None:
        """It stays closed."""

    def guarded(self, *, probe: bool = False) -> AbstractContextManager[StillClosed]:  # noqa: ARG002 - a Guard's
        """It counts nothing."""
        return contextlib.nullcontext(lambda: None)
