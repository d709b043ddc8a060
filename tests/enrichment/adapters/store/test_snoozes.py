"""Leads laid aside for a while: they come back on time, at a word of staff's, or when their customer writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from enrichment.adapters.store.acts import AWOKEN, NAPS, SNOOZED
from enrichment.adapters.store.reminders import Reminder
from enrichment.errors import GiveUp
from enrichment.lead import Analysis, LeadStatus
from tests.enrichment.parts import START, Parts, at_once, triage

MAYA = ("U1", "Maya Brooks")
TOM = ("U2", "Tom Keller")
HOUR = timedelta(hours=1)


def aside(parts: Parts, lead_id: int) -> datetime | None:
    """Until when the lead is laid aside."""
    lead = parts.book.get(lead_id)
    assert lead is not None
    return lead.snoozed_until


def naps(parts: Parts, lead_id: int) -> list[tuple[str, str]]:
    """(actor, action) of what happened to it."""
    return [(event.actor, event.action) for event in parts.history.of(lead_id, NAPS)]


def test_a_snoozed_lead_has_a_timer(parts: Parts) -> None:
    """Lead, event, timer and revision are one commit."""
    lead_id = parts.lead()
    change = parts.desk.snooze(lead_id, *MAYA, START + HOUR)
    assert (change.done, change.action, change.by_name, change.status) == (True, SNOOZED, MAYA[1], LeadStatus.OPEN)
    assert aside(parts, lead_id) == START + HOUR
    (event,) = parts.history.of(lead_id, NAPS)
    assert event.detail == {"name": "Maya Brooks", "until": (START + HOUR).isoformat()}
    assert parts.reminders.due(START, 9) == []
    due = Reminder(lead_id=lead_id, kind="snooze", step=1, due_at=START + HOUR)
    assert parts.reminders.due(START + HOUR, 9) == [due]
    assert parts.views.behind("card", 9) == [(lead_id, 2)]


@pytest.mark.parametrize("after", [timedelta(0), -HOUR, timedelta(days=366)])
def test_the_time_must_be_one_to_come(parts: Parts, after: timedelta) -> None:
    """Neither past nor out of sight; nothing is changed."""
    lead_id = parts.lead()
    with pytest.raises(GiveUp, match="say a time"):
        parts.desk.snooze(lead_id, *MAYA, START + after)
    assert (aside(parts, lead_id), naps(parts, lead_id)) == (None, [])


def test_the_same_snooze_twice_is_one(parts: Parts) -> None:
    """Another time is another snooze, and the earlier timer counts no more."""
    lead_id = parts.lead()
    assert parts.desk.snooze(lead_id, *MAYA, START + HOUR).done
    again = parts.desk.snooze(lead_id, *TOM, START + HOUR)
    assert (again.done, again.by, len(naps(parts, lead_id))) == (False, "U1", 1)
    assert parts.desk.snooze(lead_id, *TOM, START + 2 * HOUR).done
    assert [timer.step for timer in parts.reminders.due(START + 9 * HOUR, 9)] == [2]


def test_it_comes_back_when_its_time_has_come(parts: Parts) -> None:
    """Once, by the bot; not before, and its timer is left for who tells of it."""
    lead_id = parts.lead()
    parts.desk.snooze(lead_id, *MAYA, START + HOUR)
    assert not parts.desk.awaken(lead_id).done
    parts.clock.move(3600)
    woken = at_once(*[partial(parts.desk.awaken, lead_id)] * 3)
    assert sorted(change.done for change in woken) == [False, False, True]
    assert (aside(parts, lead_id), naps(parts, lead_id)) == (None, [("U1", "snoozed"), ("leadbot", "awoken")])
    (timer,) = parts.reminders.due(parts.clock.now(), 9)
    assert parts.reminders.take(timer)


def test_staff_take_it_up_before(parts: Parts) -> None:
    """Its timer has nothing to tell any more."""
    lead_id = parts.lead()
    assert not parts.desk.unsnooze(lead_id, *TOM).done
    parts.desk.snooze(lead_id, *MAYA, START + HOUR)
    assert parts.desk.unsnooze(lead_id, *TOM).done
    assert not parts.desk.unsnooze(lead_id, *TOM).done
    assert naps(parts, lead_id) == [("U1", "snoozed"), ("U2", "unsnoozed")]
    assert parts.reminders.due(START + 9 * HOUR, 9) == []


def test_its_customer_brings_it_back_by_writing(parts: Parts) -> None:
    """At once, with an event, and before the staff are told of what was written."""
    lead_id = parts.lead()
    parts.desk.snooze(lead_id, *MAYA, START + HOUR)
    message = parts.accept()
    parts.leads.attach(message, lead_id, "a reply")
    assert aside(parts, lead_id) is None
    (event,) = parts.history.of(lead_id, (AWOKEN,))
    assert (event.actor, event.detail) == ("customer", {"message": message})
    assert parts.reminders.due(START + 9 * HOUR, 9) == []
    parts.leads.attach(parts.accept(), lead_id, "a reply")
    assert len(parts.history.of(lead_id, (AWOKEN,))) == 1


def test_closing_ends_it_and_claiming_does_not(parts: Parts) -> None:
    """What is claimed may wait; what is closed waits for nothing."""
    lead_id = parts.lead()
    parts.desk.snooze(lead_id, *MAYA, START + HOUR)
    parts.desk.claim(lead_id, *TOM)
    assert aside(parts, lead_id) == START + HOUR
    parts.desk.close(lead_id, *TOM, LeadStatus.LOST)
    assert aside(parts, lead_id) is None
    assert parts.reminders.due(START + 9 * HOUR, 9) == []
    late = parts.desk.snooze(lead_id, *MAYA, START + HOUR)
    assert (late.done, late.action, late.by) == (False, "closed", "U2")


def test_a_late_analysis_lets_it_lie(parts: Parts) -> None:
    """The model's answer is no news of the customer's."""
    lead_id = parts.lead()
    parts.desk.snooze(lead_id, *MAYA, START + HOUR)
    analysis = Analysis(model="m", made_at=START, summary="Brakes", urgency=90)
    assert parts.leads.analysed(lead_id, analysis, triage(75))
    assert aside(parts, lead_id) == START + HOUR
