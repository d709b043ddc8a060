"""A real store for each test, and the real inside of a bot on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.bootstrap import Core, Store, build_core, open_index
from bot.settings import Settings
from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.store.engine import Database, make_engine
from tests.enrichment import fixtures
from tests.enrichment.parts import Parts, SetClock

migrated = fixtures.migrated_file


class RunningClock(SetClock):
    """The machine's clock, for Slack's time is that of the machine; it can be moved as well."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self.moment = self._start

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC) + (self.moment - self._start)


@pytest.fixture
def parts(migrated: Path, tmp_path: Path) -> Iterator[Parts]:
    """The store on an SQLite file of this test."""
    file = tmp_path / "leadbot.db"
    shutil.copy(migrated, file)
    engine = make_engine(f"sqlite:///{file}")
    yield Parts(Database(engine), RunningClock())
    engine.dispose()


@pytest.fixture(scope="session")
def embedder(model_folder: Path) -> OnnxEmbedder:
    """The real model."""
    return OnnxEmbedder(model_folder)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a bot on this test's folder."""
    return Settings(data_dir=tmp_path, slack_channel="leads", slack_per_second=1000.0)


@pytest.fixture
def core(settings: Settings, embedder: OnnxEmbedder, parts: Parts) -> Iterator[Core]:
    """The whole inside of the bot on the store of `parts`."""
    store = Store(parts.database, parts.clock, parts.messages, parts.book, parts.views, parts.ledger)
    index = open_index(settings, embedder)
    yield build_core(settings, store, embedder, index)
    index.close()
