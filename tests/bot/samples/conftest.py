"""What the tests of the samples may use: the local workspace in Slack's place, as the tests of the Slack side do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.bootstrap import Core, Store, build_core, open_index
from bot.settings import Settings
from enrichment.adapters.minilm import OnnxEmbedder
from tests.bot.slack.conftest import connection, door, options, poster, slack, staff, transport, workspace
from tests.enrichment.house import InProcess
from tests.enrichment.parts import Parts

__all__ = ["connection", "core", "door", "options", "poster", "slack", "staff", "transport", "workspace"]


@pytest.fixture
def core(settings: Settings, embedder: OnnxEmbedder, parts: Parts) -> Iterator[Core]:
    """The whole inside of the bot, which reads mail without a process of its own."""
    store = Store(parts.database, parts.clock, parts.messages, parts.book, parts.views, parts.ledger)
    index = open_index(settings, embedder)
    yield build_core(settings, store, embedder, index, InProcess())
    index.close()
