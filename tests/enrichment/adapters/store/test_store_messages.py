"""Raw messages in the store: accepted once, handed over once, ended once; on both databases."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
import sqlalchemy as sa

from enrichment.adapters.store.messages import MAX_FAILURES
from enrichment.models import MessageState, RawMessage
from tests.enrichment.parts import Parts, at_once, raw


def dispatch(parts: Parts, limit: int = 100) -> list[tuple[int, int]]:
    """What a dispatch hands over."""
    handed: list[tuple[int, int]] = []
    parts.messages.dispatch(limit, lambda _connection, *pair: handed.append(pair))
    return handed


def test_a_message_comes_back_as_it_went_in(parts: Parts) -> None:
    """Bytes, envelope and times survive, whatever the bytes are."""
    given = raw(bytes(range(256)) * 40, parts.clock, mail_from="", client_ip="2001:db8::1", helo="a.example", tls=True)
    (accepted,) = parts.messages.accept_many([given])
    stored = parts.messages.get(accepted.id)
    assert accepted.new
    assert stored is not None
    assert RawMessage.model_validate(stored.model_dump(exclude={"id", "attempt", "restored", "state"})) == given
    assert parts.state(accepted.id) == MessageState.IN_PROGRESS


def test_the_same_identity_is_accepted_once(parts: Parts) -> None:
    """A repeat is answered with the row that is there, in the same commit or a later one."""
    again = raw(b"same", parts.clock)
    first, second = parts.messages.accept_many([again, again])
    (third,) = parts.messages.accept_many([again])
    assert [first.new, second.new, third.new] == [True, False, False]
    assert first.id == second.id == third.id
    assert parts.scalar("SELECT count(*) FROM messages") == 1


def test_a_batch_of_new_and_old_is_answered_in_its_order(parts: Parts) -> None:
    """Each message with its own row, whatever the others are."""
    (old,) = parts.messages.accept_many([raw(b"old", parts.clock)])
    bodies = [b"one", b"old", b"two", b"one", b"three", b"old"]
    accepted = parts.messages.accept_many([raw(body, parts.clock) for body in bodies])
    stored = [parts.messages.get(one.id) for one in accepted]
    assert [message.content for message in stored if message] == bodies
    assert [one.new for one in accepted] == [True, False, True, False, True, False]
    assert accepted[1].id == accepted[5].id == old.id


def test_the_same_identity_at_once_is_accepted_once(parts: Parts) -> None:
    """Two senders with one message get one row."""
    again = raw(b"same", parts.clock)
    answers = [one for many in at_once(*[lambda: parts.messages.accept_many([again])] * 4) for one in many]
    assert len({answer.id for answer in answers}) == 1
    assert sum(answer.new for answer in answers) == 1


def test_an_unstamped_repeat_is_a_retry_until_the_answer_was_read(parts: Parts) -> None:
    """Equal bytes without Date and Message-ID are one message, until its sender has surely seen our 250."""
    again = raw(b"status ok", parts.clock, stamped=False)
    (first,) = parts.messages.accept_many([again])
    (retry,) = parts.messages.accept_many([again])
    parts.messages.acknowledge(first.id)
    (second,) = parts.messages.accept_many([again])
    (second_retry,) = parts.messages.accept_many([again])
    parts.messages.acknowledge(second.id)
    (third,) = parts.messages.accept_many([again])
    assert (retry.id, retry.new) == (first.id, False)
    assert (second_retry.id, second_retry.new) == (second.id, False)
    assert len({first.id, second.id, third.id}) == 3


def test_a_stamped_repeat_stays_a_repeat_after_the_answer(parts: Parts) -> None:
    """With a Date or Message-ID equal bytes are one sending for ever."""
    message_id = parts.accept(b"stamped")
    parts.messages.acknowledge(message_id)
    assert parts.accept(b"stamped") == message_id


def test_an_acknowledged_repeat_at_once_becomes_one_new_message(parts: Parts) -> None:
    """Two repeats racing after the answer was read are one new message and its retry."""
    again = raw(b"status ok", parts.clock, stamped=False)
    (first,) = parts.messages.accept_many([again])
    parts.messages.acknowledge(first.id)
    answers = [one for many in at_once(*[lambda: parts.messages.accept_many([again])] * 3) for one in many]
    assert len({answer.id for answer in answers}) == 1
    assert sum(answer.new for answer in answers) == 1
    assert answers[0].id != first.id


def test_an_envelope_of_any_bytes_is_stored(parts: Parts) -> None:
    """Neither a NUL nor bytes that are no text in MAIL FROM, RCPT TO or HELO make us refuse a mail."""
    message_id = parts.accept(
        mail_from="a\x00\udcff@b.example", rcpt_tos=("leads+\udcff\x00@localhost",), helo="\udc80"
    )
    stored = parts.messages.get(message_id)
    assert stored is not None
    assert stored.mail_from == "a\ufffd\ufffd@b.example"
    assert stored.rcpt_tos == ("leads+\ufffd\ufffd@localhost",)


def test_a_failing_batch_stores_nothing(parts: Parts) -> None:
    """All of a batch or none of it: no message is stored whose sender hears a refusal."""
    bad = raw(b"bad", parts.clock).model_copy(update={"received_at": parts.clock.now().replace(tzinfo=None)})
    with pytest.raises((sa.exc.StatementError, ValueError)):
        parts.messages.accept_many([raw(b"good", parts.clock), bad])
    assert parts.scalar("SELECT count(*) FROM messages") == 0


def test_dispatch_hands_each_message_over_once_oldest_first(parts: Parts) -> None:
    """In the order they came, no more than the limit at a time, and never again."""
    ids = [parts.accept() for _ in range(3)]
    assert dispatch(parts, 2) == [(ids[0], 1), (ids[1], 1)]
    assert dispatch(parts) == [(ids[2], 1)]
    assert dispatch(parts) == []
    assert parts.messages.dispatched() == [(message_id, 1) for message_id in ids]


def test_a_failing_enqueue_leaves_the_messages_waiting(parts: Parts) -> None:
    """Marks and queue rows are one transaction: when the second message fails, the first is not marked either."""
    parts.accept()
    second = parts.accept()

    def enqueue(connection: sa.Connection, message_id: int, _attempt: int) -> None:
        if message_id == second:
            raise RuntimeError("the queue is full")
        connection.execute(sa.text("UPDATE messages SET excerpt = 'queued' WHERE id = :id"), {"id": message_id})

    with pytest.raises(RuntimeError, match="the queue is full"):
        parts.messages.dispatch(100, enqueue)
    assert parts.messages.dispatched() == []
    assert parts.scalar("SELECT count(*) FROM messages WHERE excerpt IS NOT NULL") == 0
    assert len(dispatch(parts)) == 2


def test_two_dispatchers_never_hand_over_the_same_message(parts: Parts) -> None:
    """Each of many messages goes to exactly one of the dispatchers that run at once."""
    ids = {parts.accept() for _ in range(20)}
    handed = [pair for some in at_once(*[lambda: dispatch(parts)] * 3) for pair in some]
    handed += dispatch(parts)
    assert sorted(handed) == [(message_id, 1) for message_id in sorted(ids)]


def test_a_failed_message_waits_before_it_is_dispatched_again(parts: Parts) -> None:
    """A second attempt has the next number and comes after its delay, not before."""
    message_id = parts.accept()
    dispatch(parts)
    assert parts.messages.fail(message_id, 1, "parse", "boom", blame=True) == MessageState.IN_PROGRESS
    assert dispatch(parts) == []
    parts.clock.move(1)
    assert dispatch(parts) == [(message_id, 2)]


def test_three_failures_of_its_own_set_a_message_aside(parts: Parts) -> None:
    """The third failure that is the message's fault quarantines it, with the stage and the error."""
    message_id = parts.accept()
    states = []
    for attempt in range(1, MAX_FAILURES + 1):
        dispatch(parts)
        states.append(parts.messages.fail(message_id, attempt, "parse", f"boom {attempt}", blame=True))
        parts.clock.move(10)
    assert states == [MessageState.IN_PROGRESS, MessageState.IN_PROGRESS, MessageState.QUARANTINED]
    assert dispatch(parts) == []
    (aside,) = parts.ledger.quarantined()
    assert (aside.id, aside.stage, aside.error) == (message_id, "parse", "boom 3")


def test_an_outage_never_counts_against_a_message(parts: Parts) -> None:
    """A neighbour's outage is retried for ever, at most five minutes apart, and two own failures still are no third."""
    message_id = parts.accept()
    for attempt in range(1, 21):
        assert dispatch(parts) == [(message_id, attempt)]
        blame = attempt in {4, 9}
        assert parts.messages.fail(message_id, attempt, "match", "away", blame=blame) == MessageState.IN_PROGRESS
        parts.clock.move(300)
    assert dispatch(parts) == [(message_id, 21)]
    assert parts.messages.fail(message_id, 21, "parse", "boom", blame=True) == MessageState.QUARANTINED


def test_the_failure_of_an_attempt_that_is_over_says_nothing(parts: Parts) -> None:
    """A late failure of an earlier attempt, or of a message that has ended, neither counts nor changes anything."""
    moved_on, ended = parts.accept(), parts.accept()
    dispatch(parts)
    parts.messages.redispatch(moved_on, 1)
    parts.messages.finish(ended, MessageState.FILTERED, "newsletter")
    assert parts.messages.fail(moved_on, 1, "parse", "late", blame=True) is None
    assert parts.messages.fail(ended, 1, "parse", "late", blame=True) is None
    assert parts.state(ended) == MessageState.FILTERED
    assert parts.scalar("SELECT sum(failures) FROM messages") == 0


def test_one_failure_reported_twice_counts_once(parts: Parts) -> None:
    """Two runs of one attempt that fail at once are one failure."""
    message_id = parts.accept()
    at_once(*[lambda: parts.messages.fail(message_id, 1, "parse", "boom", blame=True)] * 3)
    assert parts.scalar("SELECT failures FROM messages") == 1
    stored = parts.messages.get(message_id)
    assert stored is not None
    assert stored.attempt == 2


def test_the_text_of_an_error_may_hold_anything(parts: Parts) -> None:
    """An error that quotes broken bytes is noted all the same, or its message would be retried for ever."""
    message_id = parts.accept()
    assert parts.messages.fail(message_id, 1, "parse", "bad \x00 \udcff byte", blame=True) is not None
    assert parts.scalar("SELECT error FROM messages") == "bad \ufffd \ufffd byte"


def test_redispatch_strikes_only_the_current_attempt(parts: Parts) -> None:
    """A message whose workflow is gone gets the next attempt at once; asked for twice, it gets it once."""
    message_id = parts.accept()
    dispatch(parts)
    parts.messages.redispatch(message_id, 1)
    parts.messages.redispatch(message_id, 1)
    assert dispatch(parts) == [(message_id, 2)]


def test_a_message_ends_once(parts: Parts) -> None:
    """The first end stands."""
    message_id = parts.accept()
    parts.messages.finish(message_id, MessageState.FILTERED, "newsletter")
    parts.messages.finish(message_id, MessageState.DISCARDED, "by a person")
    assert parts.state(message_id) == MessageState.FILTERED


def test_nothing_is_known_of_a_row_that_is_not_there(parts: Parts) -> None:
    """No message, no state, and no error."""
    assert parts.messages.get(99) is None
    assert parts.state(99) is None
    assert parts.messages.fail(99, 1, "parse", "boom", blame=True) is None


def test_times_are_utc_whatever_zone_they_came_in(parts: Parts) -> None:
    """A moment given in another zone is the same moment in UTC."""
    east = parts.clock.now().astimezone(timezone(timedelta(hours=5, minutes=30)))
    stored = parts.messages.get(parts.accept(received_at=east))
    assert stored is not None
    assert stored.received_at == east
    assert stored.received_at.utcoffset() == timedelta(0)
