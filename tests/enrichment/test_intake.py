"""The only door in: accepted means committed, for each message by itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from enrichment.adapters.store.messages import Messages
from enrichment.errors import RetryLater
from enrichment.intake import BATCH, Intake
from enrichment.models import RawMessage
from enrichment.store_ports import Accepted
from tests.enrichment.parts import Parts, raw


class Door(Messages):
    """The real store, whose commits can be held up, counted and broken.

    failing: what the next commits raise, in turn; poison: bytes that make any batch fail.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.database, parts.clock)
        self.batches: list[int] = []
        self.open = threading.Event()
        self.open.set()
        self.failing: list[Exception] = []
        self.poison = b"poison"

    def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:
        """As the store does, after the door is open."""
        self.batches.append(len(raws))
        self.open.wait(10)
        if self.failing:
            raise self.failing.pop(0)
        if any(one.content == self.poison for one in raws):
            raise ValueError("this cannot be stored")
        return super().accept_many(raws)


@pytest.fixture
def door(sqlite_parts: Parts) -> Door:
    """A door that is open."""
    return Door(sqlite_parts)


async def accept(intake: Intake, parts: Parts, *bodies: bytes) -> list[asyncio.Task[Accepted]]:
    """Hand the messages over, each by a sender of its own, and let the first commit begin."""
    tasks = [asyncio.create_task(intake.accept(raw(body, parts.clock))) for body in bodies]
    await asyncio.sleep(0.02)
    return tasks


async def test_what_arrives_during_a_commit_shares_the_next(sqlite_parts: Parts, door: Door) -> None:
    """One commit for the first, one for all the others, and each sender gets its own row."""
    told: list[None] = []
    intake = Intake(door, lambda: told.append(None))
    door.open.clear()
    tasks = await accept(intake, sqlite_parts, *(f"mail {n}".encode() for n in range(30)))
    # All were handed over before the first commit began.
    later = await accept(intake, sqlite_parts, *(f"late {n}".encode() for n in range(20)))
    assert not any(task.done() for task in tasks)
    door.open.set()
    accepted = await asyncio.gather(*tasks, *later)
    assert door.batches == [30, 20]
    assert len({one.id for one in accepted}) == 50
    assert all(one.new for one in accepted)
    assert len(told) == 2
    stored = sqlite_parts.messages.get(accepted[7].id)
    assert stored is not None
    assert stored.content == b"mail 7"


async def test_senders_that_shared_a_commit_share_the_next(
    sqlite_parts: Parts, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come back one after another, and the commit waits until as many are there."""
    monkeypatch.setattr("enrichment.intake.GATHER_SECONDS", 1.5)
    intake = Intake(door, lambda: None)
    await asyncio.gather(*await accept(intake, sqlite_parts, b"a1", b"b1", b"c1"))
    tasks = [*(await accept(intake, sqlite_parts, b"a2")), *(await accept(intake, sqlite_parts, b"b2"))]
    assert door.batches == [3]
    await asyncio.gather(*tasks, *(await accept(intake, sqlite_parts, b"c2")))
    assert door.batches == [3, 3]


async def test_senders_that_do_not_come_back_are_not_waited_for_long(
    sqlite_parts: Parts, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two that are here are stored without the third, and the next one alone at once."""
    monkeypatch.setattr("enrichment.intake.GATHER_SECONDS", 0.2)
    intake = Intake(door, lambda: None)
    await asyncio.gather(*await accept(intake, sqlite_parts, b"a1", b"b1", b"c1"))
    await asyncio.gather(*await accept(intake, sqlite_parts, b"a2", b"b2"))
    await asyncio.sleep(0.5)
    monkeypatch.setattr("enrichment.intake.GATHER_SECONDS", 60.0)
    await intake.accept(raw(b"a3", sqlite_parts.clock))
    assert door.batches == [3, 2, 1]


async def test_a_commit_has_a_largest_size(sqlite_parts: Parts, door: Door) -> None:
    """More than a batch goes into several commits, in the order in which they came."""
    intake = Intake(door, lambda: None)
    tasks = await accept(intake, sqlite_parts, *(f"mail {n}".encode() for n in range(BATCH + 5)))
    accepted = await asyncio.gather(*tasks)
    assert door.batches == [BATCH, 5]
    assert [one.id for one in accepted] == sorted(one.id for one in accepted)


async def test_a_repeat_wakes_nobody(sqlite_parts: Parts, door: Door) -> None:
    """The dispatcher is told of new messages only."""
    told: list[None] = []
    intake = Intake(door, lambda: told.append(None))
    first = await intake.accept(raw(b"same", sqlite_parts.clock))
    again = await intake.accept(raw(b"same", sqlite_parts.clock))
    assert (first.id, again.new, len(told)) == (again.id, False, 1)


async def test_a_store_that_is_away_refuses_all_that_wait_and_no_later_ones(sqlite_parts: Parts, door: Door) -> None:
    """Every sender of the batch is asked to try again; the next batch is stored."""
    intake = Intake(door, lambda: None)
    door.failing = [RetryLater("the database is locked")]
    tasks = await accept(intake, sqlite_parts, b"one", b"two")
    refused = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in refused] == [RetryLater, RetryLater]
    assert door.batches == [2]
    assert (await intake.accept(raw(b"one", sqlite_parts.clock))).new


async def test_a_message_that_cannot_be_stored_costs_no_other_its_answer(sqlite_parts: Parts, door: Door) -> None:
    """In a batch that fails for one message, the others are stored and only that one is refused."""
    intake = Intake(door, lambda: None)
    tasks = await accept(intake, sqlite_parts, b"one", b"poison", b"two")
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(answer, RetryLater) for answer in answers] == [False, True, False]
    assert sqlite_parts.scalar("SELECT count(*) FROM messages") == 2


async def test_a_sender_that_hangs_up_is_stored_all_the_same(sqlite_parts: Parts, door: Door) -> None:
    """Cancelled in the middle, during its commit or while it waits for one, the message is kept and the others too."""
    intake = Intake(door, lambda: None)
    door.open.clear()
    during, waiting, patient = (
        *(await accept(intake, sqlite_parts, b"during")),
        *(await accept(intake, sqlite_parts, b"waiting", b"patient")),
    )
    during.cancel()
    waiting.cancel()
    await asyncio.sleep(0)
    door.open.set()
    assert (await patient).new
    await intake.drain()
    assert sqlite_parts.scalar("SELECT count(*) FROM messages") == 3


async def test_a_sender_that_hangs_up_before_a_refusal_leaves_no_complaint(sqlite_parts: Parts, door: Door) -> None:
    """Nobody waits for the answer any more; the loop has nothing to report."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    intake = Intake(door, lambda: None)
    door.open.clear()
    door.failing = [RetryLater("the database is locked")]
    (task,) = await accept(intake, sqlite_parts, b"gone")
    task.cancel()
    await asyncio.sleep(0)
    door.open.set()
    await intake.drain()
    del task
    assert complaints == []


async def test_draining_waits_for_what_was_handed_over(sqlite_parts: Parts, door: Door) -> None:
    """After it nothing is on its way."""
    intake = Intake(door, lambda: None)
    await intake.drain()
    door.open.clear()
    tasks = await accept(intake, sqlite_parts, b"one")
    draining = asyncio.create_task(intake.drain())
    await asyncio.sleep(0.02)
    assert not draining.done()
    door.open.set()
    await draining
    assert all(task.done() for task in tasks)


async def test_an_acknowledged_message_may_come_again(sqlite_parts: Parts, door: Door) -> None:
    """After the sender has read our answer, equal bytes without a stamp are a new message."""
    intake = Intake(door, lambda: None)
    unstamped = raw(b"status ok", sqlite_parts.clock, stamped=False)
    first = await intake.accept(unstamped)
    await intake.acknowledge(first.id)
    assert (await intake.accept(unstamped)).id != first.id
