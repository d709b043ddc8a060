"""Logins in the operating system's keyring, through the real `keyring` package with a backend of memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from bot import key_ring
from bot.key_ring import KeyringVault
from enrichment.errors import NeedsPerson, RetryLater


class Memory(KeyringBackend):
    """A keyring that forgets. locked: as after a start, before somebody has unlocked it."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the package's own
        self.kept: dict[tuple[str, str], str] = {}
        self.locked, self.open = False, threading.Event()
        self.open.set()

    def get_password(self, service: str, username: str) -> str | None:
        """What was kept."""
        self.open.wait(10)
        if self.locked:
            raise KeyringLocked("Failed to unlock the collection!")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep this."""
        self.kept[service, username] = password


@pytest.fixture
def backend() -> Iterator[Memory]:
    """The keyring of this machine for one test."""
    before, mine = keyring.get_keyring(), Memory()
    keyring.set_keyring(mine)
    yield mine
    mine.open.set()
    keyring.set_keyring(before)


def test_what_is_kept_comes_back(backend: Memory, tmp_path: Path) -> None:
    """Under the bot's name and the mailbox's; no file holds it."""
    vault = KeyringVault(tmp_path)
    assert vault.read("shop") is None
    with vault.locked("shop"):
        vault.write("shop", "secret")
    assert vault.read("shop") == "secret"
    assert backend.kept == {("leadbot", "shop"): "secret"}
    assert all(file.stat().st_size == 0 for file in tmp_path.rglob("*") if file.is_file())


def test_a_keyring_that_cannot_be_used_says_what_to_do(backend: Memory, tmp_path: Path) -> None:
    """Locked, or none at all, as on a server."""
    backend.locked = True
    with pytest.raises(NeedsPerson, match=r"^shop: the keyring.*unlock it, or set LEADBOT_TOKENS=file"):
        KeyringVault(tmp_path).read("shop")
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call] # the package's own
    with pytest.raises(NeedsPerson, match="NoKeyringError"):
        KeyringVault(tmp_path).write("shop", "secret")


def test_a_keyring_that_waits_for_a_person_is_not_waited_for(
    backend: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have opened a window on a screen that nobody looks at."""
    monkeypatch.setattr(key_ring, "SECONDS", 0.1)
    backend.open.clear()
    with pytest.raises(RetryLater, match=r"^shop: the keyring does not answer within 0\.1 s"):
        KeyringVault(tmp_path).read("shop")


def test_a_keyring_that_breaks_is_one_line(backend: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies below it raises errors of its own, whose text may hold anything."""

    def broken(_service: str, _username: str) -> str:
        raise RuntimeError("the bus is gone\nsecret")

    monkeypatch.setattr(backend, "get_password", broken)
    with pytest.raises(NeedsPerson, match=r"^shop: the keyring.*\(RuntimeError\).*LEADBOT_TOKENS=file$"):
        KeyringVault(tmp_path).read("shop")
