"""The way of a database to this program's version."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from enrichment.adapters.store import migrate
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import metadata
from enrichment.errors import StartupError
from enrichment.models import MessageState
from tests.enrichment.parts import Parts, SetClock

UPGRADE = """
import sys
from enrichment.adapters.store.engine import make_engine
from enrichment.adapters.store.migrate import upgrade
sys.stdin.readline()
upgrade(make_engine(sys.argv[1]))
"""


def test_the_migrations_make_the_schema(engine: sa.Engine) -> None:
    """From nothing to the tables, columns and indexes that the code names, without a difference."""
    migrate.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_every_index_of_the_schema_is_there(engine: sa.Engine) -> None:
    """Partial ones too, with the rows that they are for."""
    migrate.upgrade(engine)
    with engine.connect() as connection:
        catalogue = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
        if engine.dialect.name == "postgresql":
            catalogue = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        made = "\n".join(connection.execute(sa.text(catalogue)).scalars())
    for table in metadata.tables.values():
        for index in table.indexes:
            line = next(line for line in made.splitlines() if f" {index.name} " in line)
            assert ("WHERE" in line) == (index.dialect_options[engine.dialect.name]["where"] is not None), index.name


def test_a_second_upgrade_changes_nothing(engine: sa.Engine) -> None:
    """What is stored stays."""
    migrate.upgrade(engine)
    parts = Parts(Database(engine), SetClock())
    message_id = parts.accept()
    migrate.upgrade(engine)
    assert parts.state(message_id) == MessageState.IN_PROGRESS


def old_lead(connection: sa.Connection) -> None:
    """One lead, written as the first version wrote it."""
    tables = sa.MetaData()
    tables.reflect(connection)
    at = SetClock().now()
    message = {"id": 1, "channel": "smtp", "account": "", "identity": "1", "acknowledged": True, "rcpt_tos": []}
    message |= {"tls": False, "content": b"", "received_at": at, "state": "lead", "attempt": 1, "noticed": False}
    person = {"id": 1, "uuid": "1", "name": "Jo", "name_key": "jo", "company": "", "created_at": at}
    lead = {"id": 1, "uuid": "1", "message_id": 1, "contact_id": 1, "contact": {"name": "Jo"}, "status": "open"}
    lead |= {"subject": "", "ask": "Brakes", "text": "", "channel": "smtp", "received_at": at, "revision": 2}
    triage = {"urgency": 50, "label": "warm"}
    lead |= {"urgency": 50, "triage": triage, "embedding": b"", "embedder": "none"}
    rows = {"messages": message | {"dispatched_attempt": 1, "failures": 0}, "contacts": person, "leads": lead}
    for name, row in rows.items():
        connection.execute(sa.insert(tables.tables[name]).values(row))


def test_an_older_database_is_brought_up_with_its_rows(engine: sa.Engine) -> None:
    """From the first version, with a lead in it."""
    with engine.begin() as connection:
        migrate._lock(connection)
        command.upgrade(migrate._config(connection), "0001")
        old_lead(connection)
    migrate.upgrade(engine)
    parts = Parts(Database(engine), SetClock())
    (lead,) = parts.book.listed()
    assert (lead.id, lead.sample, lead.analysis, lead.owner) == (1, False, None, "")
    assert parts.views.lag() == {"analysis": 1, "crm": 1}


def test_a_newer_database_is_left_alone(engine: sa.Engine) -> None:
    """A program that is too old says so in one line and touches nothing."""
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StartupError, match="9999") as caught:
        migrate.upgrade(engine)
    assert "\n" not in str(caught.value)
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_two_processes_upgrade_at_once(engine: sa.Engine, url: str) -> None:
    """Both come up, and the schema is made once."""
    starters = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, url], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in starters:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    ends = [(process.communicate(timeout=40)[1], process.returncode) for process in starters]
    assert [code for _, code in ends] == [0, 0], ends
    assert sa.inspect(engine).has_table("leads")


def test_a_failing_step_leaves_the_old_schema(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that breaks half-way has done nothing, and the next start does it all."""
    real = command.upgrade

    def breaks(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]  # whatever upgrade takes
        raise RuntimeError("power cut")

    monkeypatch.setattr(command, "upgrade", breaks)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate.upgrade(engine)
    assert not sa.inspect(engine).has_table("leads")
    monkeypatch.undo()
    migrate.upgrade(engine)
    assert sa.inspect(engine).has_table("leads")
