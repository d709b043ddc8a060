"""What the core needs from the outside, as Protocols; the adapters that satisfy them come in through bot.bootstrap.

Everything here is blocking and called from worker threads: parsing, embedding and SQL are work, not waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from enrichment.lead import Lead
from enrichment.models import Authentication, ParsedMessage, RawMessage, SpamOpinion

Vectors = npt.NDArray[np.float32]


def as_vector(stored: bytes) -> Vectors:
    """A stored vector (little-endian float32) as an array, without a copy."""
    return np.frombuffer(stored, dtype="<f4")


def name_key(name: str) -> str:
    """A name as it is compared: case folded, white space collapsed."""
    return " ".join(name.casefold().split())


class Clock(Protocol):
    """Tells the time, so that tests can set it."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Parser(Protocol):
    """Reads the facts out of a raw mail."""

    def parse(self, content: bytes) -> ParsedMessage:
        """The facts of one RFC 5322 message.

        Broken mail gives what can be read, with `defects`. Raises GiveUp when the message could not be read within its
        time or memory, RetryLater when the parser itself could not be started.
        """
        ...


class SenderCheck(Protocol):
    """Finds out whether a message comes from whom it says."""

    def begin(self, raw: RawMessage) -> Callable[[], Authentication]:
        """Start the check and return at once; what is returned waits for the verdicts, a few seconds at most.

        Verdicts that could not be had in time are None or `temperror`; nothing is raised for them.
        """
        ...


class SpamScanner(Protocol):
    """A scanner of the owner's that is asked what it thinks of each mail."""

    def scan(self, raw: RawMessage) -> SpamOpinion | None:
        """Its opinion; None when it has none, is away or takes too long. Never raises."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors whose cosine says how alike their meaning is."""

    name: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit-length row per text, shape (len(texts), dimension), float32. Thread-safe."""
        ...


class Index(Protocol):
    """Finds the nearest leads by vector; a view of the store, which can always be rebuilt."""

    def upsert(self, lead_ids: Sequence[int], vectors: Vectors) -> None:
        """Put leads in, replacing what is there under the same ids. Raises RetryLater when it is not reachable."""
        ...

    def query(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """(lead id, cosine -1.0..1.0) of the nearest leads, best first; vector has shape (dimension,)."""
        ...

    def delete(self, lead_ids: Sequence[int]) -> None:
        """Take leads out; unknown ids are ignored."""
        ...

    def count(self) -> int:
        """How many leads are in it."""
        ...

    def reset(self) -> None:
        """Take every lead out, as before a rebuild."""
        ...


class Backpressure(Protocol):
    """Whether there is room for new messages. Channels ask it before they take one: SMTP answers 452, polls wait."""

    @property
    def paused(self) -> str:
        """Why no message may be taken now, in one line; empty while one may. Costs nothing to ask."""
        ...


class LanguageModel(Protocol):
    """Answers a question about a text in the shape asked for. What it says is untrusted."""

    @property
    def name(self) -> str:
        """The model's name, as shown to staff."""
        ...

    async def answer(self, system: str, prompt: str, schema: Mapping[str, Any]) -> str:
        """JSON text that should follow the JSON schema.

        Raises RetryLater when the model is away, slow or broken off, NeedsPerson when only a person can bring it back
        (it is not installed, say), GiveUp when this prompt can never be answered (it is too long).
        """
        ...


class Crm(Protocol):
    """The customer's own list of leads, elsewhere."""

    def upsert(self, leads: Sequence[Lead]) -> None:
        """Write each lead once, found again by its uuid; at most the target's batch at a time.

        Raises RetryLater, GiveUp for a record that will never be taken, NeedsPerson when only a person can mend it.
        """
        ...
