"""Giving a lead to somebody: whoever had it, whoever acts at the same moment; on both databases."""

from __future__ import annotations

from functools import partial

import pytest

from enrichment.adapters.store.acts import ASSIGNED, CLAIMED
from enrichment.errors import GiveUp
from enrichment.lead import Analysis, Lead, LeadStatus
from tests.enrichment.parts import Parts, at_once, triage

MAYA = ("U1", "Maya Brooks")
TOM = ("U2", "Tom Keller")
ZOE = ("U3", "Zoe Li")


def shown(parts: Parts, lead_id: int) -> Lead:
    """A lead as staff see it."""
    lead = parts.book.get(lead_id)
    assert lead is not None
    return lead


def test_an_open_lead_is_given_to_somebody(parts: Parts) -> None:
    """It is claimed by them; the event says who gave it to whom."""
    lead_id = parts.lead()
    change = parts.desk.assign(lead_id, *MAYA, *TOM)
    assert (change.done, change.status, change.owner, change.by) == (True, LeadStatus.CLAIMED, "U2", "U1")
    lead = shown(parts, lead_id)
    assert (lead.owner_name, lead.revision) == ("Tom Keller", 2)
    (event,) = parts.history.of(lead_id, (ASSIGNED,))
    said = {"name": "Maya Brooks", "owner": "U2", "owner_name": "Tom Keller", "was_owner_name": ""}
    assert (event.actor, event.detail) == ("U1", said)


def test_a_claimed_lead_changes_hands(parts: Parts) -> None:
    """The event says whose it was."""
    lead_id = parts.lead()
    parts.desk.claim(lead_id, *MAYA)
    assert parts.desk.assign(lead_id, *MAYA, *ZOE).owner == "U3"
    (event,) = parts.history.of(lead_id, (ASSIGNED,))
    assert event.said("was_owner_name") == "Maya Brooks"


def test_who_has_it_already_is_not_given_it_again(parts: Parts) -> None:
    """Nothing changes, no event is written, and it is told since when it is theirs."""
    lead_id = parts.lead()
    parts.desk.claim(lead_id, *TOM)
    again = parts.desk.assign(lead_id, *MAYA, *TOM)
    assert (again.done, again.by, again.action) == (False, "U2", CLAIMED)
    assert parts.history.of(lead_id, (ASSIGNED,)) == []
    assert shown(parts, lead_id).revision == 2


def test_a_closed_lead_is_nobodys_work(parts: Parts) -> None:
    """It must be reopened first."""
    lead_id = parts.lead()
    parts.desk.close(lead_id, *MAYA, LeadStatus.LOST)
    assert not parts.desk.assign(lead_id, *MAYA, *TOM).done
    assert shown(parts, lead_id).owner == "U1"


def test_somebody_must_be_named(parts: Parts) -> None:
    """An empty choice is told so."""
    with pytest.raises(GiveUp, match="say who"):
        parts.desk.assign(parts.lead(), *MAYA, " ", "")


def test_a_claim_and_an_assignment_at_once_are_one_story(parts: Parts) -> None:
    """The assignment always counts in the end; the claim is there exactly when its event is."""
    for _ in range(5):
        lead_id = parts.lead()
        claim, given = at_once(
            partial(parts.desk.claim, lead_id, *TOM), partial(parts.desk.assign, lead_id, *MAYA, *ZOE)
        )
        assert given.done
        events = [event.action for event in parts.history.of(lead_id, (CLAIMED, ASSIGNED))]
        assert events == ([CLAIMED, ASSIGNED] if claim.done else [ASSIGNED])
        assert shown(parts, lead_id).owner == "U3"


def test_a_hundred_leads_are_claimed_by_two_at_once(parts: Parts) -> None:
    """One winner each; the other is told who has it, and since when."""
    ids = [parts.lead(f"c{number}@example.com") for number in range(100)]

    def press(who: tuple[str, str]) -> list[bool]:
        changes = [parts.desk.claim(lead_id, *who) for lead_id in ids]
        assert all(change.done or (change.by_name and change.at == parts.clock.now()) for change in changes)
        assert all(change.owner == change.by for change in changes)
        return [change.done for change in changes]

    maya, tom = at_once(partial(press, MAYA), partial(press, TOM))
    assert [one + other for one, other in zip(maya, tom, strict=True)] == [1] * 100


def test_a_late_analysis_keeps_an_assignment(parts: Parts) -> None:
    """The machine's values change, whose lead it is does not."""
    lead_id = parts.lead()
    parts.desk.assign(lead_id, *MAYA, *TOM)
    analysis = Analysis(model="m", made_at=parts.clock.now(), summary="Brakes", urgency=90)
    assert parts.leads.analysed(lead_id, analysis, triage(75))
    parts.leads.complete(lead_id, triage(10), [])
    lead = shown(parts, lead_id)
    assert (lead.owner, lead.status, lead.triage.urgency) == ("U2", LeadStatus.CLAIMED, 75)
