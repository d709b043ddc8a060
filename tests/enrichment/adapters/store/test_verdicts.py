"""Staff's word on two leads: it wins over the machine's, both leads follow it, and it may be undone."""

from __future__ import annotations

from functools import partial

import pytest

from enrichment.adapters.store.acts import JUDGED
from enrichment.errors import GiveUp
from enrichment.lead import Match, MatchKind, Verdict
from tests.enrichment.parts import Parts, at_once, match, triage

MAYA = ("U1", "Maya Brooks")
TOM = ("U2", "Tom Keller")


def pair(parts: Parts, kind: MatchKind = MatchKind.DUPLICATE) -> tuple[int, int]:
    """Two leads that the machine says are so: older, newer."""
    older, newer = parts.lead(), parts.open()
    parts.leads.complete(newer, triage(), [match(newer, older, kind)])
    return older, newer


def state(parts: Parts, lead_id: int) -> tuple[int | None, tuple[Match, ...], int]:
    """(duplicate of, matches, revision) of a lead."""
    lead = parts.book.get(lead_id)
    assert lead is not None
    return lead.duplicate_of, lead.matches, lead.revision


@pytest.mark.parametrize("turned", [False, True])
def test_different_ends_the_warning(parts: Parts, *, turned: bool) -> None:
    """In either order of the leads; both are drawn again, and each has its event."""
    older, newer = pair(parts)
    assert state(parts, newer)[0] == older
    change = parts.verdicts.judge(*((newer, older) if turned else (older, newer)), *MAYA, Verdict.DIFFERENT)
    assert (change.done, change.action, change.by) == (True, JUDGED, "U1")
    duplicate_of, (found,), revision = state(parts, newer)
    assert (duplicate_of, found.verdict, found.judged_by, found.judged_by_name) == (None, Verdict.DIFFERENT, *MAYA)
    assert (found.judged_at, revision, state(parts, older)[2]) == (parts.clock.now(), 2, 2)
    for one, other in ((older, newer), (newer, older)):
        (event,) = parts.history.of(one, (JUDGED,))
        assert event.detail == {"name": "Maya Brooks", "other": other, "verdict": "different"}


def test_a_verdict_may_be_undone(parts: Parts) -> None:
    """Then the machine's word counts again; undoing nothing is nothing."""
    older, newer = pair(parts)
    before = state(parts, newer)
    parts.verdicts.judge(newer, older, *MAYA, Verdict.DIFFERENT)
    assert parts.verdicts.judge(newer, older, *TOM, None).done
    assert state(parts, newer)[:2] == before[:2]
    again = parts.verdicts.judge(newer, older, *MAYA, None)
    assert (again.done, again.by) == (False, "U2")
    assert len(parts.history.of(newer, (JUDGED,))) == 2


@pytest.mark.parametrize(
    ("verdict", "kind", "repeats"),
    [(Verdict.SAME, MatchKind.DUPLICATE, True), (Verdict.RELATED, MatchKind.RELATED, False)],
)
def test_the_pair_is_what_staff_say_it_is(parts: Parts, verdict: Verdict, kind: MatchKind, *, repeats: bool) -> None:
    """Whatever the machine called it; the newer repeats the older only when it is the same request."""
    older, newer = pair(parts, MatchKind.SIMILAR)
    assert state(parts, newer)[0] is None
    parts.verdicts.judge(older, newer, *MAYA, verdict)
    duplicate_of, (found,), _ = state(parts, newer)
    assert (duplicate_of, found.kind, found.verdict) == (older if repeats else None, kind, verdict)
    assert state(parts, older)[0] is None
    parts.verdicts.judge(older, newer, *MAYA, None)
    duplicate_of, (found,), _ = state(parts, newer)
    assert (duplicate_of, found.kind) == (None, MatchKind.SIMILAR)


def test_a_pair_that_nobody_found_can_be_judged(parts: Parts) -> None:
    """Staff know more; undone, there is no pair any more."""
    older, newer = parts.lead(), parts.lead("bob@example.com")
    parts.verdicts.judge(newer, older, *MAYA, Verdict.SAME)
    duplicate_of, (found,), _ = state(parts, newer)
    assert (duplicate_of, found.score, found.reasons) == (older, 1.0, ("staff say so",))
    parts.verdicts.judge(newer, older, *MAYA, Verdict.RELATED)
    assert state(parts, newer)[1][0].kind == MatchKind.RELATED
    parts.verdicts.judge(newer, older, *MAYA, None)
    assert state(parts, newer)[:2] == (None, ())


def test_another_warning_takes_its_place(parts: Parts) -> None:
    """A lead that repeats two: when one is ruled out, the other is named; a standing one is left alone."""
    one, two, newer = parts.lead(), parts.lead(), parts.open()
    parts.leads.complete(newer, triage(), [match(newer, one), match(newer, two, score=0.7)])
    parts.verdicts.judge(newer, two, *MAYA, Verdict.SAME)
    assert state(parts, newer)[0] == one
    parts.verdicts.judge(newer, one, *MAYA, Verdict.DIFFERENT)
    assert state(parts, newer)[0] == two
    parts.verdicts.judge(newer, two, *MAYA, Verdict.DIFFERENT)
    assert state(parts, newer)[0] is None


def test_matching_again_does_not_warn_again(parts: Parts) -> None:
    """What staff called different stays so when the lead is judged anew, as after a restore."""
    older, newer = pair(parts)
    parts.verdicts.judge(newer, older, *MAYA, Verdict.DIFFERENT)
    parts.scalar(f"UPDATE leads SET revision = 0 WHERE id = {newer} RETURNING 1")
    parts.leads.complete(newer, triage(), [match(newer, older)])
    duplicate_of, (found,), _ = state(parts, newer)
    assert (duplicate_of, found.verdict) == (None, Verdict.DIFFERENT)


def test_verdicts_from_both_sides_at_once(parts: Parts) -> None:
    """Neither waits for the other for ever, and what is told of is what counts."""
    older, newer = pair(parts)
    for _ in range(5):
        parts.verdicts.judge(older, newer, *MAYA, None)
        judge = parts.verdicts.judge
        done = at_once(
            partial(judge, older, newer, *MAYA, Verdict.DIFFERENT),
            partial(judge, newer, older, *TOM, Verdict.DIFFERENT),
            partial(parts.desk.claim, newer, *MAYA),
            partial(parts.desk.release, older, *MAYA),
        )
        assert sum(change.done for change in done[:2]) == 1
        assert done[0].by == done[1].by == state(parts, newer)[1][0].judged_by


def test_two_leads_must_be_there(parts: Parts) -> None:
    """Two different ones, both shown."""
    lead_id, unseen = parts.lead(), parts.open("bob@example.com")
    for other in (lead_id, unseen, 99):
        with pytest.raises(GiveUp):
            parts.verdicts.judge(lead_id, other, *MAYA, Verdict.SAME)
    assert state(parts, lead_id) == (None, (), 1)
