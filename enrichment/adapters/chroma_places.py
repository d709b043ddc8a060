"""Where a Chroma index can be: a folder that this process alone has open, or a server that several workers share.

chromadb takes half a second and some 65 MB to import, so it is imported when an index is first used.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import Any, Protocol, TextIO

from enrichment.errors import NeedsPerson, RetryLater

PREFIX = "leadbot-leads"
LOCK = "leadbot.lock"
# Chroma 1.5.9 whose disk is full waits for ever inside a call, a query too, and stops every thread of the process.
LEAST_FREE = 50_000_000
# A quota shows itself only to whoever writes.
PROBE, PROBE_BYTES = ".leadbot-probe", 1_000_000
CHECK_SECONDS = 1.0


class Place(Protocol):
    """Opens, closes and empties one index. Not thread-safe: ChromaIndex holds a lock around each call.

    label: the index in words; damage_is_ours: whether an internal error means that files of ours are broken.
    """

    label: str
    damage_is_ours: bool

    def open(self) -> Any:
        """A chromadb client; the same one until it is closed."""
        ...

    def check(self) -> None:
        """Look whether the index may be used now. Raises RetryLater."""
        ...

    def close(self) -> None:
        """Release everything; `open` may be called again."""
        ...

    def empty(self) -> None:
        """Take every vector away, those of earlier models too; closed afterwards."""
        ...


class FolderPlace:
    """Chroma in a folder, inside this process. A lock file keeps others out: a second writer would corrupt it."""

    damage_is_ours = True

    def __init__(self, folder: Path) -> None:
        self.label = f"the index in {folder}"
        self._folder = folder
        self._client: Any = None
        self._lock: TextIO | None = None
        self._had_room = float("-inf")

    def open(self) -> Any:
        """The client of the folder. Raises NeedsPerson when another process has it open."""
        if self._client is None:
            self._take_lock()
            self._client = _persistent_client(str(self._folder))
        return self._client

    def check(self) -> None:
        """Leave the folder alone while its disk is nearly full; looks once a second. Raises RetryLater."""
        if time.monotonic() - self._had_room < CHECK_SECONDS:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        usage = os.statvfs(self._folder)
        if usage.f_bavail * usage.f_frsize < LEAST_FREE or not self._takes(PROBE_BYTES):
            raise RetryLater(f"{self.label} waits for room: its disk is nearly full")
        self._had_room = time.monotonic()

    def _takes(self, size: int) -> bool:
        """Whether so much can be written into the folder; allocates it and gives it back."""
        probe = self._folder / PROBE
        try:
            with probe.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            # What cannot be written for another reason has an error of its own, which names it.
            return error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        finally:
            probe.unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """Close the files and let the next process have the folder."""
        client, self._client = self._client, None
        lock, self._lock = self._lock, None
        if client is not None:
            client.close()
        if lock is not None:
            lock.close()

    def empty(self) -> None:
        """Delete the files: that mends a damaged index, and dropping collections would leave their vectors there."""
        self.close()
        self._take_lock()
        for path in self._folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != LOCK:
                path.unlink()
        self.close()

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = (self._folder / LOCK).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise NeedsPerson(f"{self.label} is open in another process: use that one, or stop it") from error
        self._lock = lock


def _persistent_client(folder: str) -> Any:
    import chromadb  # noqa: PLC0415 - see the module's docstring
    from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415 - as above
    from chromadb.config import Settings  # noqa: PLC0415 - as above

    try:
        return chromadb.PersistentClient(folder, Settings(anonymized_telemetry=False))
    except Exception:
        # chromadb keeps the system whose start failed, and would hand it out for this folder ever after
        SharedSystemClient._identifier_to_system.pop(folder, None)  # noqa: SLF001 - there is no public way
        raise


class ServerPlace:
    """Chroma on a `chroma run` server, at a URL such as http://127.0.0.1:8000."""

    damage_is_ours = False

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self.label = f"the index at {url}"
        self._url = url
        self._timeout = timeout
        self._client: Any = None

    def open(self) -> Any:
        """The client of the server, whose every request ends within the timeout (seconds)."""
        if self._client is None:
            from enrichment.adapters.chroma_http import BoundedClient  # noqa: PLC0415 - see the module's docstring

            self._client = BoundedClient(self._url, self._timeout)
        return self._client

    def check(self) -> None:
        """It is the server that looks after its disk."""

    def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def empty(self) -> None:
        """Delete our collections, those of earlier models too."""
        client = self.open()
        for collection in client.list_collections():
            if collection.name.startswith(PREFIX):
                client.delete_collection(collection.name)
        self.close()
