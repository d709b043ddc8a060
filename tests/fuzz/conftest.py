"""What the fuzz tests use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channels.mail.parser import ParserProcess


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    """The parser as the bot runs it, in a process that is killed when a mail takes five seconds."""
    process = ParserProcess(deadline=5.0)
    process.start()
    yield process
    process.close()
