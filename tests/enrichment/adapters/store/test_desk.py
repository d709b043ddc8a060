"""What staff do with a lead: each action once, whoever else acts at the same moment; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from enrichment.adapters.store.desk import ACTIONS, LONGEST_NOTE, OUTCOMES, Change
from enrichment.adapters.store.revise import DRAWN
from enrichment.errors import GiveUp
from enrichment.lead import Analysis, Lead, LeadStatus
from tests.enrichment.parts import Parts, at_once, triage

MAYA = ("U1", "Maya Brooks")
TOM = ("U2", "Tom Keller")


def shown(parts: Parts, lead_id: int) -> Lead:
    """A lead as staff see it."""
    lead = parts.book.get(lead_id)
    assert lead is not None
    return lead


def told(parts: Parts, lead_id: int) -> list[tuple[str, str]]:
    """(actor, action) of staff's events."""
    return [(event.actor, event.action) for event in parts.history.of(lead_id, ACTIONS)]


def test_a_claim_gives_the_lead_to_who_asked(parts: Parts) -> None:
    """Status, owner, event and the views that draw the lead are one commit."""
    lead_id = parts.lead()
    claim = parts.desk.claim(lead_id, *MAYA)
    assert (claim.done, claim.owner, claim.owner_name, claim.at) == (True, *MAYA, parts.clock.now())
    lead = shown(parts, lead_id)
    assert (lead.status, lead.owner, lead.owner_name, lead.revision) == (LeadStatus.CLAIMED, *MAYA, 2)
    assert told(parts, lead_id) == [("U1", "claimed")]
    for view in DRAWN:
        assert parts.views.behind(view, 9) == [(lead_id, 2)]
    assert parts.views.behind("index", 9) == [(lead_id, 1)]


def test_of_many_who_claim_at_once_one_has_it(parts: Parts) -> None:
    """The others are told who; one event, one revision."""
    for _ in range(5):
        lead_id = parts.lead()
        people = [(f"U{number}", f"Person {number}") for number in range(4)]
        claims = at_once(*[partial(parts.desk.claim, lead_id, *who) for who in people])
        (winner,) = [who for who, claim in zip(people, claims, strict=True) if claim.done]
        assert {(claim.owner, claim.owner_name, claim.by_name) for claim in claims} == {(*winner, winner[1])}
        assert told(parts, lead_id) == [(winner[0], "claimed")]
        assert shown(parts, lead_id).revision == 2


def test_every_action_may_be_pressed_twice(parts: Parts) -> None:
    """The second changes nothing and says so, with who did it and when."""
    lead_id = parts.lead()
    desk = parts.desk
    steps: list[tuple[Callable[[], Change], LeadStatus]] = [
        (partial(desk.claim, lead_id, *MAYA), LeadStatus.CLAIMED),
        (partial(desk.release, lead_id, *TOM), LeadStatus.OPEN),
        (partial(desk.close, lead_id, *TOM, LeadStatus.WON, "paid"), LeadStatus.WON),
        (partial(desk.reopen, lead_id, *MAYA), LeadStatus.OPEN),
        (partial(desk.assign, lead_id, *MAYA, *TOM), LeadStatus.CLAIMED),
    ]
    for number, (act, status) in enumerate(steps):
        moment = parts.clock.now()
        first = act()
        parts.clock.move(60)
        second = act()
        assert (first.done, second.done) == (True, False)
        assert (second.status, second.at, second.by, second.action) == (status, moment, first.by, ACTIONS[number])
        assert shown(parts, lead_id).revision == number + 2
    assert [action for _, action in told(parts, lead_id)] == list(ACTIONS)


@pytest.mark.parametrize("status", OUTCOMES)
def test_closing_keeps_the_owner_and_the_note(parts: Parts, status: LeadStatus) -> None:
    """Whoever closes it: what was claimed stays its owner's, what was not is the closer's."""
    claimed, unclaimed = parts.lead(), parts.lead()
    parts.desk.claim(claimed, *MAYA)
    for lead_id, owner in ((claimed, MAYA), (unclaimed, TOM)):
        change = parts.desk.close(lead_id, *TOM, status, "  too far\n")
        lead = shown(parts, lead_id)
        assert (change.done, change.status, change.by_name) == (True, status, "Tom Keller")
        assert (lead.status, lead.owner, lead.owner_name, lead.note) == (status, *owner, "too far")
    assert parts.book.count_open() == 0
    (*_, event) = parts.history.of(claimed, ACTIONS)
    assert event.detail == {
        "name": "Tom Keller",
        "was_owner_name": "Maya Brooks",
        "status": status.value,
        "note": "too far",
    }


@pytest.mark.parametrize("status", [LeadStatus.OPEN, LeadStatus.CLAIMED])
def test_open_is_no_way_to_end_a_lead(parts: Parts, status: LeadStatus) -> None:
    """Whatever a form says."""
    lead_id = parts.lead()
    with pytest.raises(GiveUp, match="cannot be closed as"):
        parts.desk.close(lead_id, *MAYA, status)
    assert shown(parts, lead_id).revision == 1


def test_reopening_makes_it_anybodys(parts: Parts) -> None:
    """Owner and note go; how it was closed stays in its history."""
    lead_id = parts.lead()
    parts.desk.claim(lead_id, *MAYA)
    parts.desk.close(lead_id, *MAYA, LeadStatus.LOST, "no answer")
    assert parts.desk.reopen(lead_id, *TOM).done
    lead = shown(parts, lead_id)
    assert (lead.status, lead.owner, lead.owner_name, lead.note) == (LeadStatus.OPEN, "", "", "")
    assert parts.book.count_open() == 1


def test_a_reopened_lead_is_analysed_after_all(parts: Parts) -> None:
    """The model passed it over while it was closed; one that has its analysis is not asked about again."""
    lead_id = parts.lead()
    parts.desk.close(lead_id, *MAYA, LeadStatus.LOST)
    parts.views.caught_up("analysis", [(lead_id, 1)])
    parts.desk.reopen(lead_id, *MAYA)
    assert parts.views.behind("analysis", 9) == [(lead_id, 2)]
    analysis = Analysis(model="m", made_at=parts.clock.now(), summary="Brakes", urgency=50)
    assert parts.leads.analysed(lead_id, analysis, triage())
    parts.views.caught_up("analysis", [(lead_id, 2)])
    parts.desk.close(lead_id, *MAYA, LeadStatus.LOST)
    parts.desk.reopen(lead_id, *MAYA)
    assert parts.views.behind("analysis", 9) == []


def test_what_does_not_fit_the_state_changes_nothing(parts: Parts) -> None:
    """A button that is out of date: claim what is closed, release what is open, reopen what is claimed."""
    lead_id = parts.lead()
    assert not parts.desk.release(lead_id, *TOM).done
    assert not parts.desk.reopen(lead_id, *TOM).done
    parts.desk.claim(lead_id, *MAYA)
    assert not parts.desk.reopen(lead_id, *TOM).done
    parts.desk.close(lead_id, *MAYA, LeadStatus.WON)
    late = parts.desk.claim(lead_id, *TOM)
    assert (late.done, late.status, late.owner_name, late.action) == (False, LeadStatus.WON, "Maya Brooks", "closed")
    assert not parts.desk.close(lead_id, *TOM, LeadStatus.LOST).done
    assert told(parts, lead_id) == [("U1", "claimed"), ("U1", "closed")]


def test_closing_and_claiming_at_once_leaves_one_story(parts: Parts) -> None:
    """Whichever is first, the events tell what the lead says."""
    for _ in range(5):
        lead_id = parts.lead()
        close = partial(parts.desk.close, lead_id, *TOM, LeadStatus.LOST)
        claim, closed = at_once(partial(parts.desk.claim, lead_id, *MAYA), close)
        assert closed.done
        lead = shown(parts, lead_id)
        assert (lead.status, lead.owner) == (LeadStatus.LOST, "U1" if claim.done else "U2")
        assert len(told(parts, lead_id)) == 1 + claim.done == lead.revision - 1


def test_a_lead_that_is_not_there_is_named(parts: Parts) -> None:
    """Erased, or not judged yet."""
    unseen = parts.open()
    for lead_id in (unseen, 99):
        for act in (parts.desk.claim, parts.desk.release, parts.desk.reopen, parts.desk.unsnooze):
            with pytest.raises(GiveUp, match=f"there is no lead L-{lead_id}"):
                act(lead_id, *MAYA)
        with pytest.raises(GiveUp):
            parts.desk.standing(lead_id)


def test_hostile_words_fit_the_columns(parts: Parts) -> None:
    """Longer than any, with what no database takes."""
    lead_id = parts.lead()
    odd = "x\0\ud800" * 4000
    parts.desk.claim(lead_id, odd, odd)
    parts.desk.close(lead_id, odd, odd, LeadStatus.WON, odd)
    lead = shown(parts, lead_id)
    assert (len(lead.owner), len(lead.owner_name), len(lead.note)) == (64, 200, LONGEST_NOTE)
    assert "\0" not in lead.owner + lead.owner_name + lead.note


def test_standing_says_how_it_is_and_changes_nothing(parts: Parts) -> None:
    """For who is about to act."""
    lead_id = parts.lead()
    assert parts.desk.standing(lead_id).at is None
    parts.desk.claim(lead_id, *MAYA)
    found = parts.desk.standing(lead_id)
    assert (found.done, found.status, found.by_name, found.action) == (False, LeadStatus.CLAIMED, *MAYA[1:], "claimed")
    assert shown(parts, lead_id).revision == 2


def test_a_judgement_keeps_what_staff_did(parts: Parts) -> None:
    """Completing a lead again, as after a crash, takes nothing away."""
    lead_id = parts.lead()
    parts.desk.claim(lead_id, *MAYA)
    parts.leads.complete(lead_id, triage(90), [])
    assert shown(parts, lead_id).owner_name == "Maya Brooks"


def test_history_is_of_one_lead_and_in_order(parts: Parts) -> None:
    """Only the actions that were asked for."""
    one, other = parts.lead(), parts.lead()
    parts.desk.claim(other, *TOM)
    parts.desk.claim(one, *MAYA)
    parts.desk.release(one, *MAYA)
    assert told(parts, one) == [("U1", "claimed"), ("U1", "released")]
    assert [event.action for event in parts.history.of(one, ("opened", "released"))] == ["opened", "released"]
