"""The vector index in Chroma: a folder for one bot, a `chroma run` server for several workers."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from enrichment.adapters.breaker import Answered, Guard, StillClosed, Unguarded
from enrichment.adapters.chroma_places import PREFIX, FolderPlace, Place, ServerPlace
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from enrichment.ports import Embedder

Vectors = npt.NDArray[np.float32]
T = TypeVar("T")

MAX_BATCH = 1000  # Chroma takes 5,461 at once; smaller ones keep memory and each request small


def collection_name(embedder: str, dimension: int) -> str:
    """The collection of one embedder: vectors of different models must never meet."""
    slug = re.sub(r"[^a-z0-9]+", "-", embedder.lower())[-200:].strip("-") or "model"
    return f"{PREFIX}-{slug}-{dimension}"


class ChromaIndex:
    """An Index in Chroma, opened when it is first used and again after a failure. Thread-safe.

    Every method raises RetryLater when the index cannot be reached, NeedsPerson when its files are damaged, another
    process has them open or the server refuses us, and GiveUp when Chroma rejects the vectors themselves.
    """

    def __init__(self, place: Place, embedder: Embedder, breaker: Guard | None = None) -> None:
        self._place = place
        self._breaker = breaker or Unguarded()
        self._dimension = embedder.dimension
        self._name = collection_name(embedder.name, embedder.dimension)
        self._collection: Any = None
        self._lock = threading.Lock()

    @classmethod
    def in_folder(cls, folder: Path, embedder: Embedder) -> ChromaIndex:
        """An index in a folder of this machine; nothing is opened yet."""
        return cls(FolderPlace(folder), embedder)

    @classmethod
    def at_server(
        cls, url: str, embedder: Embedder, *, timeout: float = 10.0, breaker: Guard | None = None
    ) -> ChromaIndex:
        """An index at a Chroma server's URL; nothing is connected yet.

        timeout: seconds a request may take, a question three tenths of it. breaker: what leaves the server alone
        while it is in trouble, for no message may wait for it.
        """
        return cls(ServerPlace(url, timeout=timeout), embedder, breaker)

    def upsert(self, lead_ids: Sequence[int], vectors: Vectors) -> None:
        """Put leads in, replacing what is there under the same ids; vectors: shape (len(lead_ids), dimension)."""
        if vectors.shape != (len(lead_ids), self._dimension):
            raise ValueError(f"{len(lead_ids)} leads need vectors of {self._dimension}, not shape {vectors.shape}")
        rows = {str(lead_id): row for row, lead_id in enumerate(lead_ids)}  # the last one of a repeated id wins
        for ids in _slices(list(rows)):
            some = vectors[[rows[lead_id] for lead_id in ids]]
            self._do(partial(_upsert, ids=ids, vectors=some))

    def query(self, vector: npt.NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """(lead id, cosine -1.0..1.0) of the nearest leads, best first; vector has shape (dimension,)."""
        if vector.shape != (self._dimension,):
            raise ValueError(f"a vector of {self._dimension} is needed, not shape {vector.shape}")
        if limit < 1:
            return []
        found = self._do(lambda some: some.query(query_embeddings=[vector], n_results=limit, include=["distances"]))
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        nearest = [(int(lead_id), max(-1.0, min(1.0, 1.0 - distance))) for lead_id, distance in pairs]
        return sorted(nearest, key=lambda pair: (-pair[1], pair[0]))

    def delete(self, lead_ids: Sequence[int]) -> None:
        """Take leads out; unknown ids are ignored."""
        for ids in _slices([str(lead_id) for lead_id in lead_ids]):
            self._do(partial(_delete, ids=ids))

    def count(self) -> int:
        """How many leads are in it."""
        return int(self._do(lambda collection: collection.count()))

    def probe(self) -> None:
        """Ask a server that was in trouble whether it is back. Raises as every method does."""
        with self._breaker.guarded(probe=True) as still:
            self._done(lambda collection: collection.count(), still)

    def reset(self) -> None:
        """Empty the index, damaged or not, and take away the vectors of earlier models; then it can be filled again."""
        with self._lock:
            self._collection = None
            self._translated(self._place.empty)

    def close(self) -> None:
        """Release the folder or the connections; a later use opens them again."""
        with self._lock:
            self._collection = None
            self._place.close()

    def _do(self, work: Callable[[Any], T]) -> T:
        with self._breaker.guarded() as still:
            return self._done(work, still)

    def _done(self, work: Callable[[Any], T], still: StillClosed) -> T:
        with self._lock:
            still()  # whoever had the lock may have found out that the server is away
            self._translated(self._place.check)
            if self._collection is None:
                self._collection = self._translated(self._open)
            collection = self._collection
        try:
            return self._translated(lambda: work(collection))
        except LeadbotError:
            with self._lock:  # whatever it was, the next use looks the collection up again
                if self._collection is collection:
                    self._collection = None
            raise

    def _open(self) -> Any:
        return self._place.open().get_or_create_collection(
            self._name,
            embedding_function=None,  # the default one would be downloaded
            configuration={"hnsw": {"space": "cosine"}},
        )

    def _translated(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except LeadbotError:
            raise
        except Exception as error:  # chromadb raises bare Exception and ValueError for a server's trouble
            raise _translation(error, self._place) from error


def _translation(error: Exception, place: Place) -> LeadbotError:
    from chromadb import errors  # noqa: PLC0415 - slow to import; see chroma_places

    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    match error:
        case errors.NotFoundError():
            return Answered(f"{place.label} was emptied meanwhile ({reason})")
        case errors.ChromaAuthError() | errors.AuthorizationError():
            return NeedsPerson(f"{place.label} refuses us ({reason}): check CHROMA_URL and the server's access rules")
        case errors.InvalidArgumentError() | errors.InvalidDimensionException():
            return GiveUp(f"{place.label} rejects these vectors ({reason})")
        case OSError() if place.damage_is_ours:
            return NeedsPerson(f"{place.label} cannot be opened ({reason}): make that folder writable")
        case errors.InternalError() if place.damage_is_ours:
            return NeedsPerson(f"{place.label} is damaged or its disk is full ({reason}): run `leadbot reindex`")
        case _:
            return RetryLater(f"{place.label} cannot be reached ({reason})")


def _upsert(collection: Any, ids: list[str], vectors: Vectors) -> None:
    collection.upsert(ids=ids, embeddings=vectors)


def _delete(collection: Any, ids: list[str]) -> None:
    collection.delete(ids=ids)


def _slices(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + MAX_BATCH] for start in range(0, len(ids), MAX_BATCH)]
