"""Starts the bot with less patience, so that a test need not wait for the real one's: `hurried.py run`.

A locked database is given up on after two seconds, not thirty; the rescue looks every two seconds.
"""

from __future__ import annotations

from bot import cli, schedule
from enrichment.adapters.store import engine, turns

PATIENCE = 2

if __name__ == "__main__":
    schedule.RESCUE_SECONDS = PATIENCE
    turns.PATIENCE = float(PATIENCE)
    engine.SQLITE_PRAGMAS = (f"busy_timeout={PATIENCE * 1000}", *engine.SQLITE_PRAGMAS[1:])
    cli.main()
