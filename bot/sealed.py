"""Logins kept in files of the data folder, one a mailbox, each encrypted under the key of this installation."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from channels.mail.oauth import login_again
from enrichment.errors import NeedsPerson, RetryLater

FOLDER = "logins"
PURPOSE = "tokens"
LONGEST = 262_144
# A renewal takes at most two requests; whoever waits longer waits for something that hangs.
LOCK_SECONDS, LOOK_SECONDS = 60.0, 0.05
_NO_PART_OF_A_NAME = re.compile(r"[^a-z0-9]+")


class SealedVault:
    """Implements channels.mail.oauth.Vault. key: 32 bytes, of `bot.secret_key.derived` for PURPOSE."""

    def __init__(self, data_dir: Path, key: bytes) -> None:
        self._folder = data_dir / FOLDER
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def locked(self, mailbox: str) -> contextlib.AbstractContextManager[None]:
        """Keep every other process on this data folder from changing this mailbox's login."""
        return locked(self._folder, mailbox)

    def read(self, mailbox: str) -> str | None:
        """What was kept last, None when nothing was. Raises NeedsPerson when it cannot be opened."""
        file = self._folder / f"{_file_name(mailbox)}.sealed"
        try:
            with file.open("rb") as opened:
                return self._fernet.decrypt(opened.read(LONGEST)).decode()
        except FileNotFoundError:
            return None
        except OSError as error:
            told = f"{mailbox}: {file} cannot be read ({error.strerror}); give this user the right to it"
            raise NeedsPerson(told) from error
        except (InvalidToken, UnicodeDecodeError):
            raise NeedsPerson(
                f"{mailbox}: its stored login cannot be opened, as LEADBOT_SECRET_KEY (or secret.key) is another one"
                f" now; put the old one back, or {login_again(mailbox)}"
            ) from None

    def write(self, mailbox: str, text: str) -> None:
        """Keep this instead, whole or not at all, on the disk before it returns. Raises RetryLater."""
        file = self._folder / f"{_file_name(mailbox)}.sealed"
        new = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(new, self._fernet.encrypt(text.encode()))
            new.replace(file)
            _sync(self._folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            raise RetryLater(f"{mailbox}: its login cannot be stored in {file.parent} ({error.strerror})") from error


def _file_name(mailbox: str) -> str:
    """Readable, and different for every mailbox whatever its name is."""
    digest = hashlib.sha256(mailbox.encode()).hexdigest()[:16]
    return f"{_NO_PART_OF_A_NAME.sub('-', mailbox.lower())[:40]}-{digest}"


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    """The new name must be on the disk too, before the login server is told to forget the old token."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(folder: Path, mailbox: str, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold one mailbox's login; the lock goes when the process does. Raises RetryLater when another holds it on."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / f"{_file_name(mailbox)}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise RetryLater(f"{mailbox}: {folder} cannot be written ({error.strerror})") from error
    try:
        _take(descriptor, mailbox, time.monotonic() + seconds)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, mailbox: str, ends: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if not isinstance(error, BlockingIOError):  # some network drives have no locks
                why = f"{mailbox}: its login cannot be locked in the data folder ({error.strerror})"
                raise RetryLater(f"{why}; LEADBOT_DATA_DIR should be on a disk of this machine") from error
            if time.monotonic() >= ends:
                raise RetryLater(f"{mailbox}: another process has been renewing its login for long") from None
            time.sleep(LOOK_SECONDS)
        else:
            return
