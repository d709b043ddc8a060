"""Filtered messages are told of once, and each can be brought back."""

from __future__ import annotations

from typing import Any

import pytest

from enrichment.adapters.store.filtered import RESTORED, Filtered
from enrichment.models import MessageState
from tests.enrichment.parts import Parts, at_once


@pytest.fixture
def filtered(parts: Parts) -> Filtered:
    """The filtered messages of a store."""
    return Filtered(parts.database, parts.clock)


def set_aside(parts: Parts, reason: str = "a mailing to many", **changes: Any) -> int:
    """A message that was filtered."""
    message_id = parts.accept(**changes)
    parts.messages.describe(message_id, f"{message_id}@x", "h", ["news@shop.example", "other@x"], "Our autumn sale")
    parts.messages.finish(message_id, MessageState.FILTERED, reason)
    return message_id


def test_each_is_told_of_once_newest_first(filtered: Filtered, parts: Parts) -> None:
    """With who wrote, what, and why it is no lead; those after the last that was told of come next time."""
    first, second = set_aside(parts), set_aside(parts, "spam (98%)")
    found = filtered.untold(10)
    assert [(message.id, message.reason) for message in found] == [(second, "spam (98%)"), (first, "a mailing to many")]
    assert (found[0].writer, found[0].excerpt) == ("news@shop.example", "Our autumn sale")
    assert (len(filtered.untold(1)), filtered.untold_in_all()) == (1, (2, first))
    filtered.told(first)
    third = set_aside(parts)
    assert [message.id for message in filtered.untold(10)] == [third, second]
    filtered.told(third)
    assert filtered.untold(10) == []


def test_samples_and_other_ends_are_not_told_of(filtered: Filtered, parts: Parts) -> None:
    """Neither a sample nor a message that was set aside, is at work or became a lead."""
    set_aside(parts, sample=True)
    parts.quarantine()
    parts.accept()
    parts.lead()
    assert filtered.untold(10) == []
    assert filtered.untold_in_all() == (0, 0)


def test_a_restored_message_is_at_work_again(filtered: Filtered, parts: Parts) -> None:
    """Under its next attempt, marked so that it is not filtered again, with who did it written down."""
    message_id = set_aside(parts)
    handed = []
    parts.messages.dispatch(10, lambda _, message, attempt: handed.append((message, attempt)))
    assert filtered.restore(message_id, "U1")
    stored = parts.messages.get(message_id)
    assert stored is not None
    assert (stored.restored, stored.attempt) == (True, 2)
    assert parts.state(message_id) == MessageState.IN_PROGRESS
    parts.messages.dispatch(10, lambda _, message, attempt: handed.append((message, attempt)))
    assert handed == [(message_id, 2)]
    told = "SELECT count(*) FROM events WHERE action = '{}' AND actor = 'U1' AND message_id = {}"
    assert parts.scalar(told.format(RESTORED, message_id)) == 1


def test_only_a_filtered_message_is_restored_and_once(filtered: Filtered, parts: Parts) -> None:
    """Whoever is second changes nothing, also at the same moment; nor is there anything to restore of others."""
    message_id = set_aside(parts)
    answers = at_once(*(lambda user=user: filtered.restore(message_id, user) for user in ("U1", "U2", "U3")))
    assert sorted(answers) == [False, False, True]
    assert not filtered.restore(parts.quarantine(), "U1")
    assert not filtered.restore(12345, "U1")
