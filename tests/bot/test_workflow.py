"""Durable workflows: every message is worked on until it has ended. One running instance for all of these tests."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.workflow import AT_WORK
from enrichment.errors import RetryLater
from enrichment.models import MessageState, StoredMessage
from tests.bot import workflow_house
from tests.bot.workflow_house import Works, flows
from tests.enrichment import fixtures
from tests.enrichment.house import mail

# The core's own fixtures; this folder's conftest has others by some of the names.
migrated_file = fixtures.migrated_file
works = workflow_house.works


pytestmark = pytest.mark.asyncio(loop_scope="module")


def accept(works: Works, count: int, words: str = "My brakes grind.") -> list[int]:
    """The rows of so many new messages, each from another customer."""
    return [works.parts.accept(mail(f"c{next(works.parts.numbers)}@example.com", words)) for _ in range(count)]


def ended(works: Works, ids: list[int]) -> Callable[[], bool]:
    """Whether these messages are in progress no more; each look lets time pass, so that retries come due."""

    def look() -> bool:
        works.parts.clock.move(0.2)
        return all(works.parts.state(message_id) != MessageState.IN_PROGRESS for message_id in ids)

    return look


async def test_a_message_is_dispatched_and_done_once(works: Works) -> None:
    """Dispatched again and again, each is worked on once and ends; whoever waits is told."""
    works.ended.clear()
    works.parser.parsed.clear()
    ids = accept(works, 6)
    await works.until(lambda: len(works.ended) == 6)
    assert works.flows.dispatch() == 0
    assert works.ended == [MessageState.LEAD] * 6
    assert works.all_in(MessageState.LEAD, ids)
    assert len(works.parser.parsed) == 6
    await works.until(lambda: len(works.flows_of(*ids, status="SUCCESS")) == 6)
    assert sorted(works.flows_of(*ids)) == sorted(f"message:{message_id}:1" for message_id in ids)


async def test_a_message_that_always_fails_is_set_aside_and_the_next_goes_through(works: Works) -> None:
    """Three attempts, each a workflow of its own, then quarantine with the stage and the error."""
    (bad,), (good,) = accept(works, 1, "poison"), accept(works, 1)
    await works.until(ended(works, [bad, good]))
    assert works.flows_of(bad) == [f"message:{bad}:{attempt}" for attempt in (1, 2, 3)]
    (aside,) = works.parts.ledger.quarantined()
    assert (aside.id, aside.stage, aside.error) == (bad, "parse", "ValueError: this mail breaks the parser")
    assert works.parts.state(good) == MessageState.LEAD


async def test_a_row_that_cannot_be_loaded_is_set_aside(works: Works) -> None:
    """What makes no sense in the store itself is no reason to try for ever."""
    (odd,) = accept(works, 1)
    with works.parts.database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE messages SET channel = 'pigeon' WHERE id = {odd}")
    await works.until(ended(works, [odd]))
    newest = works.parts.ledger.quarantined()[0]
    assert (newest.id, newest.stage) == (odd, "load")


async def test_only_ids_pass_through_dbos(works: Works) -> None:
    """Its rows outlive an erasure: nothing of the customer's is in them."""
    (message_id,) = accept(works, 1, "secret words")
    await works.until(ended(works, [message_id]))
    with works.parts.database.begin() as connection:
        tables = set(sa.inspect(connection).get_table_names()) - {"messages", "contacts", "contact_points", "leads"}
        assert "workflow_status" in tables
        for table in tables:
            rows = str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
            assert "secret" not in rows, table
            assert "@example.com" not in rows, table


async def test_what_was_dispatched_in_a_rolled_back_transaction_is_not_queued(works: Works) -> None:
    """The mark on the message and the row in the queue are there together or not at all."""
    (message_id,) = accept(works, 1)

    def breaks(connection: sa.Connection, message_id: int, attempt: int) -> None:
        works.flows._enqueue(connection, message_id, attempt)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        works.parts.messages.dispatch(9, breaks)
    assert works.flows_of(message_id) == []
    assert works.parts.messages.dispatched() == []
    await works.until(ended(works, [message_id]))
    assert works.flows_of(message_id) == [f"message:{message_id}:1"]


async def test_a_message_whose_workflow_is_gone_is_rescued(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets a workflow for its next attempt, however many there are; what is alive or has ended is left alone."""
    monkeypatch.setattr("bot.workflow.AT_ONCE", 2)
    lost = accept(works, 5)
    works.parts.messages.dispatch(9, lambda *_: None)
    assert await works.flows.rescue() == 5
    assert await works.flows.rescue() == 0
    await works.until(ended(works, lost))
    assert await works.flows.rescue() == 0
    assert sorted(works.flows_of(*lost)) == sorted(f"message:{message_id}:2" for message_id in lost)


async def test_of_a_flood_only_so_many_are_enqueued_ahead(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest waits in the store, follows as they end, and each is still worked on once."""
    monkeypatch.setattr("bot.workflow.AHEAD", 5)
    assert await works.flows.rescue() == 0
    ids = accept(works, 20)
    assert works.flows.dispatch() == 5
    assert works.flows.dispatch() <= 5
    await works.until(ended(works, ids))
    assert sorted(works.flows_of(*ids)) == sorted(f"message:{message_id}:1" for message_id in ids)


async def test_no_more_are_worked_on_than_the_cores_can_do_with(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many DBOS has handed over at once."""
    at_once: list[int] = []
    now = 0
    lock = threading.Lock()
    run = works.parts.messages.get

    def counted(message_id: int) -> StoredMessage | None:
        nonlocal now
        with lock:
            now += 1
            at_once.append(now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return run(message_id)

    monkeypatch.setattr(works.parts.messages, "get", counted)
    await works.until(ended(works, accept(works, 3 * AT_WORK)))
    assert len(at_once) >= 3 * AT_WORK
    assert max(at_once) <= AT_WORK


async def test_a_failure_that_could_not_be_noted_is_rescued(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store itself is away at the end of a workflow, the message is not left behind."""
    (message_id,) = accept(works, 1)

    def away(*_: object, **__: object) -> MessageState:
        raise RetryLater("the database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(works.parts.messages, "get", away)
        broken.setattr(works.parts.messages, "fail", away)
        await works.until(lambda: works.flows_of(message_id, status="ERROR"))
    assert await works.flows.rescue() == 1
    await works.until(ended(works, [message_id]))
    assert works.parts.state(message_id) == MessageState.LEAD


async def test_a_digest_is_posted_once_for_a_date(works: Works) -> None:
    """However often the clock, or several workers' clocks, ask for it."""
    for date in ("2026-11-20", "2026-11-20", "2026-11-21"):
        await works.flows.start_digest(date)
    await works.until(lambda: len(works.digests) >= 2)
    assert sorted(works.digests) == ["2026-11-20", "2026-11-21"]


async def test_a_digest_that_failed_is_begun_again(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later and later, until it is posted; one that was never begun or is posted is left alone."""
    monkeypatch.setattr("bot.workflow.DIGEST_AGAIN", 0.05)
    day = "2026-12-01"
    await works.flows.resume_digest(day)
    assert works.digest_ids(day) == {}
    works.digest_fails = 2
    await works.flows.start_digest(day)
    await works.until(lambda: works.digest_ids(day) == {f"digest:{day}": "ERROR"})
    async with asyncio.timeout(10):
        while works.digests.count(day) < 3:
            await works.flows.resume_digest(day)
            await asyncio.sleep(0.02)
    wanted = {f"digest:{day}": "ERROR", f"digest:{day}:2": "ERROR", f"digest:{day}:3": "SUCCESS"}
    await works.until(lambda: works.digest_ids(day) == wanted)
    await works.flows.resume_digest(day)
    assert works.digest_ids(day) == wanted


async def test_dbos_speaks_through_our_logs(works: Works) -> None:
    """Its own handler would write what an exception says as it is."""
    theirs = logging.getLogger("dbos")
    assert works.flows is not None
    assert (theirs.handlers, theirs.propagate) == ([], True)


async def test_a_digest_that_has_just_failed_is_left_for_a_while(works: Works) -> None:
    """Slack, which did not answer just now, is not asked at every tick."""
    works.digest_fails = 1
    await works.flows.start_digest("2026-12-02")
    await works.until(lambda: "ERROR" in works.digest_ids("2026-12-02").values())
    await works.flows.resume_digest("2026-12-02")
    assert len(works.digest_ids("2026-12-02")) == 1


async def test_what_ended_long_ago_is_deleted(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it, however much; what ended lately stays, for it says that a message is not to be run again."""
    monkeypatch.setattr("bot.workflow.AT_ONCE", 2)
    ids = accept(works, 5)
    await works.until(lambda: len(works.flows_of(*ids, status="SUCCESS")) == 5)
    now = datetime.now(UTC)
    await works.flows.forget_old(now)
    assert len(works.flows_of(*ids)) == 5
    await works.flows.forget_old(now + timedelta(days=8))
    assert flows(works.parts) == []
