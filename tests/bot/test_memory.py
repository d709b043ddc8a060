"""The allocator takes its settings where it is glibc's."""

from __future__ import annotations

import platform
import subprocess
import sys

ASK = "from bot import memory; print(memory.give_back())"


def test_the_settings_are_taken() -> None:
    """In a process of its own, since they stay."""
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(platform.libc_ver()[0] == "glibc")
