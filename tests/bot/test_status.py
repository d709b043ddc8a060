"""The state of everything, as numbers and in words."""

from __future__ import annotations

import sqlalchemy as sa

from bot import checks
from bot.bootstrap import Store
from bot.status import Status, gather, lines
from enrichment.adapters.store.ledger import ChannelLedger
from enrichment.models import MessageState
from tests.enrichment import fixtures
from tests.enrichment.parts import Parts

# The core's own fixtures; this folder's conftest has others by some of the names.
migrated_file = fixtures.migrated_file
migrated_postgres = fixtures.migrated_postgres
parts = fixtures.parts
postgres_parts = fixtures.postgres_parts
sqlite_parts = fixtures.sqlite_parts


def status(parts: Parts, *, running: bool = True) -> Status:
    """The state of this store."""
    return gather(
        parts.ledger, parts.book, parts.views, running=running, used=("card", "thread", "index"), now=parts.clock.now()
    )


def test_an_empty_store_is_in_balance(parts: Parts) -> None:
    """Nothing received, nothing open, every state at nought."""
    found = status(parts)
    assert (found.received, found.balanced, found.open_leads, found.behind) == (0, True, 0, {})
    assert found.states == {state.value: 0 for state in MessageState}
    assert lines(found, parts.clock.now()) == ["0 open leads, 0 messages received"]


def test_every_number_is_there(parts: Parts) -> None:
    """Channels, states, copies, what views are behind with, and what was set aside."""
    parts.lead()
    parts.views.caught_up("index", [(1, 1)])
    first, copy = parts.accept(), parts.accept(channel="imap")
    for message_id in (first, copy):
        parts.messages.describe(message_id, "1@x", "body", [], "")
    for attempt in (1, 2, 3):
        parts.messages.fail(first, attempt, "parse", "boom", blame=True)
    waiting = parts.accept()
    parts.clock.move(90)
    found = status(parts)
    assert (found.received, found.open_leads, found.balanced) == (3, 1, True)
    assert {state: count for state, count in found.states.items() if count} == {"lead": 1, "quarantined": 1, "in_progress": 1}  # fmt: skip  # noqa: E501
    assert found.channels["imap"].copies == 1
    assert found.behind == {"card": 1, "thread": 1}
    assert [message.id for message in found.quarantined] == [first]
    stored = parts.messages.get(waiting)
    assert stored is not None
    assert found.oldest_in_progress == stored.received_at
    assert found.oldest_in_progress_seconds == 90
    assert found.last_success == {"index": stored.received_at}
    assert lines(found, parts.clock.now()) == [
        "1 open leads, 3 messages received",
        "imap: 0 received = none, 1 more copies, last 90 s ago",
        "smtp: 3 received = 1 in progress, 1 lead, 1 quarantined, last 90 s ago",
        "oldest in progress: 90 s",
        "Slack cards: 1 lead to go, last success never",
        "similar leads: up to date, last success 90 s ago",
        "Slack threads: 1 lead to go, last success never",
        f"set aside: message {first} failed in parse: boom",
        "`leadbot dead-letters` lists what was set aside",
    ]


def test_a_mismatch_is_an_error_and_a_stopped_bot_is_named(parts: Parts) -> None:
    """What does not add up must not be overlooked."""
    broken = Status(running=False, received=2, channels={"smtp": ChannelLedger(received=2)})
    told = lines(broken, parts.clock.now())
    assert told[0].endswith("(the bot is not running)")
    assert "ERROR smtp: the states do not add up to what was received" in told


def test_what_a_terminal_would_obey_is_taken_out(parts: Parts) -> None:
    """An error may quote the mail that caused it."""
    parts.quarantine(error="KeyError: '\x1b]0;owned\x07\x9b2J\nsmtp: 9 received \u202egnp'")
    (line,) = [line for line in lines(status(parts), parts.clock.now()) if line.startswith("set aside")]
    assert line == "set aside: message 1 failed in parse: KeyError: ']0;owned2J smtp: 9 received gnp'"


def test_lead_without_its_row_is_an_error(parts: Parts) -> None:
    """A message that ended as a lead of which there is none is shown, by the command and by the check alike."""
    parts.lead()
    assert checks.ledger(store_of(parts)).state == "ok"
    with parts.engine.begin() as connection:
        connection.execute(sa.text("UPDATE leads SET revision = 0"))
    found = status(parts)
    assert not found.balanced
    assert "ERROR: 1 messages ended as leads, but there are 0 leads" in lines(found, parts.clock.now())
    assert checks.ledger(store_of(parts)).detail == "the books of leads do not balance"
    with parts.engine.begin() as connection:
        connection.execute(sa.text("UPDATE messages SET state = 'gone'"))
    assert checks.ledger(store_of(parts)).model_dump(exclude={"advice"}) == {
        "name": "ledger",
        "state": "failed",
        "detail": "the books of smtp do not balance",
    }


def store_of(parts: Parts) -> Store:
    """The same as the bot opens it."""
    return Store(parts.database, parts.clock, parts.messages, parts.book, parts.views, parts.ledger)


def test_ages_are_told_in_units_that_people_read(parts: Parts) -> None:
    """A view that stands still for days is seen at a glance; a clock that was set back makes no age negative."""
    parts.views.caught_up("card", [(parts.lead(), 1)])
    for seconds, told in ((-600, "0 s"), (600 + 150, "2 min"), (3 * 3600, "3 h"), (5 * 86_400, "5 d")):
        parts.clock.move(seconds)
        assert f"Slack cards: up to date, last success {told} ago" in lines(status(parts), parts.clock.now())
