"""A mail server for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.mail.mailroom import Mailroom, Open, open_mailroom
from tests.channels.mail.polled import Post
from tests.conftest import RequireServer
from tests.enrichment import fixtures
from tests.enrichment.parts import Parts
from tests.servers.dovecot import Dovecot, running_dovecot

migrated = migrated_file = fixtures.migrated_file
sqlite_parts = fixtures.sqlite_parts

_USERS = [f"user{number}" for number in range(1, 301)]


@pytest.fixture(scope="session")
def unused_users() -> Iterator[str]:
    """The users that no test has had yet."""
    return iter(_USERS)


@pytest.fixture(scope="session")
def dovecot(require_server: RequireServer) -> Iterator[Dovecot]:
    """One server for every test that does not stop it."""
    with running_dovecot(require_server("dovecot"), users=_USERS) as server:
        yield server


@pytest.fixture
def post(dovecot: Dovecot, unused_users: Iterator[str], sqlite_parts: Parts) -> Iterator[Post]:
    """A user of that server, and the store that the mail goes to."""
    made = Post(dovecot, next(unused_users), sqlite_parts)
    yield made
    for polling in made.pollings:
        polling.poller.close()


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
