"""One engine for one database URL, set up so that a committed row survives a power cut."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from enrichment.adapters.store.columns import storable
from enrichment.adapters.store.turns import TurnTaking, in_turn
from enrichment.errors import RetryLater, StartupError

# The log in front of the database may grow in a flood, or behind a long backup; afterwards it gives its room back.
# What a statement needs in order to be taken back alone stays in memory: a batch of mails would open a file for it.
SQLITE_PRAGMAS = (
    "busy_timeout=30000",
    "synchronous=FULL",
    "foreign_keys=ON",
    "journal_size_limit=67108864",
    "temp_store=MEMORY",
)
WAL_SECONDS = 30.0
LASTING = "leadbot_lasting"


def make_engine(url: str) -> sa.Engine:
    """An engine for `sqlite:///FILE` or `postgresql://...`.

    Raises StartupError when the URL names another kind of database or cannot be read.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StartupError(
            "LEADBOT_DATABASE_URL cannot be read; example: sqlite:////var/lib/leadbot/leadbot.db"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StartupError(
                "LEADBOT_DATABASE_URL: SQLite needs a file; example: sqlite:////var/lib/leadbot/leadbot.db"
            )
        return _sqlite(parsed.set(drivername="sqlite"))
    if parsed.get_backend_name() == "postgresql":
        return _engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise StartupError(
        f"LEADBOT_DATABASE_URL: {parsed.get_backend_name()} is not supported; use sqlite:///FILE or postgresql://..."
    )


def _engine(url: sa.URL, **options: Any) -> sa.Engine:
    # The parameters of a statement are customers' data: no error may carry them into a log.
    # The connection used last still has the pages in its cache.
    return sa.create_engine(
        url, pool_size=10, pool_use_lifo=True, hide_parameters=True, json_serializer=_serialized, **options
    )


def _serialized(value: Any) -> str:
    return json.dumps(storable(value))


def one_line(error: BaseException | None) -> str:
    """What a driver says, on one line for a person."""
    return " ".join(str(error).split())[:300]


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = _engine(url, max_overflow=20, connect_args={"factory": in_turn()})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # A writer takes its lock when it begins to write, not at commit, so that two writers queue and never deadlock.
        connection.isolation_level = "IMMEDIATE"
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, TurnTaking)  # noqa: S101 - made by in_turn
        raw.lasting = connection.get_execution_options().get(LASTING, True)

    return engine


def passing(engine: sa.Engine) -> sa.Engine:
    """The same engine for what is only done again when a power cut takes it back: it does not wait for the disk.

    Whatever must last is never taken back without all that was committed before it.
    """
    return engine.execution_options(**{LASTING: False})


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Set the journal's mode, which two that open a new database at once refuse each other without any timeout."""
    deadline = time.monotonic() + WAL_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


class Database:
    """An engine whose troubles come out as our errors: a locked, full or absent database is RetryLater."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        # SQLite: whoever holds the write lock is alone, and need not lock rows besides.
        self.one_writer = engine.dialect.name == "sqlite"
        self._passing = passing(engine)

    @contextmanager
    def begin(self, *, write: bool = False, lasting: bool = True) -> Iterator[sa.Connection]:
        """A transaction: committed at the end of the block, rolled back on an error.

        write: what is read in it must still hold when it writes; takes SQLite's one write lock at once. PostgreSQL
        needs FOR UPDATE besides. lasting: whether a power cut must not take it back; see `passing`.
        """
        try:
            with (self.engine if lasting else self._passing).begin() as connection:
                if write and self.one_writer:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
        except sa.exc.TimeoutError as error:
            raise RetryLater("every database connection is busy") from error
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
            raise RetryLater(f"the database is not available now: {one_line(error.orig)}") from error

    def insert(self, table: sa.Table) -> Any:
        """The dialect's INSERT, which knows ON CONFLICT on both databases."""
        if self.engine.dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # noqa: PLC0415 - one of two

            return postgresql_insert(table)
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert  # noqa: PLC0415 - one of two

        return sqlite_insert(table)
