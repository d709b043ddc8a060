"""The data folder: private, and one bot's alone for as long as that bot lives."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot import folder
from enrichment.errors import StartupError

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from bot import folder
with folder.locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """Another process that holds the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """End it by a signal and wait for it."""
    process.send_signal(number)
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


def test_folder_is_made_private(tmp_path: Path) -> None:
    """Customers' words are in it."""
    path = tmp_path / "a" / "data"
    folder.prepare(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    folder.prepare(path)
    assert list(path.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "holds", "left"),
    [(0o755, "", 0o700), (0o777, folder.LOCK, 0o700), (0o755, "holiday.jpg", 0o755), (0o1777, folder.LOCK, 0o1777)],
)
def test_folder_made_by_hand_is_closed_to_others(tmp_path: Path, mode: int, holds: str, left: int) -> None:
    """Unless other things are in it, or everybody works in it, as in /tmp."""
    path = tmp_path / "data"
    path.mkdir()
    path.chmod(mode)
    if holds:
        (path / holds).write_text("")
    folder.prepare(path)
    assert stat.S_IMODE(path.stat().st_mode) == left


def test_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    """The variable, the folder, what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match=r"^LEADBOT_DATA_DIR: .*/file/data is not writable \(Not a dir") as caught:
        folder.prepare(tmp_path / "file" / "data")
    assert "\n" not in str(caught.value)


def test_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    """One line that names the process and what to do; kill -9 of the holder frees the folder at once."""
    first = holder(tmp_path)
    try:
        assert folder.is_locked(tmp_path)
        with pytest.raises(StartupError) as caught, folder.locked(tmp_path):
            pass
        assert str(caught.value) == (
            f"another Leadbot (process {first.pid}) is running on {tmp_path}: "
            "stop it, or set another LEADBOT_DATA_DIR for this one"
        )
    finally:
        end(first, signal.SIGKILL)
    assert not folder.is_locked(tmp_path)
    with folder.locked(tmp_path):
        assert folder.is_locked(tmp_path)
        assert (tmp_path / folder.LOCK).read_text() == str(os.getpid())
    assert not folder.is_locked(tmp_path)


def test_child_of_the_holder_does_not_keep_the_lock(tmp_path: Path) -> None:
    """The workspace outlives a bot that is killed, and must not stand for it."""
    with folder.locked(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert not folder.is_locked(tmp_path)
    finally:
        child.kill()
        child.wait(10)


def test_look_at_the_lock_does_not_refuse_a_start(tmp_path: Path) -> None:
    """`leadbot status` holds it for an instant when it looks whether a bot is running."""
    (tmp_path / folder.LOCK).touch()
    with (tmp_path / folder.LOCK).open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        done = threading.Timer(0.1, fcntl.flock, (looking, fcntl.LOCK_UN))
        done.start()
        with folder.locked(tmp_path):
            assert folder.is_locked(tmp_path)
        done.join()


def test_lock_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path) -> None:
    """As after a start by another user."""
    (tmp_path / folder.LOCK).mkdir()
    with pytest.raises(StartupError, match=r"leadbot\.lock cannot be opened") as caught, folder.locked(tmp_path):
        pass
    assert "\n" not in str(caught.value)


def test_folder_without_a_lock_is_not_locked(tmp_path: Path) -> None:
    """Nor is one that is not there."""
    assert not folder.is_locked(tmp_path)
    assert not folder.is_locked(tmp_path / "missing")
