"""One running bot for all tests that leave it as they found it, and fresh ones for those that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.running_bot import RunningBot, running_bot


@pytest.fixture(scope="session")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBot]:
    """A bot at work, with a Slack that takes messages faster than the real one."""
    with running_bot(tmp_path_factory.mktemp("bot"), LEADBOT_SLACK_PER_SECOND="50") as running:
        yield running


@pytest.fixture
def fresh_bot(tmp_path: Path) -> Iterator[Callable[..., RunningBot]]:
    """Makes a bot that is not started yet, on a folder of its own."""
    made: list[RunningBot] = []

    def make(**environment: str) -> RunningBot:
        folder = tmp_path / f"bot{len(made)}"
        folder.mkdir()
        made.append(RunningBot(folder, LEADBOT_SLACK_PER_SECOND="50", **environment))
        return made[-1]

    yield make
    for bot in made:
        bot.close()
