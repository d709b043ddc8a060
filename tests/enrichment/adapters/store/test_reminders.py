"""Timers are planned once and told once, and who is muted is left alone; on both databases."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from enrichment.adapters.store.schema import events
from enrichment.errors import GiveUp
from tests.enrichment.parts import START, Parts, at_once

MINUTE = timedelta(minutes=1)


def test_a_timer_is_planned_once(parts: Parts) -> None:
    """Again changes nothing, whatever time is said: the first word stands."""
    lead_id = parts.lead()
    assert parts.reminders.plan(lead_id, "unclaimed", 1, START + MINUTE)
    assert not parts.reminders.plan(lead_id, "unclaimed", 1, START)
    assert parts.reminders.plan(lead_id, "unclaimed", 2, START + 2 * MINUTE)
    assert parts.reminders.due(START, 9) == []
    assert [timer.step for timer in parts.reminders.due(START + 9 * MINUTE, 9)] == [1, 2]
    assert len(parts.reminders.due(START + 9 * MINUTE, 1)) == 1


def test_of_many_workers_one_tells(parts: Parts) -> None:
    """Whoever takes it first; then it is due no more."""
    lead_id = parts.lead()
    parts.reminders.plan(lead_id, "unclaimed", 1, START)
    (timer,) = parts.reminders.due(START, 9)
    assert sorted(at_once(*[partial(parts.reminders.take, timer)] * 4)) == [False, False, False, True]
    assert parts.reminders.due(START, 9) == []
    assert not parts.reminders.plan(lead_id, "unclaimed", 1, START)


def test_what_is_dropped_is_not_told_and_may_be_planned_anew(parts: Parts) -> None:
    """Of this kind and this lead alone; what was told stays told."""
    one, other = parts.lead(), parts.lead()
    for lead_id, kind in ((one, "unclaimed"), (one, "outcome"), (other, "unclaimed")):
        parts.reminders.plan(lead_id, kind, 1, START)
    timer, outcome, others = parts.reminders.due(START, 9)
    parts.reminders.drop(timer)
    parts.reminders.drop(timer)
    assert parts.reminders.due(START, 9) == [outcome, others]
    assert parts.reminders.plan(one, timer.kind, 1, START)
    assert parts.reminders.take(timer)
    parts.reminders.drop(timer)
    assert not parts.reminders.plan(one, timer.kind, 1, START)


def test_a_timer_needs_a_lead(parts: Parts) -> None:
    """One that was erased meanwhile is named."""
    with pytest.raises(GiveUp, match="L-99"):
        parts.reminders.plan(99, "unclaimed", 1, START)


def test_who_is_muted_is_left_alone_until_then(parts: Parts) -> None:
    """What was said last counts; others are not meant."""
    parts.mutes.mute("U1", START + 9 * MINUTE)
    parts.mutes.mute("U1", START + MINUTE)
    assert parts.mutes.muted("U1", START)
    assert parts.mutes.until("U1", START) == START + MINUTE
    assert not parts.mutes.muted("U1", START + MINUTE)
    assert not parts.mutes.muted("U2", START)
    assert parts.mutes.unmute("U1")
    assert not parts.mutes.unmute("U1")
    assert not parts.mutes.muted("U1", START)
    with parts.database.begin() as connection:
        told = connection.execute(sa.select(events.c.actor, events.c.action).order_by(events.c.id)).all()
    assert [tuple(row) for row in told] == [("U1", "muted"), ("U1", "muted"), ("U1", "unmuted")]
