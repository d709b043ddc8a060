"""Samples and real leads in one store: they never meet, and a removal takes all of the one and nothing of the other."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import numpy as np
import pytest
import sqlalchemy as sa

from enrichment.adapters.store.lead_filters import Filters
from enrichment.adapters.store.routed import Routed
from enrichment.adapters.store.samples import Gone, SampleStore
from enrichment.errors import GiveUp, RetryLater
from enrichment.lead import LeadStatus, MatchKind, Verdict
from enrichment.models import MessageState
from enrichment.stages.neighbours import Neighbours
from tests.enrichment.parts import ExactIndex, Parts, at_once, match, triage

KEYS = [("email", "ann@example.com")]
TABLES = (
    "messages", "leads", "contacts", "contact_points", "matches", "views", "postings", "events", "reminders",
    "lead_channels", "batch_leads",
)  # fmt: skip


@pytest.fixture
def samples(parts: Parts) -> SampleStore:
    """What is tested."""
    return SampleStore(parts.database, parts.clock)


def opened(parts: Parts, email: str = "ann@example.com", **changes: object) -> int:
    """A sample's lead that is not judged yet."""
    return parts.open(email, message_id=parts.accept(sample=True), **changes)  # type: ignore[arg-type]


def sample(parts: Parts, email: str = "ann@example.com", others: Sequence[int] = ()) -> int:
    """A sample's lead that is shown, a duplicate of these."""
    lead_id = opened(parts, email)
    parts.leads.complete(lead_id, triage(), [match(lead_id, other, MatchKind.DUPLICATE) for other in others])
    return lead_id


def post(parts: Parts, key: str, lead_id: int, thread_ts: str | None = None) -> None:
    """Say that a message stands in Slack."""
    posting = parts.postings.begin(key, "C1", thread_ts, "digest", lead_id)
    parts.postings.sent(posting.id, "1.1", "digest")


def rows(parts: Parts) -> dict[str, int]:
    """How many rows each table has."""
    return {table: parts.scalar(f"SELECT count(*) FROM {table}") for table in TABLES}


def test_a_removal_takes_all_that_came_of_samples_and_nothing_else(parts: Parts, samples: SampleStore) -> None:
    """Every table is as it was before, and the ledger balances with samples and without."""
    real = parts.lead("ann@example.com")
    post(parts, f"lead:{real}:card", real)
    before, ledger = rows(parts), parts.ledger.by_channel()
    first = sample(parts)
    sample(parts, others=[first])
    parts.messages.finish(parts.accept(sample=True), MessageState.FILTERED, "a newsletter")
    parts.accept(sample=True)
    assert samples.count() == 4
    assert all(channel.balanced for channel in parts.ledger.by_channel().values())
    samples.retire()
    assert all(channel.balanced for channel in parts.ledger.by_channel().values())
    assert samples.delete("T1") == Gone(leads=2, messages=4)
    assert rows(parts) == before
    assert parts.ledger.by_channel() == ledger
    assert samples.count() == 0


def test_what_staff_did_with_a_sample_goes_with_it(parts: Parts, samples: SampleStore) -> None:
    """What they typed stands nowhere any more: no edit, event, verdict, timer or channel; a real lead keeps its own."""
    real, other = parts.lead("ann@example.com"), parts.lead("bob@example.com")
    actor, routed = ("U1", "Maya Brooks"), Routed(parts.database, "T1")
    parts.verdicts.judge(real, other, *actor, Verdict.RELATED)
    before = rows(parts)
    first = sample(parts)
    second = sample(parts, others=[first])
    parts.desk.snooze(first, *actor, parts.clock.now() + timedelta(hours=1))
    parts.desk.assign(second, *actor, "U2", "Tom Keller")
    parts.reminders.plan(second, "outcome", 1, parts.clock.now())
    parts.editing.edit(first, *actor, {"name": "Zebedee Quill", "email": "zebedee@quill.example"})
    parts.verdicts.judge(first, second, *actor, Verdict.SAME)
    routed.decide({first: "C2", second: ""})
    assert rows(parts)["reminders"] == before["reminders"] + 2
    samples.retire()
    assert samples.delete("T1") == Gone(leads=2, messages=2)
    assert rows(parts) == before
    assert routed.channels() == frozenset()
    assert parts.book.found(Filters(status=(), words="quill"), 10) == []
    (pair,) = [match for lead in parts.book.listed() for match in lead.matches]
    assert pair.verdict == Verdict.RELATED


def test_a_real_lead_that_staff_called_a_repeat_of_a_sample_is_one_no_more(parts: Parts, samples: SampleStore) -> None:
    """It is no repeat of what is gone, its card is drawn again, and what else it repeats counts."""
    first, older = sample(parts), parts.lead("bob@example.com")
    real = parts.open()
    parts.leads.complete(real, triage(), [match(real, older, MatchKind.DUPLICATE)])
    parts.verdicts.judge(real, older, "U1", "Maya Brooks", Verdict.DIFFERENT)
    parts.verdicts.judge(real, first, "U1", "Maya Brooks", Verdict.SAME)
    parts.verdicts.judge(real, older, "U1", "Maya Brooks", None)
    (before,) = parts.book.these([real])
    assert before.duplicate_of == first
    samples.retire()
    samples.delete("T1")
    (lead,) = parts.book.these([real])
    assert (lead.duplicate_of, [match.other_id for match in lead.matches]) == (older, [older])
    assert lead.revision == before.revision + 1


def test_what_is_retired_is_in_no_view_and_no_open_list(parts: Parts, samples: SampleStore) -> None:
    """No loop draws it again, whatever happens to the lead afterwards."""
    lead_id = sample(parts)
    assert samples.retire() == [lead_id]
    parts.leads.attach(parts.accept(sample=True), lead_id, "a reply")
    assert parts.views.lag() == {}
    assert parts.book.listed() == []
    lead = parts.book.get(lead_id)
    assert lead is not None
    assert lead.status == LeadStatus.NOT_A_LEAD


def test_a_removal_that_was_begun_is_known_until_it_is_ended(parts: Parts, samples: SampleStore) -> None:
    """So that the next start goes on with it; again changes nothing."""
    assert not samples.retired()
    sample(parts)
    assert not samples.retired()
    assert samples.retire() == samples.retire()
    assert samples.retired()
    assert samples.delete("T1") is not None
    assert not samples.retired()
    assert samples.delete("T1") == Gone(leads=0, messages=0)


def test_nothing_is_deleted_before_it_was_retired(parts: Parts, samples: SampleStore) -> None:
    """Samples that were loaded while an earlier removal ended keep their cards."""
    lead_id = sample(parts)
    assert samples.delete("T1") is None
    assert parts.book.get(lead_id) is not None


def test_nothing_is_deleted_while_slack_shows_some_of_it(parts: Parts, samples: SampleStore) -> None:
    """Replies are named before the card that they stand under; another Slack's messages are out of reach."""
    lead_id = sample(parts)
    post(parts, f"lead:{lead_id}:card", lead_id)
    post(parts, f"lead:{lead_id}:details", lead_id, "1.1")
    samples.retire()
    assert samples.posted("T1") == [f"lead:{lead_id}:details", f"lead:{lead_id}:card"]
    assert samples.delete("T1") is None
    assert samples.posted("T2") == []
    assert samples.delete("T2") == Gone(leads=1, messages=1)


def test_without_a_slack_the_rows_go_all_the_same(parts: Parts, samples: SampleStore) -> None:
    """As when no bot runs."""
    lead_id = sample(parts)
    post(parts, f"lead:{lead_id}:card", lead_id)
    samples.retire()
    assert samples.delete() == Gone(leads=1, messages=1)
    assert rows(parts)["postings"] == 0


def test_a_posting_of_a_lead_that_is_gone_is_not_begun(parts: Parts, samples: SampleStore) -> None:
    """So no card is posted that nobody would ever delete."""
    lead_id = sample(parts)
    samples.retire()
    samples.delete("T1")
    with pytest.raises(GiveUp, match=f"L-{lead_id} was removed"):
        parts.postings.begin(f"lead:{lead_id}:card", "C1", None, "digest", lead_id)


def test_a_workflow_in_the_middle_of_a_sample_leaves_nothing(parts: Parts, samples: SampleStore) -> None:
    """It can open no lead any more, and one that it has opened is drawn nowhere."""
    lead_id, other = opened(parts), opened(parts)
    late = parts.accept(sample=True)
    samples.retire()
    with pytest.raises(GiveUp, match="has ended meanwhile"):
        parts.open(message_id=late)
    parts.leads.complete(lead_id, triage(), [match(lead_id, other)])
    assert parts.views.lag() == {}
    assert samples.delete("T1") == Gone(leads=2, messages=3)
    parts.leads.complete(other, triage(), [])
    with pytest.raises(GiveUp, match="was deleted meanwhile"):
        parts.open(message_id=late)
    assert parts.messages.fail(late, 1, "match", "gone", blame=True) is None
    assert rows(parts) == dict.fromkeys(TABLES, 0)


def test_a_removal_and_a_workflow_at_once_end_clean(parts: Parts, samples: SampleStore) -> None:
    """Whoever is first, at whichever step: no row is left, and neither fails in a way that it does not know."""

    def work(message_id: int) -> None:
        with contextlib.suppress(GiveUp, RetryLater):
            lead_id = parts.open(message_id=message_id)
            parts.leads.complete(lead_id, triage(), [])

    def remove() -> None:
        for _ in range(20):
            with contextlib.suppress(RetryLater):
                samples.retire()
                if samples.delete("T1") is not None:
                    return
        raise AssertionError("it never ends")

    for _ in range(5):
        ids = [parts.accept(sample=True) for _ in range(3)]
        at_once(remove, *(partial(work, message_id) for message_id in ids))
        assert rows(parts) == dict.fromkeys(TABLES, 0)


def test_real_mail_that_counted_as_a_samples_copy_is_read_for_itself(parts: Parts, samples: SampleStore) -> None:
    """Nothing real is ever lost with a sample."""
    original, copy = parts.accept(sample=True), parts.accept()
    parts.messages.dispatch(10, lambda *_: None)
    assert parts.messages.describe(original, "same@id", "hash", (), "") is None
    assert parts.messages.describe(copy, "same@id", "hash", (), "") == original
    samples.retire()
    assert samples.delete("T1") == Gone(leads=0, messages=1)
    assert parts.state(copy) == MessageState.IN_PROGRESS
    waiting: list[tuple[int, int]] = []
    parts.messages.dispatch(10, lambda _, row, attempt: waiting.append((row, attempt)))
    assert waiting == [(copy, 2)]


@pytest.mark.parametrize("first", [True, False], ids=["sample first", "real first"])
def test_a_sample_sender_is_no_known_party_and_no_contact_of_real_mail(parts: Parts, first: bool) -> None:
    """One address in both worlds is two contacts, each known among its own."""
    for is_sample in (first, not first):
        assert not parts.leads.known_party(KEYS, sample=is_sample)
        parts.open(message_id=parts.accept(sample=is_sample))
        assert parts.leads.known_party(KEYS, sample=is_sample)
    parts.open(message_id=parts.accept(sample=True))
    assert parts.scalar("SELECT count(*) FROM contacts") == 2


def test_samples_and_real_leads_are_never_compared(parts: Parts) -> None:
    """Neither by their party, nor by the index, nor while they wait for it; a search by staff finds both."""
    index = ExactIndex()
    vector = np.asarray((1.0, 0.0), dtype=np.float32)
    real, mine = parts.lead(), sample(parts)
    index.upsert([real, mine], np.asarray([vector, vector]))
    parts.views.caught_up("index", [(real, 1), (mine, 1)])
    waiting, my_waiting = parts.lead(), sample(parts)
    near = Neighbours(parts.leads, index).near

    def found(only: bool | None) -> set[int]:
        return {lead.lead_id for lead, _ in near(vector, KEYS, sample=only)}

    assert found(False) == {real, waiting}
    assert found(True) == {mine, my_waiting}
    assert found(None) == {real, waiting, mine, my_waiting}


def test_samples_take_no_real_leads_place_among_the_nearest(parts: Parts) -> None:
    """However many of them are nearer."""
    index = ExactIndex()
    nearer, vector = np.asarray((1.0, 0.0), dtype=np.float32), np.asarray((0.8, 0.6), dtype=np.float32)
    crowd = [sample(parts, f"s{number}@example.com") for number in range(10)]
    real = [parts.lead(f"r{number}@example.com") for number in range(20)]
    index.upsert([*crowd, *real], np.asarray([nearer] * 10 + [vector] * 20))
    parts.views.caught_up("index", [(lead_id, 1) for lead_id in (*crowd, *real)])
    found = Neighbours(parts.leads, index).near(nearer, sample=False)
    assert sorted(lead.lead_id for lead, _ in found) == real


def test_a_reply_belongs_to_no_lead_of_the_other_world(parts: Parts) -> None:
    """Whoever names a sample's Message-ID."""
    lead_id = sample(parts)
    message_id = parts.scalar(f"SELECT message_id FROM leads WHERE id = {lead_id}")
    parts.messages.describe(message_id, "sample@id", "hash", ("ann@example.com",), "")
    with parts.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE messages SET lead_id = {lead_id}"))
    assert parts.messages.in_threads([], ["sample@id"]) == []
    assert [hit.lead_id for hit in parts.messages.in_threads([], ["sample@id"], sample=True)] == [lead_id]


def test_lists_can_leave_samples_out(parts: Parts) -> None:
    """For the digest."""
    sample(parts)
    real = parts.lead("bo@example.com")
    assert [lead.id for lead in parts.book.listed(samples=False)] == [real]
    assert [lead.id for lead in parts.book.listed(every=True, samples=False)] == [real]
    assert (parts.book.count_open(), parts.book.count_open(samples=False)) == (2, 1)


def test_looking_for_samples_reads_no_mail(sqlite_parts: Parts) -> None:
    """Ten rows among a million are found by an index of their own."""
    plans: list[str] = []
    samples = SampleStore(sqlite_parts.database, sqlite_parts.clock)
    sample(sqlite_parts)

    def explain(_: object, cursor: object, statement: str, parameters: object, *__: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            steps = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[attr-defined]
            plans.extend(step[3] for step in steps)

    sa.event.listen(sqlite_parts.engine, "before_cursor_execute", explain)
    samples.count()
    samples.retired()
    samples.retire()
    samples.posted("T1")
    assert plans
    assert [step for step in plans if step.startswith("SCAN") and "ix_messages_sample" not in step] == []


def count_steps(parts: Parts) -> list[int]:
    """Grows by one with each step that SQLite takes."""
    steps: list[int] = []
    connected = parts.engine.raw_connection()
    driver = connected.driver_connection
    assert driver is not None
    driver.set_progress_handler(lambda: steps.append(1), 1)
    connected.close()  # back to the pool, which hands it out again
    return steps


def test_a_removal_costs_no_more_in_a_full_house(sqlite_parts: Parts) -> None:
    """Neither mail nor leads nor messages in Slack that have nothing to do with samples are gone through."""
    samples = SampleStore(sqlite_parts.database, sqlite_parts.clock)
    steps = count_steps(sqlite_parts)

    def cost() -> int:
        lead_id = sample(sqlite_parts, others=[sample(sqlite_parts)])
        post(sqlite_parts, f"lead:{lead_id}:card", lead_id)
        samples.retire()
        steps.clear()
        samples.posted("T1")
        assert samples.delete() == Gone(leads=2, messages=2)
        return len(steps)

    empty = cost()
    for number in range(50):
        lead_id = sqlite_parts.lead(f"real{number}@example.com")
        post(sqlite_parts, f"lead:{lead_id}:card", lead_id)
    assert 0 < cost() <= empty


def test_a_busy_contact_is_told_from_a_sample_at_once(sqlite_parts: Parts) -> None:
    """Not by a look at each of its leads."""
    steps = count_steps(sqlite_parts)
    costs = []
    for count in (1, 50):
        for _ in range(count):
            sqlite_parts.lead()
        steps.clear()
        assert sqlite_parts.leads.known_party(KEYS)
        costs.append(len(steps))
    assert 0 < costs[1] == costs[0]


def test_a_reply_to_a_sample_and_a_removal_do_not_wait_for_each_other(postgres_parts: Parts) -> None:
    """Both take the lead before its messages."""
    lead_id = sample(postgres_parts)
    reply = postgres_parts.accept(sample=True)
    with ThreadPoolExecutor(1) as pool, postgres_parts.engine.begin() as other:
        other.execute(sa.text(f"SELECT 1 FROM leads WHERE id = {lead_id} FOR UPDATE"))
        attached = pool.submit(postgres_parts.leads.attach, reply, lead_id, "a reply")
        with pytest.raises(TimeoutError):
            attached.result(0.3)
        other.execute(sa.text(f"SELECT 1 FROM messages WHERE id = {reply} FOR UPDATE NOWAIT"))
        other.commit()
        attached.result(5)
    assert postgres_parts.state(reply) == MessageState.ATTACHED


def test_a_duplicate_of_a_sample_and_a_removal_do_not_wait_for_each_other(postgres_parts: Parts) -> None:
    """Both take the older lead first."""
    older, newer = sample(postgres_parts), opened(postgres_parts)
    with ThreadPoolExecutor(1) as pool, postgres_parts.engine.begin() as other:
        other.execute(sa.text(f"SELECT 1 FROM leads WHERE id = {older} FOR UPDATE"))
        completed = pool.submit(postgres_parts.leads.complete, newer, triage(), [match(newer, older)])
        with pytest.raises(TimeoutError):
            completed.result(0.3)
        other.execute(sa.text(f"SELECT 1 FROM leads WHERE id = {newer} FOR UPDATE NOWAIT"))
        other.commit()
        completed.result(5)
    lead = postgres_parts.book.get(newer)
    assert lead is not None
    assert lead.duplicate_of == older
