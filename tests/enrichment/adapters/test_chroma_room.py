"""An index whose disk is nearly full is left alone: Chroma would stop every thread of the process for ever."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from enrichment.adapters import chroma_places
from enrichment.adapters.chroma import ChromaIndex
from enrichment.errors import RetryLater
from tests.enrichment.parts import WordVectors


class Disk:
    """What the system says of the disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 10 * chroma_places.LEAST_FREE
        self.refuses = 0
        self._allocate = os.posix_fallocate
        monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=self.free, f_frsize=1))
        monkeypatch.setattr(os, "posix_fallocate", self.allocate)
        monkeypatch.setattr(chroma_places, "CHECK_SECONDS", 0.0)

    def allocate(self, *given: Any) -> None:
        """Give room, or refuse it as a quota does."""
        if self.refuses:
            raise OSError(self.refuses, os.strerror(self.refuses))
        self._allocate(*given)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk with room."""
    return Disk(monkeypatch)


@pytest.mark.parametrize("trouble", ["free", errno.EDQUOT, errno.ENOSPC, errno.EFBIG])
def test_the_index_waits_for_room(tmp_path: Path, disk: Disk, trouble: str | int) -> None:
    """Neither written nor read while there is none, even when it is open; as if nothing had been when there is."""
    words = WordVectors()
    vectors = words.embed(["brakes"])
    index = ChromaIndex.in_folder(tmp_path / "chroma", words)
    index.upsert([1], vectors)
    if isinstance(trouble, int):
        disk.refuses = trouble
    else:
        disk.free = chroma_places.LEAST_FREE - 1
    for ask in (lambda: index.upsert([2], vectors), lambda: index.query(vectors[0], 3), index.count):
        with pytest.raises(RetryLater, match="waits for room: its disk is nearly full"):
            ask()
    disk.refuses, disk.free = 0, chroma_places.LEAST_FREE
    index.upsert([2], vectors)
    assert sorted(lead for lead, _ in index.query(np.asarray(vectors[0]), 3)) == [1, 2]
    assert not list(tmp_path.rglob(chroma_places.PROBE))
    index.close()


def test_another_trouble_has_its_own_error(tmp_path: Path, disk: Disk) -> None:
    """Allocating may not be possible where writing is."""
    disk.refuses = errno.EOPNOTSUPP
    index = ChromaIndex.in_folder(tmp_path / "chroma", WordVectors())
    assert index.count() == 0
    index.close()


def test_the_disk_is_looked_at_once_a_second(tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each lead asks the index; the look costs as much as the question."""
    monkeypatch.setattr(chroma_places, "CHECK_SECONDS", 60.0)
    index = ChromaIndex.in_folder(tmp_path / "chroma", WordVectors())
    assert index.count() == 0
    disk.free = 0
    assert index.count() == 0
    index.close()
