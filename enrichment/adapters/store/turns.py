"""Writers of one process take turns at a SQLite file instead of asking for its lock again and again.

SQLite lets one write at a time; whoever finds it locked sleeps up to 100 ms before looking again, however soon it is
free. Threads of one process can do better: the next one is woken. Other processes are met with as before, by waiting.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

# As SQLite's own busy_timeout in `engine`.
PATIENCE = 30.0
# What takes the write lock; a SELECT never does, and WITH stands before a change only in words we do not use.
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE")


class TurnTaking(sqlite3.Connection):
    """A connection that holds its process's turn from its first write to the end of the transaction.

    lasting: whether a commit waits for the disk; one that does not is on it with the next that does.
    """

    def __init__(self, *args: Any, turn: threading.Lock, **options: Any) -> None:
        super().__init__(*args, **options)
        self._turn = turn
        self._mine = False
        # What its transactions are to be, and what they are now: a PRAGMA for each would cost as much as a statement.
        self.lasting = True
        self._lasts = True

    def cursor(self, factory: Any = None) -> Any:
        """A cursor that waits for its turn before it writes."""
        return super().cursor(factory or _Cursor)

    def commit(self) -> None:
        """Commit, and let the next one write."""
        try:
            super().commit()
        finally:
            self.settle()

    def rollback(self) -> None:
        """Roll back, and let the next one write."""
        try:
            super().rollback()
        finally:
            self.settle()

    def close(self) -> None:
        """Close; what was not committed is gone."""
        try:
            super().close()
        finally:
            self._let_go()

    def take(self, statement: str) -> None:
        """Wait for the turn when the statement writes. Raises OperationalError like SQLite when it takes too long."""
        if self._mine or not statement.lstrip()[:15].upper().startswith(_WRITES):
            return
        if self._lasts != self.lasting and not self.in_transaction:
            self.execute(f"PRAGMA synchronous={'FULL' if self.lasting else 'NORMAL'}")
            self._lasts = self.lasting
        if not self._turn.acquire(timeout=PATIENCE):
            raise sqlite3.OperationalError("database is locked")
        self._mine = True

    def settle(self) -> None:
        """Give the turn back unless a transaction is open."""
        if not self.in_transaction:
            self._let_go()

    def _let_go(self) -> None:
        if self._mine:
            self._mine = False
            self._turn.release()


class _Cursor(sqlite3.Cursor):
    """The cursor of a TurnTaking connection."""

    connection: TurnTaking

    def execute(self, sql: str, parameters: Any = ()) -> _Cursor:
        """Execute, in turn when it writes."""
        self.connection.take(sql)
        try:
            super().execute(sql, parameters)
        finally:
            self.connection.settle()
        return self

    def executemany(self, sql: str, parameters: Any) -> _Cursor:
        """Execute for each, in turn when it writes."""
        self.connection.take(sql)
        try:
            super().executemany(sql, parameters)
        finally:
            self.connection.settle()
        return self


def in_turn() -> Callable[..., TurnTaking]:
    """What makes the connections of one engine, for sqlite3.connect's `factory`."""
    return partial(TurnTaking, turn=threading.Lock())
