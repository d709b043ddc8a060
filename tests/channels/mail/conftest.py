"""A mail server for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from enrichment.adapters.store.engine import make_engine
from enrichment.adapters.store.migrate import upgrade
from tests.channels.mail.mailroom import Mailroom, Open, open_mailroom


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest version, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "leadbot.db"
    engine = make_engine(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture
async def mailroom(migrated: Path, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens a server, by the arguments of `open_mailroom`."""
    rooms: list[Mailroom] = []

    async def start(*arguments: Any, **options: Any) -> Mailroom:
        rooms.append(await open_mailroom(migrated, tmp_path, *arguments, **options))
        return rooms[-1]

    yield start
    for room in rooms:
        await room.channel.stop()
        await room.intake.drain()
        room.engine.dispose()
