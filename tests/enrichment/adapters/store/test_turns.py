"""Writers of one process take turns, and none of them can keep the turn from the others."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from enrichment.adapters.store.engine import Database, make_engine, passing
from enrichment.adapters.store.turns import TurnTaking


class Desk:
    """Connections of one process to one file."""

    def __init__(self, file: Path) -> None:
        self.turn = threading.Lock()
        self._file = file
        self.made: list[TurnTaking] = []

    def connect(self) -> TurnTaking:
        """One more, as the engine sets it up."""
        made = TurnTaking(self._file, turn=self.turn, isolation_level="IMMEDIATE", check_same_thread=False)
        self.made.append(made)
        return made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A file with one table; every connection is closed at the end."""
    desk = Desk(tmp_path / "turns.db")
    first = desk.connect()
    first.execute("PRAGMA journal_mode=WAL")
    first.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
    first.commit()
    yield desk
    for connection in desk.made:
        connection.close()


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_a_write_holds_the_turn_until_its_transaction_ends(desk: Desk, end: str) -> None:
    """However it ends; reading never needs it."""
    writer, reader = desk.connect(), desk.connect()
    writer.cursor().execute("INSERT INTO numbers VALUES (1)")
    assert desk.turn.locked()
    assert reader.cursor().execute("SELECT count(*) FROM numbers").fetchone() == (0,)
    getattr(writer, end)()
    assert not desk.turn.locked()


def test_a_transaction_begun_to_write_holds_the_turn_before_it_writes(desk: Desk) -> None:
    """What is read in it must still hold then."""
    writer = desk.connect()
    writer.cursor().execute("BEGIN IMMEDIATE")
    assert desk.turn.locked()
    writer.commit()
    assert not desk.turn.locked()


def test_a_write_that_could_not_begin_gives_the_turn_back(desk: Desk) -> None:
    """Another process has the file locked: the error is SQLite's, and the next of ours may try."""
    writer = desk.connect()
    writer.execute("PRAGMA busy_timeout=1")
    stranger = sqlite3.connect(desk.made[0].execute("PRAGMA database_list").fetchone()[2], isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    for statement in ("INSERT INTO numbers VALUES (1)", "BEGIN IMMEDIATE"):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            writer.cursor().execute(statement)
        assert not desk.turn.locked()
    stranger.close()


def test_a_failed_statement_keeps_the_turn_while_its_transaction_is_open(desk: Desk) -> None:
    """What went before it in the transaction is not committed yet."""
    writer = desk.connect()
    writer.cursor().execute("INSERT INTO numbers VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError):
        writer.cursor().executemany("INSERT INTO numbers VALUES (?)", [(1,)])
    assert desk.turn.locked()
    writer.rollback()
    assert not desk.turn.locked()


def test_who_waits_too_long_hears_what_sqlite_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the store translates it like any other locked database."""
    monkeypatch.setattr("enrichment.adapters.store.turns.PATIENCE", 0.01)
    desk.connect().cursor().execute("INSERT INTO numbers VALUES (1)")
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        desk.connect().cursor().execute("INSERT INTO numbers VALUES (2)")


def test_only_what_may_be_done_again_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    """Both ways for its own transaction alone, whether that is committed or taken back; DBOS's way is the same."""
    engine = make_engine(f"sqlite:///{tmp_path / 'lasting.db'}")
    database = Database(engine)

    def waits(connection: sa.Connection) -> bool:
        return bool(connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2)

    with database.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE gone (n INTEGER)")
        assert waits(connection)
    for _ in range(2):
        with database.begin(write=True, lasting=False) as connection:
            assert not waits(connection)
        with contextlib.suppress(ConnectionError), database.begin(lasting=False) as connection:
            connection.exec_driver_sql("INSERT INTO gone VALUES (1)")
            raise ConnectionError
        with passing(engine).begin() as connection:
            assert not waits(connection)
        with database.begin(write=True) as connection:
            assert waits(connection)
    engine.dispose()


def test_many_threads_write_each_in_its_turn(tmp_path: Path) -> None:
    """Through the store's own engine: no write is lost and none fails, also where a connection broke off."""
    engine = make_engine(f"sqlite:///{tmp_path / 'many.db'}")
    database = Database(engine)
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE sums (n INTEGER NOT NULL)")
        connection.exec_driver_sql("INSERT INTO sums VALUES (0)")

    def add(number: int) -> None:
        with contextlib.suppress(ConnectionError), database.begin(write=True) as connection:
            now = connection.execute(sa.text("SELECT n FROM sums")).scalar_one()
            connection.execute(sa.text("UPDATE sums SET n = :n"), {"n": now + 1})
            if number % 5 == 0:
                connection.invalidate()  # taken back with its connection
                raise ConnectionError

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(100)))
    with database.begin() as connection:
        assert connection.execute(sa.text("SELECT n FROM sums")).scalar_one() == 80
    engine.dispose()
