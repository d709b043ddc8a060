"""A mail server for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.mail.mailroom import Mailroom, Open, open_mailroom
from tests.enrichment import fixtures

migrated = fixtures.migrated_file


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
