"""The fixtures of tests against the odd server; a test module names those that it uses as its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.mail.polled import Polling, mailbox_at
from tests.enrichment.parts import Parts
from tests.servers.odd_imap import OddImap, odd_imap


@pytest.fixture
def server() -> Iterator[OddImap]:
    """The server."""
    with odd_imap() as made:
        yield made


@pytest.fixture
def polling(server: OddImap, sqlite_parts: Parts) -> Iterator[Polling]:
    """A poller of it that gives up after half a second of silence."""
    made = Polling(sqlite_parts, mailbox_at(server.port), timeout=0.5)
    yield made
    made.poller.close()
