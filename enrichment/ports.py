"""What the core needs from the outside, as Protocols; the adapters that satisfy them come in through bot.bootstrap.

Everything here is blocking and called from worker threads: parsing, embedding and SQL are work, not waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from enrichment.models import ParsedMessage

Vectors = npt.NDArray[np.float32]


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
