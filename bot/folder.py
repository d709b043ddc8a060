"""The data folder: made private, checked for writing, and locked by the one bot that works on it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from enrichment.errors import StartupError

LOCK = "leadbot.lock"
OTHERS = stat.S_IRWXG | stat.S_IRWXO
LOOKS, LOOK_SECONDS = 5, 0.05


def prepare(folder: Path) -> None:
    """Make the folder with mode 0700, or close one of ours to others. Raises StartupError when it cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close(folder)
        probe = folder / f".write-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StartupError(
            f"LEADBOT_DATA_DIR: {folder} is not writable ({error.strerror}); "
            "give this user the right to write there, or set another folder, e.g. LEADBOT_DATA_DIR=data"
        ) from error


def _close(folder: Path) -> None:
    """Shut others out of a folder that was made by hand; one that holds other things too is left as it is.

    /tmp and somebody's home must not be shut because of a wrong setting.
    """
    found = folder.stat()
    if not found.st_mode & OTHERS or found.st_mode & stat.S_ISVTX or found.st_uid != os.geteuid():
        return
    if (folder / LOCK).exists() or not any(folder.iterdir()):
        with contextlib.suppress(PermissionError):  # a mount may have modes of its own
            folder.chmod(0o700)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one bot; the lock goes when the process does, however it ends.

    Raises StartupError when another bot holds it.
    """
    with _opened(folder) as file:
        if not _taken(file):
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            raise StartupError(
                f"another Leadbot (process {holder}) is running on {folder}: "
                "stop it, or set another LEADBOT_DATA_DIR for this one"
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _opened(folder: Path) -> TextIO:
    try:
        return (folder / LOCK).open("a+", encoding="ascii", errors="replace")
    except OSError as error:
        raise StartupError(
            f"LEADBOT_DATA_DIR: {folder / LOCK} cannot be opened ({error.strerror}); "
            "give this user the right to it, or set another folder, e.g. LEADBOT_DATA_DIR=data"
        ) from error


def _taken(file: TextIO) -> bool:
    """Whether the lock is ours now. A command that looks whether a bot is running holds it for an instant."""
    for _ in range(LOOKS):
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(LOOK_SECONDS)
    return False


def is_locked(folder: Path) -> bool:
    """Whether a bot is running on the folder."""
    try:
        with (folder / LOCK).open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
