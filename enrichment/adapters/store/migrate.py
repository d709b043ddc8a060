"""Brings the database to this program's version, or says plainly why it cannot."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from enrichment.adapters.store.engine import one_line
from enrichment.errors import StartupError

# Any number will do, as long as every Leadbot takes the same.
_LOCK = 4_711_020_531


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _lock(connection: sa.Connection) -> None:
    """Let one process at a time in, until the end of the transaction."""
    if connection.dialect.name == "sqlite":
        # SQLite's driver would commit after each step; a kill half-way must leave the old schema.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def upgrade(engine: sa.Engine) -> None:
    """Run the migrations that are missing.

    Raises StartupError when the database cannot be opened, or was written by a newer Leadbot.
    """
    try:
        with engine.begin() as connection:
            _lock(connection)
            config = _config(connection)
            current = MigrationContext.configure(connection).get_current_revision()
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if current is not None and current not in known:
                raise StartupError(
                    f"the database was written by a newer Leadbot (its version is {current}): "
                    "install that version, or set LEADBOT_DATA_DIR to another folder"
                )
            command.upgrade(config, "head")
    except sa.exc.DBAPIError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise StartupError(
            f"the database at {place} cannot be opened ({one_line(error.orig)}); "
            "check LEADBOT_DATABASE_URL and LEADBOT_DATA_DIR"
        ) from error
