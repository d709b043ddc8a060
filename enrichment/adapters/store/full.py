"""Hears of it when the database has no room left to write, whoever was writing: our own statements or DBOS's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import psycopg
import sqlalchemy as sa
from sqlalchemy import event


def is_full(error: BaseException | None) -> bool:
    """Whether a driver's error says that the disk, or what the database may use of it, is full."""
    if isinstance(error, sqlite3.Error):
        # Beside SQLITE_FULL: the file of the shared memory could not grow, or a quota or file size ended a write.
        code = getattr(error, "sqlite_errorcode", None)
        return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE)
    return isinstance(error, psycopg.errors.DiskFull)


def listen(engine: sa.Engine, full: Callable[[], None]) -> None:
    """Call `full`, in the thread that was writing, each time the database says so."""

    @event.listens_for(engine, "handle_error")
    def heard(context: sa.engine.ExceptionContext) -> None:
        if is_full(context.original_exception):
            full()
