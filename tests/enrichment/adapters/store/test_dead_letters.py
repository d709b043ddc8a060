"""Messages that were set aside: listed, tried again, thrown away, each once and written down."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from enrichment.adapters.store import dead_letters as module
from enrichment.adapters.store.dead_letters import Settled
from enrichment.adapters.store.schema import events
from tests.enrichment.parts import Parts, at_once

MAYA = "cli:maya"


def noted(parts: Parts) -> list[tuple[str, str, int, Any]]:
    """(actor, action, message, detail) of every event, oldest first."""
    columns = sa.select(events.c.actor, events.c.action, events.c.message_id, events.c.detail).order_by(events.c.id)
    with parts.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(columns)]


def balanced(parts: Parts) -> dict[str, int]:
    """The states that there are; received must be their sum."""
    (channel,) = parts.ledger.by_channel().values()
    assert channel.balanced
    return {state: count for state, count in channel.states.items() if count}


def dispatched(parts: Parts) -> list[tuple[int, int]]:
    """What a dispatcher takes now."""
    found: list[tuple[int, int]] = []
    parts.messages.dispatch(100, lambda _, *pair: found.append(pair))
    return found


def test_everything_that_is_known_is_listed(parts: Parts) -> None:
    """Newest first, in pages, without the whole mail and without what is not set aside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PAGE", 2)
        received = parts.clock.now()
        ids = [parts.quarantine(f"Subject: {number}\r\n\r\nx".encode()) for number in range(4)]
        parts.clock.move(30)
        last = parts.quarantine(b"y" * 50_000, error="it is\tbroken", sample=True, mail_from=None)
        parts.accept()
        found = list(parts.dead_letters.listed())
    assert [letter.id for letter in found] == [last, *reversed(ids)]
    assert (found[0].size, len(found[0].head), found[0].mail_from, found[0].sample) == (50_000, 16_384, None, True)
    assert (found[0].stage, found[0].error, found[0].attempts) == ("parse", "it is\tbroken", 3)
    assert (found[-1].received_at, found[-1].set_aside_at, found[-1].head[:10]) == (received, received, b"Subject: 0")
    assert parts.dead_letters.ids() == [*ids, last]


def test_retry_begins_the_next_attempt(parts: Parts) -> None:
    """Dispatched under a new number, at once, with three failures to go; told of again when they are used up."""
    message = parts.quarantine()
    parts.ledger.notice(parts.ledger.unnoticed(9))
    assert dispatched(parts) == []
    assert parts.dead_letters.retry([message], MAYA) == Settled(done=(message,))
    assert balanced(parts) == {"in_progress": 1}
    assert dispatched(parts) == [(message, 4)]
    assert dispatched(parts) == []
    assert parts.messages.fail(message, 3, "parse", "late news of the old attempt", blame=True) is None
    for attempt in (4, 5, 6):
        assert balanced(parts) == {"in_progress": 1}
        parts.messages.fail(message, attempt, "match", "again", blame=True)
    assert balanced(parts) == {"quarantined": 1}
    (letter,) = parts.dead_letters.listed()
    assert (letter.stage, letter.error, letter.attempts) == ("match", "again", 6)
    assert [found.id for found in parts.ledger.unnoticed(9)] == [message]
    assert noted(parts) == [(MAYA, "retried", message, {"stage": "parse", "attempt": 3})]


def test_retry_ends_in_a_lead(parts: Parts) -> None:
    """Also when a lead had been opened before it was set aside: it is that one."""
    message = parts.accept()
    lead_id = parts.open(message_id=message)
    for attempt in (1, 2, 3):
        parts.messages.fail(message, attempt, "match", "boom", blame=True)
    parts.dead_letters.retry([message], MAYA)
    assert parts.open(message_id=message) == lead_id
    parts.lead(message_id=message)
    assert balanced(parts) == {"lead": 1}
    assert parts.scalar("SELECT error FROM messages") is None


def test_discard_is_final(parts: Parts) -> None:
    """By whom stands in the row and in the event; nothing brings it back."""
    message = parts.quarantine()
    assert parts.dead_letters.discard([message], MAYA).done == (message,)
    assert balanced(parts) == {"discarded": 1}
    assert parts.scalar("SELECT reason FROM messages") == f"discarded by {MAYA}"
    refused = {message: f"message {message} is not set aside: it is discarded"}
    assert parts.dead_letters.retry([message], MAYA) == Settled(refused=refused)
    assert parts.dead_letters.discard([message], MAYA) == Settled(refused=refused)
    assert (list(parts.dead_letters.listed()), parts.ledger.unnoticed(9), dispatched(parts)) == ([], [], [])
    assert [event[1] for event in noted(parts)] == ["discarded"]


def test_what_is_not_set_aside_is_left_alone(parts: Parts) -> None:
    """One at work, one that does not exist, a copy; the others of the same call are done, each once."""
    waiting, bad = parts.accept(), parts.quarantine()
    first, copy = parts.accept(), parts.accept()
    for message in (first, copy):
        parts.messages.describe(message, "1@x", "body", [], "")
    settled = parts.dead_letters.retry([bad, waiting, 999, copy, bad], MAYA)
    assert settled.done == (bad,)
    assert settled.refused == {
        waiting: f"message {waiting} is not set aside: it is in progress",
        999: "there is no message 999",
        copy: f"there is no message {copy}",
    }
    assert balanced(parts) == {"in_progress": 3}


def test_of_a_retry_and_a_discard_at_once_one_is_done(parts: Parts) -> None:
    """Whichever came first."""
    message = parts.quarantine()
    retry, discard = at_once(
        lambda: parts.dead_letters.retry([message], "cli:maya"),
        lambda: parts.dead_letters.discard([message], "cli:tom"),
    )
    assert sorted([len(retry.done), len(discard.done)]) == [0, 1]
    assert balanced(parts) == ({"in_progress": 1} if retry.done else {"discarded": 1})
    assert len(noted(parts)) == 1


def test_of_two_retries_at_once_one_is_done(parts: Parts) -> None:
    """One attempt more, one event, one place in the queue."""
    ids = [parts.quarantine() for _ in range(20)]
    settled = at_once(*(lambda: parts.dead_letters.retry(ids, MAYA) for _ in range(4)))
    assert sorted(done for each in settled for done in each.done) == ids
    assert dispatched(parts) == [(message, 4) for message in ids]
    assert len(noted(parts)) == len(ids)


def test_a_look_is_written_down(parts: Parts) -> None:
    """With the bytes as they came; of another message nothing is shown."""
    message, other = parts.quarantine(b"\x00\xff bytes"), parts.accept()
    found = parts.dead_letters.open(message, MAYA)
    assert found is not None
    assert (found[0].id, found[1]) == (message, b"\x00\xff bytes")
    assert parts.dead_letters.open(other, MAYA) is None
    assert noted(parts) == [(MAYA, "shown", message, {})]


def test_actors_are_cut_to_their_column(parts: Parts) -> None:
    """Whatever name a machine gives its users."""
    parts.audit.note("cli:" + "x" * 100 + "\0", "exported", all=True)
    parts.audit.note("", "exported")
    assert [(event[0], event[3]) for event in noted(parts)] == [("cli:" + "x" * 60, {"all": True}), ("unknown", {})]
