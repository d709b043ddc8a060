"""The breakers of a running bot: written when they change, tried again by themselves, known after a restart."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from bot import circuits as module
from bot.circuits import AIRTABLE, CHROMA, OLLAMA, SERVICES, SLACK, Breakers, closed, keep, restored, standing
from bot.followers import services_in_use
from bot.settings import Settings
from enrichment.adapters.breaker import CircuitBreaker, CircuitOpen, LockedOut, Snapshot
from enrichment.adapters.chroma import ChromaIndex
from enrichment.adapters.minilm import OnnxEmbedder
from enrichment.adapters.store.circuits import CLOSED, OPEN, Circuits
from enrichment.errors import NeedsPerson, RetryLater
from tests.bot.slack.staff import until
from tests.enrichment.parts import Parts
from tests.servers.silent import silent


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits here."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)


class CountedCircuits(Circuits):
    """The table, which counts how often it is written, and may be away."""

    writes = 0
    away = 0

    def _count(self) -> None:
        self.writes += 1
        if self.away:
            self.away -= 1
            raise RetryLater("the database is locked")

    def opened(self, name: str, since: datetime, error: str, *, answered: bool) -> None:
        """As it is."""
        self._count()
        super().opened(name, since, error, answered=answered)

    def closed(self, name: str) -> None:
        """As it is."""
        self._count()
        super().closed(name)


@pytest.fixture
def circuits(parts: Parts) -> CountedCircuits:
    """The table."""
    return CountedCircuits(parts.database, parts.clock)


@asynccontextmanager
async def kept(breakers: Breakers, circuits: Circuits) -> AsyncIterator[None]:
    """The keeper at work."""
    task = asyncio.create_task(keep(breakers, circuits))
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def fail(breaker: CircuitBreaker, error: Exception | None = None, *, probe: bool = False) -> None:
    """One call that fails, by the revocation of a token if not told otherwise."""
    raised = error or LockedOut("the token was revoked")
    with pytest.raises(type(raised)), breaker.guarded(probe=probe):
        raise raised


def works(breaker: CircuitBreaker) -> None:
    """One call that is answered."""
    with breaker.guarded():
        pass


async def is_(circuits: Circuits, name: str, state: str) -> bool:
    """Whether the store says so."""
    found = circuits.get(name)
    return found is not None and found.state == state


async def test_what_changes_is_written_and_nothing_else(parts: Parts, circuits: CountedCircuits) -> None:
    """The first answer, the opening and the closing are three writes, however many calls there are."""
    breakers = closed(parts.clock)
    async with kept(breakers, circuits):
        for _ in range(20):
            works(breakers[AIRTABLE])
            await asyncio.sleep(0.005)
        await until(lambda: is_(circuits, AIRTABLE, CLOSED))
        breakers[AIRTABLE].shut(NeedsPerson("the base is gone"))
        for _ in range(20):
            fail(breakers[AIRTABLE], CircuitOpen("refused"))
            await asyncio.sleep(0.005)
        await until(lambda: is_(circuits, AIRTABLE, OPEN))
        breakers[AIRTABLE].restore(Snapshot(None, "", answered=True))
        await until(lambda: is_(circuits, AIRTABLE, CLOSED))
    assert circuits.writes == 3
    assert [circuit.name for circuit in circuits.listed()] == [AIRTABLE]


async def test_a_locked_database_holds_up_no_call(parts: Parts, circuits: CountedCircuits, tmp_path: Path) -> None:
    """The breaker opens and refuses at once; its row is written when the database can be."""
    breakers = closed(parts.clock)
    circuits.away = 2
    other = sqlite3.connect(tmp_path / "leadbot.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    async with kept(breakers, circuits):
        fail(breakers[SLACK])
        with pytest.raises(CircuitOpen):
            works(breakers[SLACK])
        await asyncio.sleep(0.05)
        other.execute("ROLLBACK")
        other.close()
        await until(lambda: is_(circuits, SLACK, OPEN))
    assert circuits.writes == 3


async def test_after_a_restart_it_is_known_and_tried_at_once(parts: Parts, circuits: CountedCircuits) -> None:
    """The outage is the old one until the first call is answered; what is used no more is forgotten."""
    before = closed(parts.clock)
    async with kept(before, circuits):
        fail(before[SLACK])
        before[AIRTABLE].shut(NeedsPerson("the base is gone"))
        await until(lambda: is_(circuits, SLACK, OPEN))
        await until(lambda: is_(circuits, AIRTABLE, OPEN))
    since = before[SLACK].snapshot().since
    parts.clock.move(500)
    after = restored(parts.clock, circuits, (SLACK, OLLAMA))
    assert after[SLACK].snapshot() == (since, "the token was revoked", False)
    assert after[SLACK].due()
    assert not after[AIRTABLE].snapshot().open
    async with kept(after, circuits):
        works(after[SLACK])
        await until(lambda: is_(circuits, SLACK, CLOSED))
    assert [circuit.name for circuit in circuits.listed()] == [SLACK]


def test_a_database_that_is_away_stops_no_start(parts: Parts) -> None:
    """Nothing is known then, and everything is tried."""

    class Away(Circuits):
        def listed(self) -> list[object]:  # type: ignore[override]  # it only raises
            raise RetryLater("the database is locked")

    breakers = restored(parts.clock, Away(parts.database, parts.clock), SERVICES)
    assert not any(breaker.snapshot().open for breaker in breakers.made.values())


async def test_a_service_is_asked_whether_it_is_back(parts: Parts, circuits: CountedCircuits) -> None:
    """Also while nobody wants anything of it; a question that fails ends nothing."""
    breakers = closed(parts.clock)
    answers: list[Exception | None] = [RetryLater("still away"), KeyError("our mistake"), None]

    async def probe() -> None:
        with breakers[CHROMA].guarded(probe=True):
            if (answer := answers.pop(0)) is not None:
                breakers[CHROMA]._tries = 0  # the next one is due as soon
                raise answer

    breakers.probes[CHROMA] = probe
    for _ in range(SERVICES[CHROMA].rules.failures):
        fail(breakers[CHROMA], RetryLater("no answer"))
    async with kept(breakers, circuits):
        await until(lambda: is_(circuits, CHROMA, OPEN))
        await until(lambda: is_(circuits, CHROMA, CLOSED))
    assert answers == []


async def test_a_hanging_chroma_server_is_left_and_found_again(
    parts: Parts, circuits: CountedCircuits, embedder: OnnxEmbedder
) -> None:
    """By the bot's own rules: two questions hang, later ones fail at once, and the probe alone waits."""
    breakers = closed(parts.clock)
    with silent() as hanging:
        index = ChromaIndex.at_server(hanging.url, embedder, timeout=1.0, breaker=breakers[CHROMA])
        breakers.probes[CHROMA] = functools.partial(asyncio.to_thread, index.probe)
        vector = embedder.embed(["brakes"])[0]
        async with kept(breakers, circuits):
            for _ in range(2):
                with pytest.raises(RetryLater):
                    await asyncio.to_thread(index.query, vector, 5)
            await until(lambda: is_(circuits, CHROMA, OPEN))
            asked = len(hanging.connections)
            for _ in range(20):
                with pytest.raises(CircuitOpen):
                    await asyncio.to_thread(index.query, vector, 5)

            async def probed() -> bool:
                return len(hanging.connections) > asked

            await until(probed)
        index.close()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ollama_base_url": "off"}, {SLACK}),
        ({}, {SLACK, OLLAMA}),
        ({"ollama_base_url": "off", "chroma_url": "http://127.0.0.1:8000"}, {SLACK, CHROMA}),
        ({"ollama_base_url": "off", "airtable_api_key": "pat", "airtable_base_id": "app"}, {SLACK, AIRTABLE}),
    ],
)
def test_only_what_is_used_can_be_away(tmp_path: Path, changes: dict[str, str], expected: set[str]) -> None:
    """By the settings; all of them have words for staff."""
    settings = Settings(data_dir=tmp_path, **changes)  # type: ignore[arg-type]  # pydantic converts
    assert set(services_in_use(settings)) == expected
    assert expected <= set(SERVICES)


def test_a_service_without_news_stands_well(parts: Parts, circuits: CountedCircuits) -> None:
    """Whoever looks sees every service in use."""
    circuits.opened(SLACK, parts.clock.now(), "no answer", answered=True)
    now = parts.clock.now()
    found = standing(circuits, (SLACK, OLLAMA), now)
    assert [(circuit.name, circuit.state) for circuit in found] == [(OLLAMA, CLOSED), (SLACK, OPEN)]
