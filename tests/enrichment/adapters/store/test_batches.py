"""Which leads are rows of a batch card, on both databases."""

from __future__ import annotations

from functools import partial

import pytest

from enrichment.adapters.store import batches as module
from enrichment.adapters.store.batch_views import BatchViews
from enrichment.adapters.store.batches import BACKLOG, ROWS, Batches, Place, take_out
from enrichment.adapters.store.postings import Postings
from enrichment.errors import GiveUp, RetryLater
from enrichment.lead import LeadStatus
from tests.enrichment.adapters.store.test_plans import plans
from tests.enrichment.parts import Parts, at_once, match, triage


@pytest.fixture
def batches(parts: Parts) -> Batches:
    """The batches of the team of `parts.postings`."""
    return Batches(parts.database, parts.clock, "T1")


def backlog(parts: Parts, count: int = BACKLOG + 1, urgency: int = 10) -> list[int]:
    """So many cold leads that were never shown, each of its own party."""
    return [parts.lead(f"{number}@example.com", urgency=urgency) for number in range(count)]


def gathered(parts: Parts, batches: Batches) -> list[int]:
    """A backlog, all of it in one batch."""
    ids = backlog(parts)
    assert batches.gather(ids[0]) == Place(batch_id=1, opened=False, posted=False)
    return ids


def behind(parts: Parts) -> list[tuple[int, int]]:
    """The batch cards that are to be edited."""
    return BatchViews(parts.database, parts.clock, "T1", parts.views).behind("batch", 9)


def test_no_more_leads_than_can_be_shown_soon_get_cards_of_their_own(parts: Parts, batches: Batches) -> None:
    """Twenty may wait; with one more all of them are rows."""
    ids = backlog(parts, BACKLOG)
    assert batches.gather(ids[0]) is None
    assert batches.place(ids[0]) is None
    ids.append(parts.lead("last@example.com", urgency=10))
    assert batches.gather(ids[0]) == Place(batch_id=1, opened=False, posted=False)
    assert batches.rows(1) == dict.fromkeys(ids, False)


def test_only_cold_leads_become_rows_among_few_warm_ones(parts: Parts, batches: Batches) -> None:
    """Not those that are warm, claimed, answered again, shown before, or on their way to Slack."""
    ids = backlog(parts, BACKLOG + 3)
    warm = parts.lead("warm@example.com", urgency=40)
    parts.desk.claim(ids[0], "U1", "Maya")
    parts.leads.attach(parts.accept(), ids[1], "a reply")
    parts.views.caught_up("card", [(ids[2], 1)])
    parts.postings.begin(f"lead:{ids[3]}:card", "C1", None, "digest", ids[3])
    assert batches.gather(ids[0]) is None
    assert list(batches.rows(1)) == ids[4:]
    assert batches.place(warm) is None


def test_warm_leads_become_rows_when_too_many_of_them_wait(parts: Parts, batches: Batches) -> None:
    """Hot ones count, for they wait too, but are no rows; the cold ones keep their turn."""
    cold, hot = backlog(parts, 3), [parts.lead(f"h{n}@example.com", urgency=70) for n in range(BACKLOG - 1)]
    warm = [parts.lead("w0@example.com", urgency=40)]
    assert batches.gather(warm[0], warm=True) is None
    warm.append(parts.lead("w1@example.com", urgency=69))
    assert batches.gather(warm[0], warm=True) == Place(batch_id=1, opened=False, posted=False)
    assert sorted(batches.rows(1)) == warm
    assert [batches.place(lead_id) for lead_id in (*cold, *hot)] == [None] * (3 + len(hot))


def test_a_long_backlog_fills_several_batches_by_rank(parts: Parts, batches: Batches) -> None:
    """The most urgent in the first."""
    low, high = backlog(parts, 20, urgency=5), [parts.lead(f"h{n}@example.com", urgency=30) for n in range(ROWS - 10)]
    batches.gather(high[0])
    assert set(batches.rows(1)) == {*high, *low[:10]}
    assert list(batches.rows(2)) == low[10:]


def test_one_lead_alone_is_no_batch(parts: Parts, batches: Batches) -> None:
    """However many warm ones wait with it."""
    for number in range(BACKLOG + 1):
        parts.lead(f"w{number}@example.com", urgency=50)
    assert batches.gather(parts.lead(urgency=10)) is None


def test_gathering_again_changes_nothing(parts: Parts, batches: Batches) -> None:
    """After a crash, say: the batch is found as it was, and new ones go on beside it."""
    ids = gathered(parts, batches)
    assert batches.gather(ids[5]) == batches.place(ids[5])
    fresh = parts.lead("fresh@example.com", urgency=10)
    assert batches.gather(fresh) is None
    assert list(batches.rows(1)) == ids


def test_two_workers_that_gather_at_once_make_one_batch(parts: Parts) -> None:
    """No lead is in two."""
    ids = backlog(parts)
    places = at_once(*(partial(Batches(parts.database, parts.clock, "T1").gather, lead_id) for lead_id in ids[:4]))
    assert {place.batch_id for place in places} == {1}
    assert parts.scalar("SELECT count(*) FROM batch_leads") == len(ids)


def test_a_row_gets_no_card_before_it_is_opened(parts: Parts, batches: Batches) -> None:
    """Whoever tries to post it, as a worker that had read the lead before, writes nothing."""
    first, *_ = gathered(parts, batches)
    with pytest.raises(RetryLater, match="row of a batch card"):
        parts.postings.begin(f"lead:{first}:card", "C1", None, "digest", first)
    assert parts.postings.get(f"lead:{first}:card") is None
    assert Postings(parts.database, parts.clock, "T2").begin(f"lead:{first}:card", "C1", None, "digest", first)
    assert batches.open(first, "U1", "button")
    assert parts.postings.begin(f"lead:{first}:card", "C1", None, "digest", first).lead_id == first


def test_a_lead_is_a_row_or_a_card_whoever_is_quicker(parts: Parts, batches: Batches) -> None:
    """One worker posts while another gathers: each lead ends in one place."""
    ids = backlog(parts)

    def begin(lead_id: int) -> bool:
        try:
            return bool(parts.postings.begin(f"lead:{lead_id}:card", "C1", None, "digest", lead_id))
        except RetryLater:
            return False

    began = at_once(partial(batches.gather, ids[0]), *(partial(begin, lead_id) for lead_id in ids[:6]))[1:]
    rows = {lead_id for lead_id in ids if batches.place(lead_id)}
    assert rows.isdisjoint(lead_id for lead_id, did in zip(ids, began, strict=False) if did)
    assert {lead_id for lead_id, did in zip(ids, began, strict=False) if not did} <= rows


def test_opening_asks_for_the_card_at_once(parts: Parts, batches: Batches) -> None:
    """Before everything else that waits, for somebody is looking; who opened it is written down."""
    first, *_ = gathered(parts, batches)
    for view in ("card", "thread"):
        parts.views.caught_up(view, [(first, 1)])
    parts.lead("hot@example.com", urgency=95)
    assert batches.open(first, "U1", "button")
    assert parts.views.behind("card", 1) == [(first, 2)]
    assert batches.place(first) == Place(batch_id=1, opened=True, posted=False)
    (_, opened) = parts.history.of(first, ("opened",))
    assert (opened.actor, opened.detail) == ("U1", {"by": "button", "batch": 1})


def test_opening_twice_is_opening_once(parts: Parts, batches: Batches) -> None:
    """Of several presses at the same moment one does it."""
    first, *_ = gathered(parts, batches)
    assert sum(at_once(*(partial(batches.open, first, f"U{n}", "button") for n in range(4)))) == 1
    assert parts.scalar(f"SELECT revision FROM leads WHERE id = {first}") == 2
    with pytest.raises(GiveUp, match="no lead L-999"):
        batches.open(999, "U1", "button")


def test_leads_that_repeat_an_opened_one_are_drawn_again(parts: Parts, batches: Batches) -> None:
    """It has a thread now for their pointers; those that are rows themselves wait for their own opening."""
    first, *others = gathered(parts, batches)
    later = parts.open("later@example.com")
    parts.leads.complete(later, triage(50), [match(later, first)])
    parts.engine.connect().close()
    with parts.database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE leads SET duplicate_of = {first} WHERE id = {others[0]}")
    batches.open(first, "U1", "button")
    assert parts.scalar(f"SELECT revision FROM leads WHERE id = {later}") == 2
    assert parts.scalar(f"SELECT revision FROM leads WHERE id = {others[0]}") == 1


def test_batch_cards_are_edited_once_they_are_posted(parts: Parts, batches: Batches) -> None:
    """What changes while one is being edited is edited again; a failure waits and is told of."""
    gathered(parts, batches)
    views = BatchViews(parts.database, parts.clock, "T1", parts.views)
    batches.touch(1)
    assert (behind(parts), "batch" in parts.views.lag()) == ([], False)
    batches.posted(1)
    assert (behind(parts), parts.views.lag(("batch",))) == ([(1, 1)], {"batch": 1})
    batches.touch(1)
    views.caught_up("batch", [(1, 1)])
    views.failed("batch", 1, "Slack is away", 30)
    assert (views.failures("batch", 1), parts.views.trouble("batch"), behind(parts)) == (1, "Slack is away", [])
    parts.clock.move(30)
    assert behind(parts) == [(1, 2)]
    views.caught_up("batch", [(1, 2)])
    views.caught_up("batch", [(1, 1)])
    assert (behind(parts), views.failures("batch", 1), parts.views.trouble("batch")) == ([], 0, None)
    assert parts.views.last_success(("batch",)) == {"batch": parts.clock.now()}


def test_deleted_leads_leave_their_batch(parts: Parts, batches: Batches) -> None:
    """The card is to be edited; a batch without leads can go, one with some cannot."""
    ids = gathered(parts, batches)
    batches.posted(1)
    with parts.database.begin() as connection:
        take_out(connection, ids[1:])
    assert (list(batches.rows(1)), behind(parts)) == (ids[:1], [(1, 1)])
    batches.drop(1)
    assert list(batches.rows(1)) == ids[:1]
    with parts.database.begin() as connection:
        take_out(connection, ids[:1])
    batches.drop(1)
    assert (behind(parts), parts.scalar("SELECT count(*) FROM batches")) == ([], 0)


def test_rows_move_to_another_slack_and_back(parts: Parts, batches: Batches) -> None:
    """Open ones are shown anew there; on the way back they are where they were, and looked at again."""
    closed, *ids = gathered(parts, batches)
    parts.postings.begin("batch:1", "C1", None, "digest", None)
    batches.posted(1)
    parts.desk.close(closed, "U1", "Maya", LeadStatus.LOST)
    for view in ("card", "thread"):
        parts.views.caught_up(view, [(closed, 2), *((lead_id, 1) for lead_id in ids)])
    assert parts.views.draw_again_where_missing("T1") == 0
    batches.touch(1)
    assert parts.views.draw_again_where_missing("T2") == len(ids)
    assert "batch" not in parts.views.lag()
    there = Batches(parts.database, parts.clock, "T2")
    assert there.place(ids[0]) is None
    Postings(parts.database, parts.clock, "T2").begin("lead:1:card", "C1", None, "digest", ids[0])
    assert parts.views.draw_again_where_missing("T1") == len(ids) + 1
    assert batches.place(ids[0]) == Place(batch_id=1, opened=False, posted=False)


def test_a_card_costs_no_more_however_many_wait(sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the loops ask for each card is looked up by an index."""
    monkeypatch.setattr(module, "BACKLOG", 0)
    batches = Batches(sqlite_parts.database, sqlite_parts.clock, "T1")
    ids = backlog(sqlite_parts, 3)
    with plans(sqlite_parts.engine) as steps:
        batches.gather(ids[0])
        batches.gather(ids[0], warm=True)
        batches.place(ids[0])
        sqlite_parts.postings.begin("x", "C1", None, "digest", None)
        batches.open(ids[0], "U1", "button")
        batches.rows(1)
    scans = {step.split()[1] for step in steps if step.startswith("SCAN ")}
    assert scans <= {"(subquery-1)", "anon_1", "CONSTANT"}
