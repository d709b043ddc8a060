"""This installation's secret, from which the keys of what it signs are derived.

It must stay: answers to addresses that were signed with another one would not find their leads.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from enrichment.errors import StartupError

FILE = "secret.key"
SHORTEST = 32


def derived(given: str | None, folder: Path, purpose: str) -> bytes:
    """A key of 32 bytes for this purpose alone.

    given: the owner's own secret; without one it is the data folder's, which is made when it is not there. Raises
    StartupError when that cannot be read or is too short.
    """
    return hmac.new(_secret(given, folder).encode(), purpose.encode(), hashlib.sha256).digest()


def _secret(given: str | None, folder: Path) -> str:
    if given is not None:
        if len(given) < SHORTEST:
            raise StartupError(
                f"LEADBOT_SECRET_KEY: at least {SHORTEST} characters are needed; make one with `openssl rand -hex 32`"
            )
        return given
    file = folder / FILE
    try:
        if not file.exists():
            _make(file)
        found = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise StartupError(f"{file} cannot be read ({why}); give this user the right to it, or delete it") from error
    if len(found) < SHORTEST:
        raise StartupError(f"{file} is damaged; take it from a backup, or delete it and a new one is made")
    return found


def _make(file: Path) -> None:
    """Whole or not at all, and never over one that another process has made meanwhile."""
    new = file.with_name(f".{FILE}-{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(f"{secrets.token_hex(32)}\n")
            opened.flush()
            os.fsync(opened.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(new, file)
    finally:
        new.unlink(missing_ok=True)
