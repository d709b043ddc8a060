"""Mails made to hang or bloat a parser: each is read within five seconds and 300 MB, and its words are found."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.mail.parser import ParserProcess
from tests.fuzz.pathological import PATHOLOGICAL
from tests.fuzz.promises import assert_promises

MEGABYTES = 300


def peak(pid: int) -> int:
    """The most memory that a process has ever held, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


@pytest.mark.parametrize("build", PATHOLOGICAL.values(), ids=PATHOLOGICAL)
def test_it_is_read_in_time_and_in_little_memory(parser: ParserProcess, build: Callable[[], bytes]) -> None:
    """The process is neither killed nor grown, and nothing that a person would see is lost."""
    found = parser.parse(build())
    assert_promises(found)
    assert "needle hi" in found.text + found.full_text
    if sys.platform == "linux":
        assert parser.pid is not None
        assert peak(parser.pid) <= MEGABYTES
