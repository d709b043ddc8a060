"""Which messages are one, and which belong to a lead; on both databases."""

from __future__ import annotations

from functools import partial

from enrichment.adapters.store.messages import LONGEST_ID
from enrichment.models import MessageState
from tests.enrichment.parts import Parts, at_once


def describe(parts: Parts, message_id: int, mime_id: str | None = "one@site", body: str = "b" * 64) -> int | None:
    """Describe a message of this Message-ID and body."""
    return parts.messages.describe(message_id, mime_id, body, ["ann@example.com"], "My brakes grind")


def test_the_same_message_by_another_way_is_a_copy(parts: Parts) -> None:
    """Same Message-ID and same body: the later one becomes a source of the first and is counted as no message."""
    first, second = parts.accept(), parts.accept(channel="imap")
    assert describe(parts, first) is None
    assert describe(parts, first) is None, "the same message described again is not its own copy"
    assert describe(parts, second) == first
    assert parts.state(first) == MessageState.IN_PROGRESS
    assert parts.state(second) is None
    assert parts.messages.dispatch(9, lambda *_: None) == 1


def test_a_message_id_alone_makes_no_copy(parts: Parts) -> None:
    """Form plugins send one Message-ID for all; and what has none is never a copy."""
    assert describe(parts, parts.accept(), body="a" * 64) is None
    assert describe(parts, parts.accept(), body="c" * 64) is None
    assert describe(parts, parts.accept(), mime_id=None) is None
    assert describe(parts, parts.accept(), mime_id=None) is None


def test_two_copies_described_at_once_leave_one_message(parts: Parts) -> None:
    """Whoever comes second is the copy, also when both are read at the same moment."""
    for round_number in range(5):
        ids = [parts.accept(), parts.accept()]
        mime_id = f"{round_number}@site"
        found = at_once(*(partial(describe, parts, some, mime_id) for some in ids))
        assert sorted(found, key=str) in ([ids[0], None], [ids[1], None])
    assert parts.ledger.by_channel()["smtp"].copies == 5


def test_a_long_message_id_is_kept_by_its_hash(parts: Parts) -> None:
    """A Message-ID longer than an index takes neither fails nor is taken for another that begins alike."""
    long_id = "".join(chr(0x4E00 + number) for number in range(998))
    first, second, other = parts.accept(), parts.accept(), parts.accept()
    assert describe(parts, first, long_id) is None
    assert describe(parts, second, long_id) == first
    assert describe(parts, other, long_id[:LONGEST_ID] + "!" * 700) is None
    lead_id = parts.lead(message_id=first)
    assert [hit.lead_id for hit in parts.messages.in_threads([], [long_id])] == [lead_id]


def test_a_reference_finds_the_lead_and_all_who_took_part(parts: Parts) -> None:
    """Newest lead first, with the people of every message that belongs to it; unknown ids find nothing."""
    leads = []
    for name in ("ann", "bob"):
        message_id = parts.accept()
        parts.messages.describe(message_id, f"{name}@site", name, [f"{name}@example.com"], "")
        leads.append(parts.lead(f"{name}@example.com", message_id=message_id))
    reply = parts.accept()
    parts.messages.describe(reply, "reply@site", "r", ["cleo@example.com"], "")
    parts.leads.attach(reply, leads[0], "a reply")
    hits = parts.messages.in_threads([], ["ann@site", "bob@site", "nobody@site"])
    assert [(hit.lead_id, hit.participants) for hit in hits] == [
        (leads[1], ("bob@example.com",)),
        (leads[0], ("ann@example.com", "cleo@example.com")),
    ]
    assert [hit.lead_id for hit in parts.messages.in_threads([], ["reply@site"])] == [leads[0]]
    assert parts.messages.in_threads([], []) == []
    first = parts.messages.in_threads([leads[0], 99], ["bob@site"])
    assert [hit.lead_id for hit in first] == [leads[0], leads[1]]
    assert parts.messages.in_threads([leads[0]], [], sample=True) == []


def test_only_an_earlier_message_in_progress_is_awaited(parts: Parts) -> None:
    """A message waits for what it answers while that is on its way: never for itself, a later or an ended one."""
    first, second = parts.accept(), parts.accept()
    describe(parts, first, "first@site")
    describe(parts, second, "second@site", body="c" * 64)
    assert parts.messages.waits_for(second, ["first@site"])
    assert not parts.messages.waits_for(second, ["second@site"])
    assert not parts.messages.waits_for(first, ["second@site"])
    assert not parts.messages.waits_for(second, [])
    parts.messages.finish(first, MessageState.FILTERED, "newsletter")
    assert not parts.messages.waits_for(second, ["first@site"])


def test_what_the_customer_wrote_later_is_listed_oldest_first(parts: Parts) -> None:
    """The excerpts of attached messages, without the one that made the lead."""
    lead_id = parts.lead()
    for words in ("And the rear ones?", "Any news?"):
        message_id = parts.accept()
        parts.messages.describe(message_id, None, words, [], words)
        parts.leads.attach(message_id, lead_id, "a reply")
    found = [(attached.excerpt, attached.reason) for attached in parts.messages.attached_to(lead_id)]
    assert found == [("And the rear ones?", "a reply"), ("Any news?", "a reply")]
