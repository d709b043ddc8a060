"""What the tests of the core may use."""

from tests.enrichment.fixtures import (
    embedder,
    house,
    index,
    migrated_file,
    migrated_postgres,
    parts,
    pipeline,
    postgres_parts,
    sqlite_parts,
)

__all__ = [
    "embedder",
    "house",
    "index",
    "migrated_file",
    "migrated_postgres",
    "parts",
    "pipeline",
    "postgres_parts",
    "sqlite_parts",
]
