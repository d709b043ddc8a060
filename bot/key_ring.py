"""Logins kept in the keyring of the operating system (LEADBOT_TOKENS=keyring)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import keyring

from bot.sealed import FOLDER, locked
from enrichment.errors import NeedsPerson, RetryLater

SERVICE = "leadbot"
SECONDS = 30.0

T = TypeVar("T")


class KeyringVault:
    """Implements channels.mail.oauth.Vault. data_dir: where the locks are; two bots of one user have one keyring."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def locked(self, mailbox: str) -> contextlib.AbstractContextManager[None]:
        """Keep every other process on this data folder from changing this mailbox's login."""
        return locked(self._folder, mailbox)

    def read(self, mailbox: str) -> str | None:
        """What was kept last. Raises NeedsPerson when the keyring cannot be opened."""
        return _asked(mailbox, lambda: keyring.get_password(SERVICE, mailbox))

    def write(self, mailbox: str, text: str) -> None:
        """Keep this instead. Raises NeedsPerson when the keyring cannot be opened."""
        _asked(mailbox, lambda: keyring.set_password(SERVICE, mailbox, text))


def _asked(mailbox: str, work: Callable[[], T]) -> T:
    """Ask the keyring, which may open a window for its own password and wait for a person who is not there."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever waits shall see it
            done.set_exception(error)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    try:
        return done.result(SECONDS)
    except TimeoutError:
        raise RetryLater(f"{mailbox}: the keyring does not answer within {SECONDS:g} s; unlock it") from None
    except Exception as error:  # noqa: BLE001 - its backends pass on whatever their system raises
        raise NeedsPerson(
            f"{mailbox}: the keyring of this machine cannot be used ({type(error).__name__});"
            " unlock it, or set LEADBOT_TOKENS=file"
        ) from None
