"""Logins in encrypted files: nobody without the key reads them, and they are never half written."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sealed import FOLDER, SealedVault, locked
from bot.secret_key import derived
from enrichment.errors import NeedsPerson, RetryLater

SECRET = "refresh-very-secret"


def vault(folder: Path) -> SealedVault:
    """The vault of this installation."""
    return SealedVault(folder, derived(None, folder, "tokens"))


def test_what_is_kept_comes_back_and_is_readable_to_nobody_else(tmp_path: Path) -> None:
    """One file a mailbox, mode 0600 in a folder of 0700, in which the text does not stand."""
    kept = vault(tmp_path)
    assert kept.read("shop") is None
    kept.write("shop", SECRET)
    kept.write("Shop", "another")
    assert (vault(tmp_path).read("shop"), kept.read("Shop")) == (SECRET, "another")
    kept.write("shop", "newer")
    assert kept.read("shop") == "newer"
    folder = tmp_path / FOLDER
    files = sorted(folder.iterdir())
    assert len(files) == 2
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(SECRET.encode() not in file.read_bytes() for file in files)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "ü" * 64, "Jo's box", "\x00", ".", "x" * 10_000])
def test_any_name_is_a_file_in_the_folder(tmp_path: Path, name: str) -> None:
    """And no other's."""
    kept = vault(tmp_path)
    kept.write(name, SECRET)
    assert kept.read(name) == SECRET
    assert [file.parent for file in tmp_path.rglob("*.sealed")] == [tmp_path / FOLDER]


def test_another_key_opens_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    """Nothing is lost: with the old key back it is there again."""
    vault(tmp_path).write("shop", SECRET)
    other = SealedVault(tmp_path, derived("another secret of thirty-two letters", tmp_path, "tokens"))
    with pytest.raises(NeedsPerson, match=r"^shop: .*put the old one back, or run `leadbot login shop`"):
        other.read("shop")
    assert vault(tmp_path).read("shop") == SECRET


@pytest.mark.parametrize("content", [b"", b"gAAAA", os.urandom(300), b"x" * 1_000_000])
def test_a_damaged_file_is_said(tmp_path: Path, content: bytes) -> None:
    """In one line, whatever stands in it."""
    kept = vault(tmp_path)
    kept.write("shop", SECRET)
    next((tmp_path / FOLDER).glob("*.sealed")).write_bytes(content)
    with pytest.raises(NeedsPerson, match=r"^shop: its stored login cannot be opened"):
        kept.read("shop")


def test_what_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, and nothing half written stays behind."""
    kept = vault(tmp_path)
    kept.write("shop", SECRET)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RetryLater, match="No space left on device"):
        kept.write("shop", "newer")
    assert kept.read("shop") == SECRET
    assert len(list((tmp_path / FOLDER).iterdir())) == 1


def test_one_at_a_time_and_a_dead_holder_lets_go(tmp_path: Path) -> None:
    """Another process is waited for, but not for ever; another mailbox is not."""
    code = (
        "import sys, pathlib; from bot.sealed import locked\n"
        "with locked(pathlib.Path(sys.argv[1]), 'shop'): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RetryLater, match="another process"), locked(tmp_path, "shop", seconds=0.1):
            pass
        with locked(tmp_path, "garage", seconds=0.1):
            pass
        holder.kill()
        with locked(tmp_path, "shop", seconds=10):
            pass
    finally:
        holder.kill()
        holder.communicate()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Where a file stands in its way."""
    (tmp_path / FOLDER).write_text("a file")
    kept = SealedVault(tmp_path, b"k" * 32)
    with pytest.raises(RetryLater, match=r"^shop: .*cannot be written"), kept.locked("shop"):
        pass
    with pytest.raises(RetryLater, match=r"^shop: its login cannot be stored"):
        kept.write("shop", SECRET)
    with pytest.raises(NeedsPerson, match=r"^shop: .*cannot be read"):
        kept.read("shop")


def test_a_drive_without_locks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Network drives and full lock tables refuse flock; that is one line of ours, and nothing is asked for unlocked."""

    def no_locks(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", no_locks)
    with (
        pytest.raises(RetryLater, match=r"^shop: .*cannot be locked.*LEADBOT_DATA_DIR"),
        vault(tmp_path).locked("shop"),
    ):
        pytest.fail("it was not locked")
