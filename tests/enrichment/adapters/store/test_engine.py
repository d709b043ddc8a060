"""The engine: which databases it takes, and what their troubles become."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from enrichment.adapters.store.columns import storable
from enrichment.adapters.store.engine import _write_ahead, make_engine
from enrichment.adapters.store.migrate import upgrade
from enrichment.errors import RetryLater, StartupError
from tests.enrichment.parts import Parts


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "nonsense", "", "sqlite://", "sqlite:///:memory:"])
def test_an_unknown_database_is_named_in_one_line(url: str) -> None:
    """The setting and an example, not a driver's traceback."""
    with pytest.raises(StartupError, match="LEADBOT_DATABASE_URL") as caught:
        make_engine(url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"this is no database at all, but long enough to be looked at" * 40, None])
def test_a_file_that_is_no_database_is_named_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    """Damaged, or a folder that is not there."""
    file = tmp_path / "leadbot.db" if content else tmp_path / "missing" / "leadbot.db"
    if content:
        file.write_bytes(content)
    engine = make_engine(f"sqlite:///{file}")
    with pytest.raises(StartupError, match=r"leadbot\.db cannot be opened") as caught:
        upgrade(engine)
    assert "\n" not in str(caught.value)
    engine.dispose()


def test_a_server_that_is_away_is_named_in_one_line_without_its_password() -> None:
    """The driver's lines become one, and the password stays unsaid."""
    engine = make_engine("postgresql://bot:secret@127.0.0.1:1/leadbot")
    with pytest.raises(StartupError, match="cannot be opened") as caught:
        upgrade(engine)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_committed_row_survives_a_power_cut(sqlite_parts: Parts) -> None:
    """Every SQLite connection writes ahead and waits for the disk, and keeps foreign keys."""
    pragmas = {name: sqlite_parts.scalar(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_locked_database_is_a_matter_for_later(sqlite_parts: Parts) -> None:
    """What waits in vain for the lock raises RetryLater, and nothing of the customer's is in its text."""
    file = sqlite_parts.engine.url.database
    assert file is not None
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def impatient(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    sa.event.listen(sqlite_parts.engine, "checkout", impatient)
    with pytest.raises(RetryLater, match="locked") as caught:
        sqlite_parts.accept(mail_from="secret@example.com")
    assert "secret" not in str(caught.value)
    other.execute("COMMIT")
    other.close()
    sqlite_parts.accept()


def test_a_server_that_restarts_is_a_matter_for_later(postgres_parts: Parts) -> None:
    """A connection that is cut in the middle raises RetryLater; the next call has a new one."""

    def cut_off() -> None:
        with postgres_parts.database.begin() as connection:
            mine = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar()
            with postgres_parts.engine.connect() as other:
                other.execute(sa.text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})
            connection.execute(sa.text("SELECT 1"))

    with pytest.raises(RetryLater) as caught:
        cut_off()
    assert "\n" not in str(caught.value)
    postgres_parts.accept()


def test_an_error_never_carries_what_was_stored(parts: Parts) -> None:
    """Whatever the database refuses, the customer's words are not in the error, which goes into logs."""
    with pytest.raises(sa.exc.IntegrityError) as caught, parts.database.begin() as connection:
        connection.execute(sa.text("INSERT INTO contacts (uuid, name) VALUES ('1', :name)"), {"name": "secret words"})
    assert "secret words" not in str(sa.exc.StatementError.__str__(caught.value)).replace(str(caught.value.orig), "")


def test_any_json_can_be_stored() -> None:
    """Broken strings are mended at any depth; all else stays as it is."""
    given = {"a\x00": ["\ud800", ("😀", 1, None, True, 1.5)]}
    assert storable(given) == {"a\ufffd": ["\ufffd", ["😀", 1, None, True, 1.5]]}


class Contended(sqlite3.Connection):
    """A connection that is refused the new journal twice, as when another one opens the new database too."""

    refusals = 2

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """As always, but for the refusals."""
        if "journal_mode" in sql and self.refusals:
            self.refusals -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error
        return super().execute(sql, parameters)


def test_two_that_open_a_new_database_at_once_both_get_it(tmp_path: Path) -> None:
    """SQLite refuses one of them the change of journal at once, whatever its timeout; it is asked again."""
    connection = sqlite3.connect(tmp_path / "new.db", factory=Contended)
    _write_ahead(connection)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
