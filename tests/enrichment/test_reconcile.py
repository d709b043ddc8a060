"""The loop that catches a view up with the leads, on the real store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

import pytest

from enrichment import reconcile
from enrichment.errors import GiveUp, NeedsPerson, RetryLater
from enrichment.reconcile import Reconciler
from tests.enrichment.parts import Parts


class Wall:
    """A view that remembers what was put up; implements enrichment.store_ports.Target.

    refuse: what it raises when one of these leads is among those to be shown.
    """

    def __init__(self, name: str = "card", batch: int = 10, after: str | None = None) -> None:
        self.name = name
        self.batch = batch
        self.after = after
        self.calls: list[list[int]] = []
        self.shown: list[int] = []
        self.refuse: dict[int, Exception] = {}
        self.during: Callable[[], object] = lambda: None

    async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
        """Put the leads up, or refuse them all."""
        ids = [lead_id for lead_id, _ in leads]
        self.calls.append(ids)
        self.during()
        for lead_id in ids:
            if lead_id in self.refuse:
                raise self.refuse[lead_id]
        self.shown += ids


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the loop makes, in seconds, without waiting for them."""
    made: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds == reconcile.LEASE_SECONDS / 3:
            await real(seconds)  # the keeper of the lease
        made.append(seconds)
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return made


async def steps(loop: Reconciler) -> int:
    """Work until nothing is left to do now; how many steps did something."""
    count = 0
    while await loop.step():
        count += 1
    return count


async def test_the_most_urgent_lead_is_shown_first(sqlite_parts: Parts) -> None:
    """In the target's batches, until nothing is behind."""
    low, high, middle = (sqlite_parts.lead(urgency=urgency) for urgency in (10, 90, 50))
    wall = Wall(batch=2)
    assert await steps(Reconciler(wall, sqlite_parts.views, "one")) == 2
    assert wall.calls == [[high, middle], [low]]
    assert sqlite_parts.views.behind("card", 9) == []


async def test_a_view_that_waits_for_another_is_shown_after_it(sqlite_parts: Parts) -> None:
    """A thread only below a card that is there."""
    sqlite_parts.lead()
    thread = Wall("thread", after="card")
    done: list[None] = []
    cards = Reconciler(Wall(), sqlite_parts.views, "one", done=lambda: done.append(None))
    threads = Reconciler(thread, sqlite_parts.views, "one")
    assert await steps(threads) == 0
    assert await steps(cards) == 1
    assert done == [None]
    assert await steps(threads) == 1
    assert thread.shown == [1]


async def test_what_changes_while_it_is_drawn_is_drawn_again(sqlite_parts: Parts) -> None:
    """A reply that comes during the drawing is not lost."""
    lead_id = sqlite_parts.lead()
    wall = Wall()

    def reply() -> None:
        if len(wall.calls) == 1:
            sqlite_parts.leads.attach(sqlite_parts.accept(), lead_id, "a reply")

    wall.during = reply
    assert await steps(Reconciler(wall, sqlite_parts.views, "one")) == 2
    assert wall.shown == [lead_id, lead_id]


@pytest.mark.parametrize("random", [0.0, 0.5, 1.0])
async def test_what_a_service_asks_for_is_the_least(sqlite_parts: Parts, pauses: list[float], random: float) -> None:
    """No spread makes us come back before Slack's Retry-After is over."""
    sqlite_parts.lead()
    wall = Wall()
    wall.refuse = {1: RetryLater("Slack asks to slow down", retry_after=20)}
    await Reconciler(wall, sqlite_parts.views, "one", random=lambda: random).step()
    assert pauses[-1] >= 20
    sqlite_parts.clock.move(19.9)
    assert sqlite_parts.views.behind("card", 9) == []


@pytest.mark.usefixtures("pauses")
async def test_one_bad_lead_does_not_hold_up_the_others_of_its_batch(sqlite_parts: Parts) -> None:
    """They are tried one by one; the bad one is set aside for an hour, with its error."""
    ids = [sqlite_parts.lead(urgency=90 - number) for number in range(4)]
    wall = Wall()
    wall.refuse = {ids[1]: GiveUp("this lead cannot be shown")}
    await steps(Reconciler(wall, sqlite_parts.views, "one"))
    assert wall.shown == [ids[0], ids[2], ids[3]]
    assert sqlite_parts.views.failures("card", ids[1]) == 1
    assert sqlite_parts.scalar("SELECT error FROM views WHERE error IS NOT NULL") == "this lead cannot be shown"
    sqlite_parts.clock.move(reconcile.GIVE_UP_SECONDS - 1)
    assert sqlite_parts.views.behind("card", 9) == []
    sqlite_parts.clock.move(1)
    assert sqlite_parts.views.behind("card", 9) == [(ids[1], 1)]


async def test_a_lead_set_aside_makes_no_pause(sqlite_parts: Parts, pauses: list[float]) -> None:
    """It is the lead that is bad, not the service."""
    sqlite_parts.lead()
    wall = Wall()
    wall.refuse = {1: GiveUp("this lead cannot be shown")}
    await Reconciler(wall, sqlite_parts.views, "one").step()
    assert max(pauses[-1:]) == 0


async def test_a_service_that_is_away_is_left_alone(sqlite_parts: Parts, pauses: list[float]) -> None:
    """For as long as it asks; the other leads of the batch are not tried one after the other, nor marked as failed."""
    ids = [sqlite_parts.lead(urgency=90 - number) for number in range(4)]
    wall = Wall()
    wall.refuse = dict.fromkeys(ids, RetryLater("Slack is busy", retry_after=7))
    await Reconciler(wall, sqlite_parts.views, "one").step()
    assert wall.calls == [ids, ids[:1]]
    assert pauses[-1] == 7
    assert [sqlite_parts.views.failures("card", lead_id) for lead_id in ids] == [1, 0, 0, 0]
    wall.refuse = {}
    sqlite_parts.clock.move(7)
    assert await Reconciler(wall, sqlite_parts.views, "one").step() == 4
    assert wall.shown == ids


async def test_a_long_outage_makes_no_lead_wait_long_after_it(sqlite_parts: Parts, pauses: list[float]) -> None:
    """However often a lead has failed by the service's fault, it is tried again within the longest pause."""
    lead_id = sqlite_parts.lead()
    wall = Wall()
    wall.refuse = {lead_id: RetryLater("Slack is away")}
    loop = Reconciler(wall, sqlite_parts.views, "one")
    for _ in range(12):
        assert await loop.step() == 1
        sqlite_parts.clock.move(reconcile.LONGEST_PAUSE)
    assert max(pauses) <= reconcile.LONGEST_PAUSE
    assert len(wall.calls) == 12


async def test_an_outage_of_days_stops_nothing(sqlite_parts: Parts, pauses: list[float]) -> None:
    """After thousands of failures in a row the pause is still the longest one, and the failure is still written."""
    lead_id = sqlite_parts.lead()
    wall = Wall()
    for number, trouble in enumerate((RetryLater("Slack is away"), KeyError("oops")), 1):
        wall.refuse = {lead_id: trouble}
        with sqlite_parts.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE views SET failures = 5000, retry_at = NULL")
        assert await Reconciler(wall, sqlite_parts.views, "one").step() == 1
        assert len(wall.calls) == number
        assert sqlite_parts.views.failures("card", lead_id) == 5001
    assert max(pauses) == reconcile.LONGEST_PAUSE


async def test_a_person_is_waited_for_without_a_hurry(sqlite_parts: Parts, pauses: list[float]) -> None:
    """A revoked token is asked about again and again, with long pauses, and the lead is kept."""
    sqlite_parts.lead()
    wall = Wall()
    wall.refuse = {1: NeedsPerson("invalid_auth: mend SLACK_BOT_TOKEN")}
    await Reconciler(wall, sqlite_parts.views, "one").step()
    assert pauses[-1] == reconcile.LONGEST_PAUSE
    sqlite_parts.clock.move(reconcile.NEEDS_PERSON_SECONDS)
    assert sqlite_parts.views.behind("card", 9) == [(1, 1)]


@pytest.mark.parametrize(("random", "expected"), [(1.0, [1, 2, 4, 8]), (0.0, [1, 1, 2, 4])])
async def test_an_unknown_error_is_tried_again_ever_more_slowly(
    sqlite_parts: Parts, pauses: list[float], random: float, expected: list[int]
) -> None:
    """A bug of ours in one lead stops neither the loop nor the others; leads that fail at once come back apart."""
    sqlite_parts.lead()
    wall = Wall()
    wall.refuse = {1: KeyError("oops")}
    loop = Reconciler(wall, sqlite_parts.views, "one", random=lambda: random)
    waits = []
    for _ in range(4):
        await loop.step()
        seconds = 0
        while not sqlite_parts.views.behind("card", 9):
            sqlite_parts.clock.move(1)
            seconds += 1
        waits.append(seconds)
    assert waits == expected
    assert max(pauses) == 0


async def test_nothing_is_done_while_another_holds_the_lease(sqlite_parts: Parts) -> None:
    """Two workers never draw one view at once; after its time the lease is taken over."""
    sqlite_parts.lead()
    sqlite_parts.views.lease("card", "other", reconcile.LEASE_SECONDS)
    wall = Wall()
    loop = Reconciler(wall, sqlite_parts.views, "one")
    assert await loop.step() == 0
    assert wall.calls == []
    sqlite_parts.clock.move(reconcile.LEASE_SECONDS + 1)
    assert await loop.step() == 1


async def test_a_lease_that_was_just_taken_is_not_written_for_every_batch(
    sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a flood each card is a batch; the lease is good for many of them, and is taken anew in time."""
    taken: list[str] = []
    real = sqlite_parts.views.lease

    def lease(name: str, holder: str, seconds: float) -> bool:
        taken.append(name)
        return real(name, holder, seconds)

    monkeypatch.setattr(sqlite_parts.views, "lease", lease)
    for _ in range(4):
        sqlite_parts.lead()
    loop = Reconciler(Wall(batch=1), sqlite_parts.views, "one")
    assert await loop.step()
    assert await loop.step()
    assert taken == ["card"]
    loop._sure_until = asyncio.get_running_loop().time()  # a third of the lease later
    assert await loop.step()
    assert taken == ["card", "card"]


async def test_a_lease_is_kept_while_a_batch_takes_long(sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel's rate may hold a card up for longer than the lease; nobody else may draw it then."""
    monkeypatch.setattr(reconcile, "LEASE_SECONDS", 0.06)
    sqlite_parts.lead()
    taken: list[bool] = []

    class Slow(Wall):
        async def catch_up(self, leads: Sequence[tuple[int, int]]) -> None:
            for _ in range(5):
                await asyncio.sleep(0.04)
                sqlite_parts.clock.move(0.04)
                taken.append(sqlite_parts.views.lease("card", "other", 0.06))
            await super().catch_up(leads)

    assert await Reconciler(Slow(), sqlite_parts.views, "one").step() == 1
    assert taken == [False] * 5


async def test_the_loop_works_when_it_is_woken_and_survives_a_store_that_is_away(sqlite_parts: Parts) -> None:
    """A locked database ends no loop; the next wake tries again."""
    sqlite_parts.lead()
    wall = Wall()
    loop = Reconciler(wall, sqlite_parts.views, "one")
    real = sqlite_parts.views.behind
    failing = [RetryLater("the database is locked")]

    def behind(view: str, limit: int, after: str | None = None) -> list[tuple[int, int]]:
        if failing:
            raise failing.pop()
        return real(view, limit, after)

    sqlite_parts.views.behind = behind  # type: ignore[method-assign,assignment]  # a fault where it would really strike
    task = asyncio.create_task(loop.run())
    for _ in range(2):
        loop.wake()
        await asyncio.sleep(0.05)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert wall.shown == [1]
