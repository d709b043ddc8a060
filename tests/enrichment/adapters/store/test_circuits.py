"""The table of services in trouble, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enrichment.adapters.store.circuits import CALM, CLOSED, OPEN, Circuit, Circuits
from tests.enrichment.parts import START, Parts, at_once


@pytest.fixture
def circuits(parts: Parts) -> Circuits:
    """The table."""
    return Circuits(parts.database, parts.clock)


def opened(circuits: Circuits, parts: Parts, name: str = "airtable", error: str = "no answer") -> None:
    """Trouble begins now."""
    circuits.opened(name, parts.clock.now(), error, answered=True)


def test_a_service_without_news_is_none(circuits: Circuits) -> None:
    """Nothing is known of it."""
    assert circuits.get("airtable") is None
    assert circuits.listed() == []


def test_an_outage_from_its_beginning_to_its_end(circuits: Circuits, parts: Parts) -> None:
    """Since when, why, and when it was over."""
    opened(circuits, parts)
    found = circuits.get("airtable")
    assert found == Circuit(name="airtable", state=OPEN, since=START, error="no answer")
    parts.clock.move(720)
    circuits.closed("airtable")
    assert circuits.listed() == [found.model_copy(update={"state": CLOSED, "closed_at": parts.clock.now()})]


def test_what_is_said_again_changes_only_the_words(circuits: Circuits, parts: Parts) -> None:
    """Another worker's breaker opens later, or a probe fails with another error: it is the outage that it was."""
    opened(circuits, parts)
    parts.clock.move(30)
    opened(circuits, parts, error="status 503 \0")
    found = circuits.get("airtable")
    assert found == Circuit(name="airtable", state=OPEN, since=START, error="status 503 \ufffd")


def test_one_that_comes_and_goes_has_one_outage(circuits: Circuits, parts: Parts) -> None:
    """Well for a moment only, it is still the same trouble, told or not; well for longer, the next is another one."""
    opened(circuits, parts)
    (first,) = circuits.listed()
    circuits.told(first, OPEN)
    for well in (1.0, CALM.total_seconds() - 1, CALM.total_seconds()):
        parts.clock.move(10)
        circuits.closed("airtable")
        parts.clock.move(well)
        opened(circuits, parts)
        found = circuits.get("airtable")
        assert found is not None
        goes_on = well < CALM.total_seconds()
        assert (found.since == START, found.noticed, found.closed_at) == (goes_on, OPEN if goes_on else "", None)
        assert found.told_at == START


def test_the_first_answer_is_remembered(circuits: Circuits, parts: Parts) -> None:
    """A service that has answered once is missed when it is away; and that was no outage which could go on."""
    circuits.opened("ollama", START, "refused", answered=False)
    found = circuits.get("ollama")
    assert found is not None
    assert not found.answered
    circuits.closed("ollama")
    circuits.closed("slack")
    assert [(c.answered, c.state, c.closed_at) for c in circuits.listed()] == [
        (True, CLOSED, START),
        (True, CLOSED, None),
    ]
    parts.clock.move(5)
    opened(circuits, parts, "slack")
    found = circuits.get("slack")
    assert found is not None
    assert found.since == START + timedelta(seconds=5)


def test_only_the_outage_that_was_told_is_marked(circuits: Circuits, parts: Parts) -> None:
    """Another that began meanwhile is still to be told of."""
    opened(circuits, parts)
    (first,) = circuits.listed()
    circuits.closed("airtable")
    parts.clock.move(CALM.total_seconds())
    opened(circuits, parts)
    circuits.told(first, CLOSED)
    assert [circuit.noticed for circuit in circuits.listed()] == [""]


def test_a_service_that_is_used_no_more_is_forgotten(circuits: Circuits, parts: Parts) -> None:
    """Airtable was taken out of the settings while it was away."""
    opened(circuits, parts)
    opened(circuits, parts, "slack")
    circuits.keep(("slack", "ollama"))
    assert [circuit.name for circuit in circuits.listed()] == ["slack"]


def test_two_workers_find_out_at_once(circuits: Circuits, parts: Parts) -> None:
    """One row, whoever was first; and one end."""
    at_once(*[lambda: opened(circuits, parts)] * 4)
    assert [circuit.state for circuit in circuits.listed()] == [OPEN]
    at_once(*[lambda: circuits.closed("airtable")] * 4)
    assert [circuit.state for circuit in circuits.listed()] == [CLOSED]
