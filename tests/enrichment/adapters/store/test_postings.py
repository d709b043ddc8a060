"""What was posted where; on both databases."""

from __future__ import annotations

from enrichment.adapters.store.postings import Posting, Postings
from enrichment.errors import RetryLater
from tests.enrichment.parts import Parts, at_once


def test_a_posting_is_written_down_before_it_is_sent(parts: Parts) -> None:
    """It is `sending`, with an id to look for, until its ts is known."""
    lead_id = parts.lead()
    begun = parts.postings.begin("lead:1:card", "C1", None, "digest", lead_id)
    assert (begun.state, begun.ts, begun.lead_id, begun.created_at) == ("sending", None, lead_id, parts.clock.now())
    parts.postings.sent(begun.id, "1700000000.000100", "another digest")
    found = parts.postings.get("lead:1:card")
    assert found is not None
    assert (found.state, found.ts, found.digest) == ("sent", "1700000000.000100", "another digest")
    assert found.dispatch_id == begun.dispatch_id


def test_of_workers_at_once_one_posts(parts: Parts) -> None:
    """The others are told to look again later, and find what the first has posted."""

    def begin() -> Posting | None:
        try:
            return parts.postings.begin("lead:1:card", "C1", "1.2", "digest", None)
        except RetryLater:
            return None

    (begun,) = [posting for posting in at_once(*[begin] * 3) if posting]
    assert begun.thread_ts == "1.2"
    assert parts.postings.get("lead:1:card") == begun


def test_a_forgotten_posting_is_begun_anew(parts: Parts) -> None:
    """With another dispatch id: the old one was refused."""
    first = parts.postings.begin("lead:1:card", "C1", None, "digest", None)
    parts.postings.forget(first.id)
    assert parts.postings.get("lead:1:card") is None
    assert parts.postings.begin("lead:1:card", "C1", None, "digest", None).dispatch_id != first.dispatch_id


def test_the_postings_of_another_team_are_not_ours(parts: Parts) -> None:
    """The same key in another workspace is another message."""
    ours = parts.postings.begin("lead:1:card", "C1", None, "digest", None)
    theirs = Postings(parts.database, parts.clock, "T2")
    assert theirs.get("lead:1:card") is None
    assert theirs.begin("lead:1:card", "C1", None, "digest", None).id != ours.id


def test_a_posting_begun_before_the_clock_was_set_back_holds_nothing_up(parts: Parts) -> None:
    """It would seem to be on its way for as long as the clock was wrong."""
    posting = parts.postings.begin("lead:1:card", "C1", None, "digest", None)
    assert parts.postings.may_arrive(posting)
    parts.clock.move(-5 * 3600)
    assert not parts.postings.may_arrive(posting)
