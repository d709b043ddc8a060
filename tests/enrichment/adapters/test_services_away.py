"""The adapters behind a breaker: real servers that hang, refuse and come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from enrichment.adapters.breaker import CircuitBreaker, CircuitOpen, LockedOut, Rules
from enrichment.adapters.chroma import ChromaIndex
from enrichment.adapters.ollama import OllamaModel
from enrichment.errors import GiveUp, LeadbotError, NeedsPerson, RetryLater
from tests.enrichment import crm as fixtures
from tests.enrichment.adapters.test_chroma import Model, chroma_server, free_port, some_vectors
from tests.enrichment.crm import Elapsed, connected, failed, lead
from tests.enrichment.parts import SetClock, at_once
from tests.servers.airtable import AirtableServer
from tests.servers.ollama import MODEL, OllamaServer, drop, ok, status
from tests.servers.silent import silent

# The fixtures of these tests.
server = fixtures.server

SCHEMA = {"type": "object"}


@pytest.fixture
def now() -> Elapsed:
    """The breaker's time."""
    return Elapsed()


def breaker(now: Elapsed, **rules: object) -> CircuitBreaker:
    """One whose cool-downs the test sits out."""
    return CircuitBreaker(SetClock(), Rules(**rules), now=now, random=lambda: 1.0)  # type: ignore[arg-type]


def outcome(work: Callable[[], object]) -> LeadbotError | None:
    """What it raised."""
    try:
        work()
    except LeadbotError as error:
        return error
    return None


def test_a_chroma_server_that_hangs_delays_few(now: Elapsed) -> None:
    """Of many messages at once only the first find out; the others, and all later ones, do not wait."""
    with silent() as hanging:
        guard = breaker(now, failures=2, apart=True)
        index = ChromaIndex.at_server(hanging.url, Model(), timeout=1.0, breaker=guard)

        def ask() -> LeadbotError | None:
            return outcome(lambda: index.query(some_vectors(1)[0], 5))

        found = at_once(*[ask] * 6)
        assert [type(error) for error in found].count(CircuitOpen) == 4
        assert all(isinstance(error, RetryLater) for error in found)
        asked = len(hanging.connections)
        now.seconds += 100
        assert {type(ask()) for _ in range(50)} == {CircuitOpen}
        assert len(hanging.connections) == asked
        index.close()


def test_a_chroma_server_is_asked_for_by_its_probe_alone(tmp_path: Path, now: Elapsed) -> None:
    """When it is back, the next question is answered."""
    port = free_port()
    guard = breaker(now, failures=2, first=2.0, apart=True)
    index = ChromaIndex.at_server(f"http://127.0.0.1:{port}", Model(), breaker=guard)
    for kind in (RetryLater, RetryLater, CircuitOpen):
        assert type(outcome(index.count)) is kind
    now.seconds += 2
    assert type(outcome(index.probe)) is RetryLater
    with chroma_server(tmp_path, port):
        now.seconds += 4
        assert type(outcome(index.count)) is CircuitOpen
        index.probe()
        index.upsert([7], some_vectors(1))
        assert index.query(some_vectors(1)[0], 1)[0][0] == 7
        # Another process empties it: that is no trouble of the server, however many notice at once.
        other = ChromaIndex.at_server(f"http://127.0.0.1:{port}", Model())
        other.reset()
        at_once(*[lambda: outcome(index.count)] * 4)
        assert not guard.snapshot().open
        other.close()
    index.close()


def test_airtable_that_is_down_is_left_alone(server: AirtableServer, now: Elapsed) -> None:
    """Nothing is asked and no place under the rate is taken; after the cool-down one request finds it well."""
    waits: list[None] = []
    guard = breaker(now, failures=3, first=5.0, person=LockedOut)
    with connected(server, wait=lambda: waits.append(None), breaker=guard) as crm:
        server.fail("503", times=3)
        assert {type(failed(crm)) for _ in range(3)} == {RetryLater}
        asked = (len(server.requests), len(waits))
        error = failed(crm)
        assert isinstance(error, CircuitOpen)
        assert str(error) == "Airtable is in trouble (status 503)"
        assert error.retry_after == pytest.approx(5.5)
        assert (len(server.requests), len(waits)) == asked
        now.seconds += 5
        crm.upsert([lead()])
    assert len(server.rows()) == 1
    assert not guard.snapshot().open


@pytest.mark.parametrize(("kind", "opens"), [("429", False), ("401", True), ("billing", True)])
def test_airtable_says_no(server: AirtableServer, now: Elapsed, kind: str, opens: bool) -> None:
    """To be asked too often is no trouble of Airtable's; a token that it does not know opens at once."""
    guard = breaker(now, failures=1, person=LockedOut)
    with connected(server, breaker=guard) as crm:
        server.fail(kind, times=5)
        failed(crm)
    assert guard.snapshot().open is opens


def test_airtable_that_shows_no_schema_still_takes_rows(server: AirtableServer, now: Elapsed) -> None:
    """A token without that scope is no outage; one that may not write rows is."""
    guard = breaker(now, failures=1, person=LockedOut)
    with connected(server, breaker=guard) as crm:
        server.fail("403", method="GET")
        crm.upsert([lead()])
        assert len(server.rows()) == 1
        assert not guard.snapshot().open
        server.fail("403", method="PATCH")
        assert isinstance(failed(crm, 2), NeedsPerson)
    assert guard.snapshot().open


async def failing(model: OllamaModel) -> LeadbotError | None:
    """What a question ends with."""
    try:
        await model.answer("system", "prompt", SCHEMA)
    except LeadbotError as error:
        return error
    return None


@pytest.mark.parametrize("kind", ["refused", "hangs"])
async def test_ollama_that_is_away_is_left_alone(now: Elapsed, kind: str) -> None:
    """No connection, or one that nobody answers."""
    with silent() as hanging:
        url = hanging.url if kind == "hangs" else f"http://127.0.0.1:{free_port()}"
        model = OllamaModel(url, MODEL, 4096, 0.2, breaker(now, failures=2))
        found = [type(await failing(model)) for _ in range(4)]
        assert found == [RetryLater, RetryLater, CircuitOpen, CircuitOpen]
        await model.close()


async def test_ollama_that_comes_back_is_asked_again(now: Elapsed) -> None:
    """500s open it; a text that is refused, an answer without an end and a wish to slow down do not."""
    ollama = OllamaServer(otherwise=ok("{}"))
    await ollama.start()
    guard = breaker(now, failures=2, first=5.0)
    model = OllamaModel(ollama.url, MODEL, 4096, 5.0, guard)
    try:
        ollama.script.extend([status(429, "busy"), status(400, "bad text"), ok("{}", done_reason="length")] * 2)
        found = [await failing(model) for _ in range(6)]
        assert [isinstance(error, GiveUp) for error in found] == [False, True, False] * 2
        assert not guard.snapshot().open
        ollama.script.extend([status(500, "boom"), drop()])
        for _ in range(2):
            assert type(await failing(model)) is RetryLater
        assert type(await failing(model)) is CircuitOpen
        now.seconds += 5
        first, second = await asyncio.gather(failing(model), failing(model))
        assert (first, type(second)) == (None, CircuitOpen)
        assert await failing(model) is None
    finally:
        await model.close()
        await ollama.stop()


async def test_a_model_that_is_not_installed_opens_at_once(now: Elapsed) -> None:
    """With the words that say what to type."""
    ollama = OllamaServer(models={})
    await ollama.start()
    guard = breaker(now)
    model = OllamaModel(ollama.url, MODEL, 4096, 5.0, guard)
    try:
        assert type(await failing(model)) is NeedsPerson
        assert "not installed" in guard.snapshot().error
    finally:
        await model.close()
        await ollama.stop()
