"""The ledger: whatever happens, every message is counted once."""

from __future__ import annotations

import collections
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.ledger import LeadCount
from enrichment.adapters.store.messages import MAX_FAILURES
from enrichment.models import MessageState
from tests.enrichment.parts import Parts, SetClock, triage


def test_each_channel_is_counted_apart(parts: Parts) -> None:
    """States, copies, and the oldest that waits."""
    parts.accept()
    parts.clock.move(60)
    ended = parts.accept()
    parts.messages.finish(ended, MessageState.FILTERED, "newsletter")
    slack = parts.accept(channel="slack")
    ledger = parts.ledger.by_channel()
    assert set(ledger) == {"smtp", "slack"}
    assert (ledger["smtp"].received, ledger["smtp"].states["filtered"], ledger["smtp"].states["in_progress"]) == (
        2,
        1,
        1,
    )
    oldest = parts.messages.get(1)
    assert oldest is not None
    assert ledger["smtp"].oldest_in_progress == oldest.received_at
    assert ledger["smtp"].last_received == parts.clock.now()
    assert all(channel.balanced for channel in ledger.values())
    assert slack > ended


def test_history_is_counted_and_keeps_nobody_waiting(parts: Parts) -> None:
    """It is a message like any other, but its age is none of a message at work."""
    parts.accept(channel="imap", historical=True, received_at=parts.clock.now() - timedelta(days=900))
    imap = parts.ledger.by_channel()["imap"]
    assert (imap.received, imap.states["in_progress"], imap.oldest_in_progress) == (1, 1, None)
    parts.clock.move(5)
    live = parts.clock.now()
    parts.accept(channel="imap", received_at=live)
    assert parts.ledger.by_channel()["imap"].oldest_in_progress == live


def test_an_empty_store_has_an_empty_ledger(parts: Parts) -> None:
    """Nothing came, nothing is counted."""
    assert parts.ledger.by_channel() == {}
    assert parts.ledger.quarantined() == []


def test_the_ledger_is_of_one_moment(parts: Parts) -> None:
    """Mail that comes in while the ledger is read does not unbalance it."""

    def arrive(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT messages.channel"):
            parts.accept()

    parts.accept()
    sa.event.listen(parts.engine, "after_cursor_execute", arrive)
    assert [channel.balanced for channel in parts.ledger.by_channel().values()] == [True]
    sa.event.remove(parts.engine, "after_cursor_execute", arrive)
    assert parts.ledger.by_channel()["smtp"].received == 2


def test_a_state_nobody_knows_unbalances_the_ledger(parts: Parts) -> None:
    """A message that is in no state of ours is a mismatch, not a quiet nothing."""
    parts.accept()
    with parts.database.begin() as connection:
        connection.exec_driver_sql("UPDATE messages SET state = 'lost'")
    assert not parts.ledger.by_channel()["smtp"].balanced


def test_a_lead_that_is_gone_unbalances_the_ledger(parts: Parts) -> None:
    """As does one whose message is not a lead's; samples on their way out are nobody's loss."""
    first, second = parts.lead(), parts.lead("bo@example.com")
    parts.lead("sam@example.com", message_id=parts.accept(sample=True))
    parts.open("ann@example.com")
    assert parts.ledger.leads() == LeadCount(ended=2, shown=2)
    with parts.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE leads SET revision = 0 WHERE id = {first}"))
        connection.execute(sa.text("UPDATE messages SET state = 'discarded' WHERE sample"))
    assert parts.ledger.leads() == LeadCount(ended=2, shown=1)
    assert not parts.ledger.leads().balanced
    with parts.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE messages SET state = 'filtered' WHERE lead_id IN ({first}, {second})"))
    assert parts.ledger.leads() == LeadCount(ended=0, shown=1)


def test_notice_marks_what_was_told_and_no_later_failure(parts: Parts) -> None:
    """A message that was tried again while Slack was slow, and failed again, is told of once more."""
    message = parts.quarantine()
    told = parts.ledger.unnoticed(9)
    parts.dead_letters.retry([message], "cli:maya")
    parts.ledger.notice(told)
    for attempt in (4, 5, 6):
        parts.messages.fail(message, attempt, "parse", "again", blame=True)
    parts.ledger.notice(told)
    (again,) = parts.ledger.unnoticed(9)
    assert (again.id, again.attempt) == (message, 6)
    parts.ledger.notice([again])
    assert parts.ledger.unnoticed(9) == []


def test_staff_are_told_of_each_quarantined_message_once(parts: Parts) -> None:
    """Oldest first, until noticed."""
    for _ in range(3):
        message_id = parts.accept()
        for attempt in range(1, MAX_FAILURES + 1):
            parts.messages.fail(message_id, attempt, "parse", "boom", blame=True)
    assert [message.id for message in parts.ledger.unnoticed(2)] == [1, 2]
    parts.ledger.notice(parts.ledger.unnoticed(2))
    assert [message.id for message in parts.ledger.unnoticed(9)] == [3]
    assert [message.id for message in parts.ledger.quarantined()] == [3, 2, 1]


class Everything(RuleBasedStateMachine):
    """Any sequence of what can happen to messages, beside a model of where each must be."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name, "leadbot.db")
        shutil.copy(self.template, file)
        self.parts = Parts(Database(make_engine(f"sqlite:///{file}")), SetClock())
        self.states: dict[int, str] = {}
        self.failures: collections.Counter[int] = collections.Counter()
        self.leads: list[int] = []

    def teardown(self) -> None:
        """Close the database and delete it."""
        self.parts.engine.dispose()
        self.folder.cleanup()

    def pick(self, number: int) -> int:
        """One of the messages."""
        return sorted(self.states)[number % len(self.states)]

    def end(self, message_id: int, state: str) -> None:
        """The first end of a message stands."""
        if self.states[message_id] == "in_progress":
            self.states[message_id] = state

    @rule(body=st.integers(0, 5), stamped=st.booleans(), channel=st.sampled_from(["smtp", "imap"]))
    def accept(self, body: int, stamped: bool, channel: str) -> None:
        """A message comes, perhaps again."""
        made = self.parts.accept(f"{body}{stamped}".encode(), stamped=stamped, channel=channel)
        self.states.setdefault(made, "in_progress")

    @precondition(lambda self: self.states)
    @rule(number=st.integers(0))
    def acknowledge(self, number: int) -> None:
        """A sender has read our answer."""
        self.parts.messages.acknowledge(self.pick(number))

    @rule()
    def dispatch(self) -> None:
        """Waiting messages are handed over."""
        self.parts.clock.move(400)
        self.parts.messages.dispatch(100, lambda *_: None)

    @precondition(lambda self: self.states)
    @rule(number=st.integers(0), body=st.integers(0, 2))
    def describe(self, number: int, body: int) -> None:
        """A message in progress is read, and may be a copy."""
        message_id = self.pick(number)
        if self.states[message_id] == "in_progress":
            original = self.parts.messages.describe(message_id, "m@site", f"{body}", [], "")
            if original is not None:
                assert self.states[original] != "copy"
                self.states[message_id] = "copy"

    @precondition(lambda self: self.states)
    @rule(number=st.integers(0))
    def become_lead(self, number: int) -> None:
        """A message in progress becomes a lead."""
        message_id = self.pick(number)
        if self.states[message_id] == "in_progress":
            lead_id = self.parts.open(message_id=message_id)
            self.parts.leads.complete(lead_id, triage(), [])
            self.leads.append(lead_id)
            self.states[message_id] = "lead"

    @precondition(lambda self: self.states and self.leads)
    @rule(number=st.integers(0))
    def attach(self, number: int) -> None:
        """A message is part of a lead, perhaps told twice."""
        message_id = self.pick(number)
        self.parts.leads.attach(message_id, self.leads[number % len(self.leads)], "a reply")
        self.end(message_id, "attached")

    @precondition(lambda self: self.states)
    @rule(number=st.integers(0), state=st.sampled_from([MessageState.FILTERED, MessageState.DISCARDED]))
    def finish(self, number: int, state: MessageState) -> None:
        """A message ends as no lead, perhaps too late."""
        message_id = self.pick(number)
        self.parts.messages.finish(message_id, state, "because")
        self.end(message_id, state.value)

    @precondition(lambda self: self.states)
    @rule(number=st.integers(0), late=st.booleans(), blame=st.booleans())
    def fail(self, number: int, late: bool, blame: bool) -> None:
        """An attempt fails: the current one, or one that is over."""
        message_id = self.pick(number)
        stored = self.parts.messages.get(message_id)
        assert stored is not None
        self.parts.messages.fail(message_id, stored.attempt - late, "parse", "boom", blame=blame)
        if blame and not late and self.states[message_id] == "in_progress":
            self.failures[message_id] += 1
            if self.failures[message_id] == MAX_FAILURES:
                self.states[message_id] = "quarantined"

    @precondition(lambda self: self.states)
    @rule(number=st.integers(0))
    def redispatch(self, number: int) -> None:
        """A workflow is gone."""
        message_id = self.pick(number)
        stored = self.parts.messages.get(message_id)
        assert stored is not None
        self.parts.messages.redispatch(message_id, stored.attempt)

    @precondition(lambda self: self.states)
    @rule(number=st.integers(0))
    def retry(self, number: int) -> None:
        """A person has a message tried again, if it was set aside."""
        message_id = self.pick(number)
        settled = self.parts.dead_letters.retry([message_id], "cli:maya")
        assert bool(settled.done) == (self.states[message_id] == "quarantined")
        if settled.done:
            self.states[message_id] = "in_progress"
            self.failures[message_id] = 0

    @precondition(lambda self: self.states)
    @rule(number=st.integers(0))
    def discard(self, number: int) -> None:
        """A person throws a message away, if it was set aside."""
        message_id = self.pick(number)
        settled = self.parts.dead_letters.discard([message_id], "cli:maya")
        assert bool(settled.done) == (self.states[message_id] == "quarantined")
        if settled.done:
            self.states[message_id] = "discarded"

    @invariant()
    def balanced(self) -> None:
        """The ledger says what the model says, and adds up."""
        counted: collections.Counter[str] = collections.Counter()
        for channel in self.parts.ledger.by_channel().values():
            assert channel.balanced
            counted.update(channel.states)
            counted["copy"] += channel.copies
        assert {name: count for name, count in counted.items() if count} == collections.Counter(self.states.values())


def test_the_ledger_is_balanced_after_anything(migrated_file: Path) -> None:
    """Whatever happens in whatever order, each received message is in exactly the state it should be in."""
    machine = type("Machine", (Everything,), {"template": migrated_file})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, database=None, suppress_health_check=checks
        ),
    )
