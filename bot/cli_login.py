"""The command that logs in to a mailbox of Google or Microsoft 365."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot import logs
from bot.settings import load

app = typer.Typer()


@app.command()
def login(
    mailbox: Annotated[str, typer.Argument(help="Its name in leadbot.toml.", show_default=False)],
    browser: Annotated[
        bool, typer.Option("--browser", help="Microsoft: by a browser's address instead of a code.")
    ] = False,
) -> None:
    """Log in to a mailbox of Google or Microsoft 365, once; the login is kept and renewed."""
    from bot import login_steps

    logs.set_up("error")
    login_steps.run(load(), mailbox, _tell, browser=browser, pasted=_typed())


def _tell(line: str) -> None:
    print(line, flush=True)


def _typed() -> int | None:
    """Where a person types; None when nobody can."""
    try:
        return sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):
        return None
