"""The command that imports a mailbox's older mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot import logs
from bot.settings import load

if TYPE_CHECKING:
    from bot.backfill import Tally
    from bot.progress import Progress

app = typer.Typer()

MB = 1_000_000
# IMAP's search knows no earlier day everywhere.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@app.command()
def backfill(
    mailbox: Annotated[str, typer.Argument(help="Its name in leadbot.toml.", show_default=False)],
    since: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Mail that came on this day or later: 2026-01-31."),
    ],
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest so many.")] = None,
    folder: Annotated[list[str] | None, typer.Option(help="Only this of the folders that are read.")] = None,
    rate: Annotated[int, typer.Option(min=1, max=1_000_000, help="kB a second.")] = 500,
) -> None:
    """Import older mail of a mailbox as leads of which nobody is told; again goes on where it was."""
    from bot import backfill as work
    from bot import folder as data_folder
    from bot import mailboxes, progress
    from bot.bootstrap import open_existing

    day = since.replace(tzinfo=UTC)
    if not EARLIEST <= day <= datetime.now(UTC):
        raise typer.BadParameter("--since is a day between 1970 and today")
    settings = load()
    logs.set_up("error")
    table = mailboxes.named(settings.mailboxes, mailbox)
    wanted = work.wanted_of(table, folder or (), day.date(), limit)
    store = open_existing(settings)
    bar = progress.on_stdout()
    running = work.Backfill(table, settings, store, _Screen(bar), rate=rate * 1000)
    if not data_folder.is_locked(settings.data_dir):
        bar.tell("no bot is running here: mail is stored now, and becomes leads when `leadbot run` is started")
    try:
        tally = running.run(wanted)
    except KeyboardInterrupt:
        bar.tell(f"stopped; {_counted(running.tally.new)} imported, and the same command goes on from there")
        raise typer.Exit(1) from None
    finally:
        bar.end()
        store.engine.dispose()
    _report(table.name, f"{day:%Y-%m-%d}", tally)


def _report(name: str, since: str, tally: Tally) -> None:
    rest = tally.total - tally.new - len(tally.passed)
    others = f"; {_counted(rest)} more here already, or gone" if rest else ""
    print(f"{name}: {_counted(tally.new)} since {since} imported ({tally.size / MB:.1f} MB){others}")
    if tally.passed:
        print("\n".join(tally.passed))
        raise typer.Exit(1)


def _counted(mails: int) -> str:
    return f"{mails:,} mail{'s' * (mails != 1)}"


class _Screen:
    """Shows a backfill; implements bot.backfill.Shown."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar

    def show(self, tally: Tally) -> None:
        """In mails and megabytes."""
        self._bar.show(tally.done, tally.total, f" mails, {tally.size / MB:.1f} MB")

    def tell(self, line: str) -> None:
        """As it is."""
        self._bar.tell(line)
