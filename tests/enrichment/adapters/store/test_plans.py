"""The queries of every message and every second stay quick when there are a million messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from enrichment.adapters.store.book import Filters
from enrichment.adapters.store.conversations import Conversations
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.adapters.store.routed import Routed, goes_to
from enrichment.lead import UrgencyLabel, Verdict
from tests.enrichment.mailbox import INBOX, SHOP, fetched
from tests.enrichment.parts import START, Parts


def poll(parts: Parts) -> None:
    """All that a poll asks of the store, in a folder that was numbered anew."""
    boxes = Mailboxes(parts.database, parts.clock)
    for validity in (1, 2):
        boxes.begin(SHOP, INBOX, validity, 0, since_uid=1)
        batch = [fetched(1, b"a", validity=validity)]
        boxes.store(SHOP, INBOX, validity, batch, last_uid=1, errands=True, rescan=validity == 2)
        boxes.store(SHOP, INBOX, validity, batch, last_uid=1)
    boxes.cursor(SHOP, INBOX)
    boxes.stored(SHOP, INBOX, 2, [1, 2])
    boxes.ran(SHOP, INBOX, boxes.errands(SHOP, INBOX, 10))
    boxes.pulses([SHOP])


MINE = Filters(owner="U1", label=UrgencyLabel.HOT, since=START, snoozed=False)


def near(parts: Parts) -> None:
    """What is asked with every message of Slack."""
    said = parts.accept(channel="slack", account="T1", mail_from="U1")
    conversations = Conversations(parts.database, parts.clock)
    message = parts.messages.get(said)
    assert message is not None
    conversations.near(message, 120)


def routed(parts: Parts) -> None:
    """What is asked for every card where rules send leads to channels."""
    table = Routed(parts.database, "T1")
    table.undecided()
    table.shown([1, 2])
    table.accounts([1, 2])
    table.decide({1: "C0HOT"})
    table.move(1, "")
    table.channel(1)
    views = parts.views
    views.behind("card", 1, None, goes_to("T1", "C0HOT"))
    views.behind("thread", 1, "card", goes_to("T1", ""))


HOT: dict[str, Callable[[Parts], object]] = {
    "dispatch": lambda parts: parts.messages.dispatch(100, lambda *_: None),
    "dispatched": lambda parts: parts.messages.dispatched(),
    "in_threads": lambda parts: parts.messages.in_threads([7], ["a@x", "b@x"]),
    "waits_for": lambda parts: parts.messages.waits_for(1, ["a@x", "b@x"]),
    "attached_to": lambda parts: parts.messages.attached_to(1),
    "known_party": lambda parts: parts.leads.known_party([("email", "a@x"), ("phone", "+1")]),
    "of_party": lambda parts: parts.leads.of_party([("email", "a@x"), ("phone", "+1")], "john", 50),
    "unindexed": lambda parts: parts.leads.unindexed(500),
    "candidates": lambda parts: parts.leads.candidates([1, 2, 3]),
    "opened": lambda parts: parts.leads.opened(1),
    "behind": lambda parts: parts.views.behind("card", 1),
    "behind after": lambda parts: parts.views.behind("thread", 1, "card"),
    "lag": lambda parts: parts.views.lag(),
    "listed": lambda parts: parts.book.listed(limit=30),
    "count_open": lambda parts: parts.book.count_open(),
    "ledger": lambda parts: parts.ledger.by_channel(),
    "unnoticed": lambda parts: parts.ledger.unnoticed(100),
    "poll": poll,
    "posting": lambda parts: parts.postings.get("lead:1:card"),
    "found": lambda parts: parts.book.found(MINE, 30),
    "count": lambda parts: parts.book.count(MINE),
    "found all": lambda parts: parts.book.found(Filters(status=()), 30),
    "week": lambda parts: parts.figures.week(START),
    "by_day": lambda parts: parts.figures.by_day(START.date(), START.date(), ZoneInfo("UTC")),
    "reminders": lambda parts: parts.reminders.due(START, 100),
    "edit": lambda parts: parts.editing.edit(1, "U1", "Maya", {"email": "bea@example.com"}),
    "judge": lambda parts: parts.verdicts.judge(1, parts.lead(), "U1", "Maya", Verdict.SAME),
    "snooze": lambda parts: parts.desk.snooze(1, "U1", "Maya", START + timedelta(hours=1)),
    "near": near,
    "routed": routed,
    "has_unsearched": lambda parts: parts.book.has_unsearched(),
    "awaken": lambda parts: parts.desk.awaken(1),
}
# What reads an index from end to end, by its name, and why that is little: only rows that wait are in it, or only
# four short columns of each.
WHOLE = {"dispatch": "ix_messages_undispatched", "lag": "ix_views_behind", "ledger": "ix_messages_ledger"}
WHOLE |= dict.fromkeys(("week", "by_day"), "ix_messages_sample")  # the samples, ten rows


@contextmanager
def plans(engine: sa.Engine) -> Iterator[list[str]]:
    """How SQLite goes about each statement inside the block."""
    found: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            some = parameters[0] if many else parameters
            steps = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", some)
            found.extend(step[3] for step in steps)

    sa.event.listen(engine, "before_cursor_execute", explain)
    yield found
    sa.event.remove(engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("name", HOT)
def test_no_table_is_read_from_end_to_end(sqlite_parts: Parts, name: str) -> None:
    """Every hot query looks its rows up by an index."""
    sqlite_parts.lead()
    with plans(sqlite_parts.engine) as steps:
        HOT[name](sqlite_parts)
    assert steps
    tables = {
        "messages",
        "leads",
        "contacts",
        "contact_points",
        "matches",
        "views",
        "postings",
        "mailbox_mails",
        "events",
        "reminders",
        "lead_channels",
        "batch_leads",
    }
    scans = [step for step in steps if step.startswith("SCAN ") and step.split()[1] in tables]
    assert [step for step in scans if WHOLE.get(name, "-") not in step] == []


def test_the_ledger_reads_no_mail(sqlite_parts: Parts) -> None:
    """It is counted from an index alone: the table is full of mail."""
    with plans(sqlite_parts.engine) as steps:
        sqlite_parts.ledger.by_channel()
    assert steps == ["SCAN messages USING COVERING INDEX ix_messages_ledger"]


def test_leads_are_counted_from_indexes(sqlite_parts: Parts) -> None:
    """Neither mail nor the customers' words are read for it."""
    with plans(sqlite_parts.engine) as steps:
        sqlite_parts.ledger.leads()
    assert [step for step in steps if step.startswith(("SCAN", "SEARCH"))] == [
        "SCAN CONSTANT ROW",
        "SEARCH messages USING COVERING INDEX ix_messages_state (state=?)",
        "SCAN messages USING INDEX ix_messages_sample",
        "SCAN leads USING COVERING INDEX ix_leads_received",
    ]


def test_dispatch_does_not_look_at_what_is_in_progress(sqlite_parts: Parts) -> None:
    """With a hundred thousand messages at work, finding the new ones costs no more than with none."""
    with plans(sqlite_parts.engine) as steps:
        sqlite_parts.messages.dispatch(100, lambda *_: None)
    assert steps == ["SCAN messages USING INDEX ix_messages_undispatched"]


def test_lists_are_told_from_the_index_alone(sqlite_parts: Parts) -> None:
    """Of a hundred thousand leads only those of the page are read, whatever is asked for besides words."""
    with plans(sqlite_parts.engine) as steps:
        sqlite_parts.book.count(MINE)
        sqlite_parts.book.found(MINE, 30)
    searches = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    assert [step[:51] for step in searches] == ["SEARCH leads USING COVERING INDEX ix_leads_open (st"] * 2


@contextmanager
def plans_of_postgresql(engine: sa.Engine) -> Iterator[list[str]]:
    """How PostgreSQL goes about each statement inside the block when it may read no table where an index serves."""
    found: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            with cursor.connection.cursor() as asking:
                asking.execute("SET LOCAL enable_seqscan = off")
                asking.execute(f"EXPLAIN {statement}", parameters[0] if many else parameters)
                found.extend(row[0] for row in asking.fetchall())

    sa.event.listen(engine, "before_cursor_execute", explain)
    yield found
    sa.event.remove(engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("name", ["near", "routed", "has_unsearched"])
def test_postgresql_reads_no_table_either(postgres_parts: Parts, name: str) -> None:
    """Of what is asked with every message and every card."""
    postgres_parts.lead()
    with plans_of_postgresql(postgres_parts.engine) as steps:
        HOT[name](postgres_parts)
    assert steps
    assert [step for step in steps if "Seq Scan on" in step] == []


def test_talk_is_looked_up_by_who_said_it(parts: Parts) -> None:
    """Among a hundred thousand messages the few of one person within minutes are found by an index of their own."""
    explained = plans if parts.engine.dialect.name == "sqlite" else plans_of_postgresql
    with explained(parts.engine) as steps:
        near(parts)
    assert [step for step in steps if "ix_messages_talk" in step]
