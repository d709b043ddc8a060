"""Blocking work in a thread of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from enrichment.adapters.apart import apart
from enrichment.errors import GiveUp

HANGING = """
import asyncio, threading
from enrichment.adapters.apart import apart

async def main():
    try:
        async with asyncio.timeout(0.1):
            await apart(threading.Event().wait, 60)
    except TimeoutError:
        print("left")

asyncio.run(main())
"""


async def test_what_the_work_returns_or_raises_comes_back() -> None:
    """As from a call."""
    assert await apart(int, "12", base=8) == 10

    def refuse() -> None:
        raise GiveUp("no")

    with pytest.raises(GiveUp, match="no"):
        await apart(refuse)


def test_work_that_hangs_keeps_no_program_from_ending() -> None:
    """It is left behind, without a word."""
    ended = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "left\n", "")
