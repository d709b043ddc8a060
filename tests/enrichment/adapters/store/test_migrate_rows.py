"""From each revision that ever was, full of rows, to the newest: nothing is lost, and the bot goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from enrichment.adapters.store import migrate
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import metadata
from enrichment.lead import LeadStatus, MatchKind
from enrichment.models import MessageState
from tests.enrichment.adapters.store.rows_of_then import AT, MESSAGES, SINCE, write
from tests.enrichment.house import build, mail
from tests.enrichment.parts import ExactIndex, Parts, SetClock, WordVectors

ROOT = Path(__file__).parents[4]
SCRIPTS = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
# Killed as by a power cut before so many statements of the upgrade, or before its end.
KILLED = """
import os, signal, sys
import sqlalchemy as sa
from enrichment.adapters.store.engine import make_engine
from enrichment.adapters.store.migrate import upgrade
engine, left = make_engine(sys.argv[1]), [int(sys.argv[2])]
def count(*_):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
sa.event.listen(engine, "before_cursor_execute", count)
sa.event.listen(engine, "commit", lambda _: left[0] < 1000 or os.kill(os.getpid(), signal.SIGKILL))
upgrade(engine)
"""
AT_COMMIT = 1_000_000
Snapshot = dict[str, list[tuple[object, ...]]]


def made_at(engine: sa.Engine, revision: str) -> Snapshot:
    """Make the database at this revision and fill it as was usual then; every row that is in it."""
    with engine.begin() as connection:
        migrate._lock(connection)
        command.upgrade(migrate._config(connection), revision)
        write(connection, REVISIONS[: REVISIONS.index(revision) + 1])
    return snapshot(engine)


def snapshot(engine: sa.Engine, columns: Snapshot | None = None) -> Snapshot:
    """Every row of every table; of these alone when they are given by their first line, the names of the columns."""
    tables = sa.MetaData()
    tables.reflect(engine)
    found: Snapshot = {}
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name == "alembic_version" or (columns is not None and table.name not in columns):
                continue
            names = table.columns.keys() if columns is None else columns[table.name][0]
            rows = connection.execute(sa.select(*(table.columns[str(name)] for name in names)))
            found[table.name] = [tuple(names), *sorted((tuple(map(repr, row)) for row in rows), key=str)]
    return found


def revision_of(engine: sa.Engine) -> str | None:
    """Where the database is."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def parts_of(engine: sa.Engine) -> Parts:
    """The store's own classes on it, a day later."""
    clock = SetClock()
    clock.moment = AT.replace(day=2)
    return Parts(Database(engine), clock)


@pytest.mark.parametrize("revision", REVISIONS)
def test_no_row_is_lost_on_the_way_up(engine: sa.Engine, revision: str) -> None:
    """Each row of then is there with what it held, in the schema of today; a view may have got rows for its leads."""
    before = made_at(engine, revision)
    migrate.upgrade(engine)
    after = snapshot(engine, before)
    for name, rows in before.items():
        assert set(rows) <= set(after[name]), name
        assert name == "views" or len(rows) == len(after[name]), name
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_of_then_are_read_as_if_written_today(engine: sa.Engine, revision: str) -> None:
    """By the ledger, the book of leads, the dead letters, the views, the postings and the history."""
    made_at(engine, revision)
    migrate.upgrade(engine)
    parts = parts_of(engine)
    samples = int(revision >= "0003")
    ledger = parts.ledger.by_channel()["smtp"]
    assert ledger.balanced
    assert (ledger.received, ledger.copies) == (len(MESSAGES) - 1 + samples, 1)
    once = {"attached": 1, "filtered": 1, "quarantined": 1, "discarded": 1, "erased": 1}
    assert ledger.states == {"in_progress": 3, "lead": 2 + samples, **once}
    first, second = parts.book.listed(samples=False)
    assert (first.id, first.revision, first.triage.urgency, first.duplicate_of) == (1, 3, 80, None)
    assert (first.business, first.sample, first.analysis, first.owner, first.note) == ("", False, None, "", "")
    assert (second.id, second.duplicate_of, second.matches[0].kind) == (2, 1, MatchKind.DUPLICATE)
    if samples:
        assert [(lead.id, lead.owner_name, lead.status) for lead in parts.book.listed() if lead.sample] == [
            (4, "Maya", LeadStatus.CLAIMED)
        ]
    (letter,) = parts.dead_letters.listed()
    assert (letter.id, letter.stage, letter.error, letter.attempts) == (4, "parse", "boom", 3)
    behind = {"card": [(2, 1)], "thread": [(1, 3), (2, 1)], "index": [(3, 1)], "crm": [(1, 3), (2, 1)]}
    assert {view: parts.views.behind(view, 10) for view in behind} == behind
    assert parts.views.behind("analysis", 10) == [(1, 1), (2, 1)]
    states = [parts.postings.get(f"lead:{number}:card") for number in (1, 2)]
    assert [found and (found.state, found.ts) for found in states] == [("sent", "1793523600.000100"), ("sending", None)]
    assert [event.action for event in parts.history.of(1, ["opened", "wrote"])] == ["opened", "wrote"]
    assert parts.messages.attached_to(1) == [(2, "My brakes grind", "a reply in the lead's thread")]


@pytest.mark.parametrize("revision", REVISIONS)
def test_bot_goes_on_where_it_stood(engine: sa.Engine, revision: str) -> None:
    """What waited, what had failed once and what was being judged become leads, and so does a customer's next mail."""
    made_at(engine, revision)
    migrate.upgrade(engine)
    parts = parts_of(engine)
    pipeline = build(parts, WordVectors(), ExactIndex())
    new = parts.accept(mail("Jo <jo@example.com>", "My brakes grind since last week. When can you look?"))
    taken: list[tuple[int, int]] = []
    parts.messages.dispatch(10, lambda _, *pair: taken.append(pair))
    assert taken == [(5, 1), (new, 1)]
    assert sorted(parts.messages.dispatched()) == [(5, 1), (6, 2), (11, 1), (new, 1)]
    assert parts.dead_letters.retry([4], "cli:maya").done == (4,)
    for message in (4, 5, 6, 11, new):
        assert pipeline.run(message) == MessageState.LEAD, message
    leads = {lead.message_id: lead for lead in parts.book.listed(samples=False)}
    assert sorted(leads) == [1, 4, 5, 6, 8, 11, new]
    assert leads[11].id == 3
    assert min(lead.id for message, lead in leads.items() if message not in {1, 8, 11}) > 3
    assert leads[new].duplicate_of in {1, 2, leads[4].id}
    ledger = parts.ledger.by_channel()["smtp"]
    assert (ledger.balanced, ledger.states["in_progress"]) == (True, 0)
    assert {pair[0] for pair in parts.views.behind("card", 20)} >= {leads[new].id, 3}


@pytest.mark.parametrize("moment", [4, 20, AT_COMMIT], ids=["early", "half-way", "before the end"])
def test_upgrade_that_is_killed_is_made_by_the_next_start(engine: sa.Engine, url: str, moment: int) -> None:
    """Until it is whole the database is as it was, every row in its place."""
    before = made_at(engine, REVISIONS[0])
    engine.dispose()
    killed = subprocess.run([sys.executable, "-c", KILLED, url, str(moment)], cwd=ROOT, timeout=40, check=False)
    assert killed.returncode == -9
    assert revision_of(engine) == REVISIONS[0]
    assert snapshot(engine) == before
    migrate.upgrade(engine)
    assert revision_of(engine) == REVISIONS[-1]
    after = snapshot(engine, before)
    assert all(set(rows) <= set(after[name]) for name, rows in before.items())


def test_rows_of_then_are_of_revisions_that_there_were() -> None:
    """A mistyped revision would leave its rows out."""
    assert SINCE.keys() <= set(REVISIONS)
