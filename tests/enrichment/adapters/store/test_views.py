"""How far the views are, leases and rates; on both databases."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrichment.adapters.store.lead_statements import VIEWS
from enrichment.adapters.store.postings import Postings
from enrichment.adapters.store.views import LONGEST_WAIT
from enrichment.models import LeadStatus
from tests.enrichment.parts import Parts, at_once


def test_the_most_urgent_lead_comes_first(parts: Parts) -> None:
    """Then the oldest, and no more than asked for."""
    low, high, high_too = (parts.lead(urgency=urgency) for urgency in (10, 90, 90))
    assert parts.views.behind("card", 9) == [(high, 1), (high_too, 1), (low, 1)]
    assert parts.views.behind("card", 1) == [(high, 1)]


def test_what_was_shown_is_not_behind_until_it_is_raised(parts: Parts) -> None:
    """A view is behind exactly while it shows less than is wanted."""
    lead_id = parts.lead()
    parts.views.caught_up("card", [(lead_id, 1)])
    assert parts.views.behind("card", 9) == []
    parts.leads.attach(parts.accept(), lead_id, "a reply")
    assert parts.views.behind("card", 9) == [(lead_id, 2)]


def test_what_is_shown_never_goes_back(parts: Parts) -> None:
    """A slow worker that reports an older revision changes nothing."""
    lead_id = parts.lead()
    parts.leads.attach(parts.accept(), lead_id, "a reply")
    parts.views.caught_up("card", [(lead_id, 2)])
    parts.views.caught_up("card", [(lead_id, 1)])
    assert parts.views.behind("card", 9) == []


def test_an_older_revision_leaves_the_view_behind(parts: Parts) -> None:
    """What was raised while a card was drawn is drawn again."""
    lead_id = parts.lead()
    parts.leads.attach(parts.accept(), lead_id, "a reply")
    parts.views.caught_up("card", [(lead_id, 1)])
    assert parts.views.behind("card", 9) == [(lead_id, 2)]


def test_a_view_may_wait_for_another(parts: Parts) -> None:
    """Threads have nothing to do while a card is due, and none goes before its own card."""
    first, second = parts.lead(), parts.lead()
    parts.views.caught_up("card", [(second, 1)])
    assert parts.views.behind("thread", 9, "card") == []
    parts.views.failed("card", first, "refused", 3600)
    assert parts.views.behind("thread", 9, "card") == [(second, 1)]
    parts.views.caught_up("card", [(first, 1)])
    assert len(parts.views.behind("thread", 9, "card")) == 2


def test_a_view_waits_until_the_other_has_what_is_new(parts: Parts) -> None:
    """A thread that knew of a change before its card could be drawn by two workers at once, card and all."""
    lead_id = parts.lead()
    parts.views.caught_up("card", [(lead_id, 1)])
    parts.desk.claim(lead_id, "U1", "Maya")
    parts.views.failed("card", lead_id, "refused", 3600)
    assert parts.views.behind("thread", 9, "card") == []
    parts.views.caught_up("card", [(lead_id, 2)])
    assert parts.views.behind("thread", 9, "card") == [(lead_id, 2)]


def test_a_failed_lead_waits_and_its_failures_are_counted(parts: Parts) -> None:
    """It comes again after its delay; showing it forgets the failures."""
    lead_id = parts.lead()
    parts.views.failed("card", lead_id, "Slack is away", 30)
    parts.views.failed("card", lead_id, "Slack is away", 30)
    assert parts.views.failures("card", lead_id) == 2
    assert parts.views.behind("card", 9) == []
    assert parts.views.lag() == dict.fromkeys(VIEWS, 1)
    parts.clock.move(30)
    assert parts.views.behind("card", 9) == [(lead_id, 1)]
    parts.views.caught_up("card", [(lead_id, 1)])
    assert parts.views.failures("card", lead_id) == 0


def test_many_leads_are_caught_up_in_one_commit(parts: Parts) -> None:
    """Each with its own revision; an older one never overwrites a newer."""
    first, second, third = (parts.open() for _ in range(3))
    parts.views.caught_up("index", [(third, 7)])
    parts.views.caught_up("index", [(second, 1), (third, 1)])
    assert parts.views.behind("index", 9) == [(first, 1)]
    assert parts.views.count_shown("index") == 2
    assert parts.views.lag() == {"index": 1}


def test_a_view_that_starts_over_is_behind_with_every_lead(parts: Parts) -> None:
    """Those that had failed too, at once."""
    ids = [parts.open() for _ in range(3)]
    parts.views.caught_up("index", [(ids[0], 1), (ids[1], 1)])
    parts.views.failed("index", ids[2], "broken", 3600)
    assert parts.views.start_over("index") == 3
    assert [lead_id for lead_id, _ in parts.views.behind("index", 9)] == ids
    assert parts.views.count_shown("index") == 0


def test_a_batch_on_its_way_does_not_count_after_a_new_start(parts: Parts) -> None:
    """What was put into the old index is still to be put into the new one."""
    lead_id = parts.open()
    on_its_way = parts.views.behind("index", 9)
    parts.views.start_over("index")
    parts.views.caught_up("index", on_its_way)
    (again,) = parts.views.behind("index", 9)
    assert again[0] == lead_id
    parts.views.caught_up("index", [again])
    assert parts.views.behind("index", 9) == []


def test_a_lease_belongs_to_one_until_it_ends(parts: Parts) -> None:
    """Its holder may renew it; another gets it only after its time."""
    assert parts.views.lease("card", "one", 30)
    assert not parts.views.lease("card", "other", 30)
    assert parts.views.lease("thread", "other", 30)
    parts.clock.move(20)
    assert parts.views.lease("card", "one", 30)
    parts.clock.move(29)
    assert not parts.views.lease("card", "other", 30)
    parts.clock.move(2)
    assert parts.views.lease("card", "other", 30)
    assert not parts.views.lease("card", "one", 30)


def test_a_lease_is_given_to_one_of_many(parts: Parts) -> None:
    """Workers that ask at once: one gets it."""
    assert sum(at_once(*(partial(parts.views.lease, "card", f"worker {n}", 30) for n in range(4)))) == 1


def test_a_lease_does_not_outlive_a_clock_set_back(parts: Parts) -> None:
    """A dead holder's lease does not hold for the hour by which the clock was put right."""
    parts.views.lease("card", "dead", 30)
    parts.clock.move(-3600)
    assert parts.views.lease("card", "alive", 30)


def test_a_lease_is_not_taken_by_a_clock_that_is_behind(parts: Parts) -> None:
    """Another worker's clock, or one that was looked at a moment before the holder kept its lease."""
    assert parts.views.lease("card", "one", 30)
    parts.clock.move(-2)
    assert not parts.views.lease("card", "other", 30)


def test_a_rate_lets_a_burst_through_and_then_one_at_a_time(parts: Parts) -> None:
    """Five at once, then a second apart each."""
    waits = [parts.views.reserve("slack:C1", 1.0, 5) for _ in range(8)]
    assert waits == pytest.approx([0, 0, 0, 0, 0, 1, 2, 3])
    assert parts.views.reserve("slack:C2", 1.0, 5) == 0


def test_a_rate_recovers_with_time(parts: Parts) -> None:
    """After a quiet time the burst is there again, and no larger."""
    for _ in range(5):
        parts.views.reserve("slack:C1", 1.0, 5)
    parts.clock.move(3600)
    assert [parts.views.reserve("slack:C1", 1.0, 5) for _ in range(6)] == pytest.approx([0, 0, 0, 0, 0, 1])


def test_workers_at_once_get_different_places(parts: Parts) -> None:
    """No two of them may send in the same second."""
    waits = at_once(*[partial(parts.views.reserve, "slack:C1", 1.0, 1)] * 6)
    assert sorted(waits) == pytest.approx([0, 1, 2, 3, 4, 5])


def test_who_would_wait_too_long_takes_no_place(parts: Parts) -> None:
    """However many ask, the places within the next minute go to one each, and nobody else's wait grows."""
    waits = [parts.views.reserve("slack:C1", 1.0, 1) for _ in range(80)]
    given_out = [wait for wait in waits if wait <= LONGEST_WAIT]
    assert given_out == pytest.approx(range(61))
    assert waits[61:] == pytest.approx([61.0] * 19)
    parts.clock.move(1)
    assert parts.views.reserve("slack:C1", 1.0, 1) == pytest.approx(60)


def test_a_clock_set_back_does_not_silence_a_channel(parts: Parts) -> None:
    """Places that lie further ahead than any are given are forgotten."""
    for _ in range(9):
        parts.views.reserve("slack:C1", 1.0, 5)
    parts.clock.move(-3600)
    assert parts.views.reserve("slack:C1", 1.0, 5) == 0


@settings(max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pauses=st.lists(st.floats(0, 4), min_size=1, max_size=25),
    per_second=st.sampled_from([0.5, 1.0, 4.0]),
    burst=st.integers(1, 6),
    key=st.uuids(),
)
def test_no_window_ever_holds_more_than_the_rate(
    sqlite_parts: Parts, pauses: list[float], per_second: float, burst: int, key: object
) -> None:
    """Whenever places are asked for, at most burst + t * rate of them lie in any t seconds."""
    times = []
    for pause in pauses:
        sqlite_parts.clock.move(pause)
        wait = sqlite_parts.views.reserve(f"slack:{key}", per_second, burst)
        if wait <= LONGEST_WAIT:
            times.append(sqlite_parts.clock.now().timestamp() + wait)
    for first in range(len(times)):
        for last in range(first, len(times)):
            assert last - first + 1 <= burst + (times[last] - times[first]) * per_second + 1e-3


def drawn(parts: Parts, *, team: str = "T1", posted: bool = True, **changes: Any) -> int:
    """The number of a lead whose card and thread are in this team."""
    lead_id = parts.lead(**changes)
    for view in ("card", "thread"):
        parts.views.caught_up(view, [(lead_id, 1)])
    if posted:
        Postings(parts.database, parts.clock, team).begin(f"lead:{lead_id}:card", "C1", None, "digest", lead_id)
    return lead_id


def behind(parts: Parts) -> dict[str, list[tuple[int, int]]]:
    """What the views of Slack have to show."""
    return {view: parts.views.behind(view, 99) for view in ("card", "thread")}


def test_open_leads_are_drawn_again_in_another_slack(parts: Parts) -> None:
    """Open and claimed ones; the thread after its card; a second time nothing more."""
    opened, claimed = drawn(parts, urgency=10), drawn(parts, urgency=90)
    parts.desk.claim(claimed, "U1", "Maya")
    for view in ("card", "thread"):
        parts.views.caught_up(view, [(claimed, 2)])
    assert parts.views.draw_again_where_missing("T1") == 0
    assert behind(parts) == {"card": [], "thread": []}
    assert parts.views.draw_again_where_missing("T2") == 2
    assert behind(parts) == {"card": (both := [(claimed, 2), (opened, 1)]), "thread": both}
    assert parts.views.behind("thread", 9, "card") == []
    assert parts.views.draw_again_where_missing("T2") == 0


def test_what_is_closed_a_sample_or_not_shown_yet_stays_as_it_is(parts: Parts) -> None:
    """Closed leads are history, samples are for trying, and a lead that was never drawn comes by itself."""
    closed = drawn(parts)
    parts.desk.close(closed, "U1", "Maya", LeadStatus.LOST)
    for view in ("card", "thread"):
        parts.views.caught_up(view, [(closed, 2)])
    sample = parts.accept(sample=True)
    drawn(parts, message_id=sample, posted=False)
    parts.open()
    fresh = parts.lead()
    assert parts.views.draw_again_where_missing("T2") == 0
    assert behind(parts) == {"card": [(fresh, 1)], "thread": [(fresh, 1)]}


def test_a_card_that_failed_in_the_old_slack_is_tried_at_once_in_the_new(parts: Parts) -> None:
    """What went wrong there says nothing about here."""
    lead_id = drawn(parts)
    parts.leads.attach(parts.accept(), lead_id, "a reply")
    parts.views.failed("card", lead_id, "channel_not_found", 3600)
    assert parts.views.behind("card", 9) == []
    parts.views.draw_again_where_missing("T2")
    assert (parts.views.behind("card", 9), parts.views.failures("card", lead_id)) == ([(lead_id, 2)], 0)


def test_any_number_of_leads_moves(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases limit the parameters of a statement."""
    monkeypatch.setattr("enrichment.adapters.store.views.AT_ONCE", 2)
    leads = [drawn(parts) for _ in range(5)]
    assert parts.views.draw_again_where_missing("T2") == 5
    assert sorted(lead for lead, _ in parts.views.behind("card", 9)) == leads


def test_mail_is_taken_while_leads_are_looked_through(sqlite_parts: Parts) -> None:
    """As at every start: where nothing moves, the one write lock is not taken."""
    drawn(sqlite_parts)
    with sqlite_parts.database.begin(write=True):
        assert sqlite_parts.views.draw_again_where_missing("T1") == 0


def test_cards_are_brought_up_to_date_when_the_bot_comes_back(parts: Parts) -> None:
    """What was claimed or closed while it was in another Slack stands here as it was before."""
    closed, claimed = drawn(parts, urgency=10), drawn(parts, urgency=90)
    other = Postings(parts.database, parts.clock, "T2")
    other.begin("notice:quarantine:1", "C1", None, "digest", None)
    other.begin(f"lead:{claimed}:card", "C1", None, "digest", claimed)
    parts.desk.claim(claimed, "U1", "Maya")
    parts.desk.close(closed, "U1", "Maya", LeadStatus.WON)
    for view in ("card", "thread"):
        parts.views.caught_up(view, [(claimed, 2), (closed, 2)])
    assert parts.views.draw_again_where_missing("T1") == 2
    assert parts.views.behind("card", 9) == [(claimed, 2), (closed, 2)]
    parts.postings.begin("notice:quarantine:2", "C1", None, "digest", None)
    for view in ("card", "thread"):
        parts.views.caught_up(view, [(claimed, 2), (closed, 2)])
    assert parts.views.draw_again_where_missing("T1") == 0


def test_last_success_of_a_view_is_known(parts: Parts) -> None:
    """Of those asked for; a failure is none, and the newest counts."""
    lead_id = parts.lead()
    assert parts.views.last_success(("card", "index")) == {}
    parts.views.caught_up("index", [(lead_id, 1)])
    first = parts.clock.now()
    parts.clock.move(60)
    parts.views.failed("index", lead_id, "away", 1)
    parts.views.caught_up("card", [(lead_id, 1)])
    assert parts.views.last_success(("card", "index")) == {"index": first, "card": parts.clock.now()}
    parts.clock.move(60)
    parts.views.caught_up("card", [(lead_id, 1)])
    assert parts.views.last_success(("card",)) == {"card": parts.clock.now()}
