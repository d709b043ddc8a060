"""The allocator takes its settings where it is glibc's, and the garbage collector its own."""

from __future__ import annotations

import platform
import subprocess
import sys

ASK = "from bot import memory; print(memory.give_back())"


def test_the_settings_are_taken() -> None:
    """In a process of its own, since they stay."""
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(platform.libc_ver()[0] == "glibc")


def test_what_a_start_made_is_looked_at_no_more() -> None:
    """The garbage collector knows it for good, and still finds what comes later."""
    ask = "import gc; from bot import memory; memory.settle(); print(gc.get_freeze_count() > 1000, gc.isenabled())"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True"]
