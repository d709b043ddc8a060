"""A store for each test: on SQLite always, on PostgreSQL where that is installed."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.migrate import upgrade
from enrichment.adapters.store.schema import metadata
from enrichment.pipeline import Pipeline
from enrichment.ports import Embedder
from tests.enrichment.house import build
from tests.enrichment.parts import ExactIndex, Parts, SetClock


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database at the newest version, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "leadbot.db"
    with _engine(f"sqlite:///{file}") as engine:
        upgrade(engine)
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str, database_names: Iterator[str]) -> str:
    """The URL of a PostgreSQL database at the newest version, to be emptied."""
    name = next(database_names)
    with psycopg.connect(f"postgresql://leadbot@{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = f"postgresql://leadbot@{postgres_server}/{name}"
    with _engine(url) as engine:
        upgrade(engine)
    return url


@contextlib.contextmanager
def _engine(url: str) -> Iterator[sa.Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def sqlite_parts(migrated_file: Path, tmp_path: Path) -> Iterator[Parts]:
    """The store on an SQLite file of this test."""
    file = tmp_path / "leadbot.db"
    shutil.copy(migrated_file, file)
    with _engine(f"sqlite:///{file}") as engine:
        yield Parts(Database(engine), SetClock())


@pytest.fixture
def postgres_parts(migrated_postgres: str) -> Iterator[Parts]:
    """The store on an emptied PostgreSQL database."""
    with _engine(migrated_postgres) as engine:
        with engine.begin() as connection:
            tables = ", ".join(table.name for table in metadata.sorted_tables)
            connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        yield Parts(Database(engine), SetClock())


@pytest.fixture(params=["sqlite_parts", "postgres_parts"], ids=["sqlite", "postgresql"])
def parts(request: pytest.FixtureRequest) -> Parts:
    """The store on each of the databases in turn."""
    found: Parts = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def embedder(model_folder: Path) -> Embedder:
    """The real model."""
    return OnnxEmbedder(model_folder, threads=1)


@pytest.fixture
def index() -> ExactIndex:
    """An empty index."""
    return ExactIndex()


@pytest.fixture
def house(sqlite_parts: Parts, embedder: Embedder) -> Parts:
    """The store, for leads with vectors of the real model."""
    return Parts(sqlite_parts.database, sqlite_parts.clock, embedder=embedder.name)


@pytest.fixture
def pipeline(house: Parts, embedder: Embedder, index: ExactIndex) -> Pipeline:
    """The real pipeline."""
    return build(house, embedder, index)
