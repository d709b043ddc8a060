"""The door for our own command line: its owner's alone, at any depth of folder, and clear when something is wrong."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI

from bot import control
from bot.bootstrap import Core
from bot.control import Hits, Reindexed, Told, ask, bind
from bot.dead_letters import DeadLetterDesk
from bot.samples.commands import SampleCommands
from bot.web import WebServer
from enrichment.adapters.store.dead_letters import Settled
from enrichment.errors import GiveUp, NeedsPerson, RetryLater, StartupError
from enrichment.models import MessageState
from tests.bot.samples.sampling import samples_of
from tests.enrichment.parts import Parts


@asynccontextmanager
async def served(app: FastAPI, folder: Path) -> AsyncIterator[None]:
    """The application behind the socket of this folder."""
    server = WebServer(app, bind(folder))
    await server.start()
    try:
        yield
    finally:
        await server.stop()


def app(core: Core, reindex: Callable[[], int] = lambda: 7) -> FastAPI:
    """The application over a real search and real samples, with no Slack."""
    samples, letters = SampleCommands(samples_of(core)), DeadLetterDesk(core.store.dead_letters, lambda: None)
    return control.create_app(core.search, reindex, samples, letters)


async def asked(folder: Path, query: str) -> Hits:
    """What the bot on this folder answers to `leadbot similar`."""
    return await asyncio.to_thread(ask, folder, "/similar", {"query": query}, Hits)


async def test_answers_come_back_as_models(core: Core, parts: Parts, tmp_path: Path) -> None:
    """Leads with all that the command line prints of them."""
    first = parts.lead("jo@example.com")
    second = parts.lead("jo@example.com")
    async with served(app(core), tmp_path):
        (hit,) = (await asked(tmp_path, f"L-{second}")).hits
        assert hit.lead == parts.book.get(first)
        assert (await asyncio.to_thread(ask, tmp_path, "/reindex", {}, Reindexed)).leads == 7


async def test_samples_are_loaded_and_removed_through_the_door(core: Core, parts: Parts, tmp_path: Path) -> None:
    """What came of it comes back in words, and what keeps it from its end as an error."""
    async with served(app(core), tmp_path):
        told = await asyncio.to_thread(ask, tmp_path, "/samples/load", {}, Told)
        assert told.text.startswith("10 sample mails are on their way")
        with pytest.raises(RetryLater, match=r"^Slack has not been reached yet$"):
            await asyncio.to_thread(ask, tmp_path, "/samples/remove", {}, Told)
        with pytest.raises(GiveUp, match=r"^the samples are still being removed"):
            await asyncio.to_thread(ask, tmp_path, "/samples/load", {}, Told)
    assert parts.scalar("SELECT count(*) FROM messages WHERE sample") == 10


async def test_socket_is_its_owners_alone(core: Core, tmp_path: Path) -> None:
    """Mode 0600, whatever the umask."""
    former = os.umask(0)
    try:
        async with served(app(core), tmp_path):
            path = tmp_path / control.SOCKET
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_ISSOCK(path.stat().st_mode)
    finally:
        os.umask(former)


async def test_dead_letters_are_settled_through_the_door(core: Core, parts: Parts, tmp_path: Path) -> None:
    """What was done and what was not comes back; a retry wakes the bot, whose dispatcher finds it."""
    first, second = parts.quarantine(), parts.quarantine()
    woken: list[bool] = []
    letters = DeadLetterDesk(core.store.dead_letters, lambda: woken.append(True))
    samples = SampleCommands(samples_of(core))
    async with served(control.create_app(core.search, lambda: 0, samples, letters), tmp_path):

        async def settle(verb: str, *ids: int) -> Settled:
            body = {"ids": list(ids), "actor": "cli:maya"}
            return await asyncio.to_thread(ask, tmp_path, f"/dead-letters/{verb}", body, Settled)

        assert await settle("retry", first, 99) == Settled(done=(first,), refused={99: "there is no message 99"})
        assert woken == [True]
        assert (await settle("discard", second)).done == (second,)
        for wrong in ((0,), (2**63,), tuple(range(1, 600))):
            with pytest.raises(GiveUp, match="did not understand the request"):
                await settle("discard", *wrong)
    dispatched: list[tuple[int, int]] = []
    parts.messages.dispatch(10, lambda _, *pair: dispatched.append(pair))
    assert (first, 4) in dispatched
    assert parts.state(second) == MessageState.DISCARDED


# httpcore leaves the socket to the garbage collector when it cannot connect.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_socket_of_a_killed_bot_is_replaced(core: Core, tmp_path: Path) -> None:
    """It lies there, and nobody listens."""
    bind(tmp_path).close()
    with pytest.raises(RetryLater, match="the running bot does not answer"):
        await asked(tmp_path, "x")
    async with served(app(core), tmp_path):
        assert (await asked(tmp_path, "x")).hits == ()


async def test_path_longer_than_a_socket_address_works(core: Core, tmp_path: Path) -> None:
    """The kernel takes some hundred bytes, people make longer folders."""
    folder = tmp_path / ("long-" * 30) / ("folder-" * 20)
    folder.mkdir(parents=True)
    async with served(app(core), folder):
        assert (folder / control.SOCKET).is_socket()
        assert (await asked(folder, "x")).hits == ()


async def test_refusal_comes_back_in_its_own_words(core: Core, tmp_path: Path) -> None:
    """One line for the command line to print."""
    async with served(app(core), tmp_path):
        with pytest.raises(GiveUp, match=r"^there is no lead L-99$"):
            await asked(tmp_path, "L-99")
        with pytest.raises(GiveUp, match=r"^the running bot did not understand the request$"):
            await asyncio.to_thread(ask, tmp_path, "/similar", {"wrong": "x"}, Hits)


async def test_long_text_is_searched_as_far_as_it_is_read(core: Core, tmp_path: Path) -> None:
    """With a running bot as without one."""
    async with served(app(core), tmp_path):
        assert (await asked(tmp_path, "zebra " * 20_000)).hits == ()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NeedsPerson("the index is broken"), "^the index is broken$"),
        (RuntimeError("secret"), "does not understand this command .answer 500.: is it of another version"),
    ],
)
async def test_trouble_of_the_bot_is_told(
    core: Core, tmp_path: Path, error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own words when it has some, none of a bug's."""

    def fail(_: str) -> None:
        raise error

    monkeypatch.setattr(core.search, "similar", fail)
    async with served(app(core), tmp_path):
        with pytest.raises(RetryLater, match=told) as caught:
            await asked(tmp_path, "x")
    assert "secret" not in str(caught.value)


async def test_bot_of_another_version_is_told(core: Core, tmp_path: Path) -> None:
    """An unknown path, an answer of another shape."""
    async with served(app(core), tmp_path):
        with pytest.raises(RetryLater, match="of another version"):
            await asyncio.to_thread(ask, tmp_path, "/unknown", {}, Hits)
        with pytest.raises(RetryLater, match="of another version"):
            await asyncio.to_thread(ask, tmp_path, "/reindex", {}, Hits)


def test_folder_that_takes_no_socket_is_told_in_one_line(tmp_path: Path) -> None:
    """As on some network drives."""
    with pytest.raises(StartupError, match="LEADBOT_DATA_DIR: no socket can be made in") as caught:
        bind(tmp_path / "missing")
    assert "\n" not in str(caught.value)
