"""`leadbot samples` with a running bot and without one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot import control, folder
from bot.bootstrap import Core, open_store
from bot.control import bind
from bot.dead_letters import DeadLetterDesk
from bot.samples import shell
from bot.samples.commands import SampleCommands
from bot.samples.loader import sample_mails
from bot.settings import Settings
from bot.web import WebServer
from enrichment.errors import GiveUp
from tests.bot.samples.sampling import RECIPIENT, samples_of


@pytest.fixture
def own(tmp_path: Path, model_folder: Path) -> Settings:
    """The settings of a data folder of its own."""
    return Settings(data_dir=tmp_path / "own", model_dir=model_folder)


async def test_a_running_bot_is_asked(core: Core, own: Settings) -> None:
    """It alone may touch the index, and it alone can delete in Slack."""
    folder.prepare(own.data_dir)
    letters = DeadLetterDesk(core.store.dead_letters, lambda: None)
    app = control.create_app(core.search, lambda: 0, SampleCommands(samples_of(core)), letters)
    server = WebServer(app, bind(own.data_dir))
    await server.start()
    with folder.locked(own.data_dir):
        told = await asyncio.to_thread(shell.load, own)
    await server.stop()
    assert told.startswith("10 sample mails are on their way")


def test_without_a_bot_samples_are_not_loaded(own: Settings) -> None:
    """Nobody would look at them."""
    with pytest.raises(GiveUp, match="start it with `leadbot run`"):
        shell.load(own)


def test_without_a_bot_samples_are_removed_but_not_from_slack(own: Settings) -> None:
    """And that is said; a folder without any is left as it is."""
    assert shell.remove(own) == "There are no samples to remove."
    opened = open_store(own)
    opened.messages.accept_many(sample_mails(RECIPIENT, opened.clock.now()))
    assert shell.remove(own).startswith("Removed 10 sample mails and 0 leads. What Slack shows of them stays there")
    assert opened.ledger.by_channel() == {}
    opened.engine.dispose()
    assert not folder.is_locked(own.data_dir)
