"""The command line. Exit status: 0 done, 1 the work failed, 2 wrong usage; errors are one line on stderr."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from bot import cli_backfill, cli_dead_letters, cli_leads, cli_login, cli_read, cli_setup, logs, memory
from bot.cli_leads import Json
from bot.settings import Settings, load
from enrichment.errors import GiveUp, LeadbotError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Turns every inbound customer message into one ranked, de-duplicated lead card in Slack.",
)

# Typer carries its own click; this is the base of its usage errors whichever it is.
UsageTrouble: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


@app.command()
def run(
    roles: Annotated[str, typer.Option(help="Only these, separated by commas: ingest, poll, work, slack, clock.")] = "",
) -> None:
    """Run everything; Ctrl-C stops it."""
    memory.give_back()
    from bot import start

    try:
        wanted = start.roles_of(roles)
    except GiveUp as error:
        raise typer.BadParameter(str(error)) from error
    settings = _settings()
    logs.set_up(settings.log_level)
    logs.take_uncaught()
    _with_loop(lambda: start.run(settings, lambda ready: _announce(settings, ready), wanted))


def _announce(settings: Settings, ready: Any) -> None:
    for line in ready.off:
        print(f"- {line}")
    if ready.workspace:
        recipient = settings.businesses[0].recipients[0]
        print(f"Open {ready.workspace} and press Load samples, or send an e-mail to {recipient} at {ready.smtp}.")
    if ready.slack_trouble:
        print(f"Slack is not reachable yet ({ready.slack_trouble}); mail is taken, cards follow.")
    workspace = f" workspace={ready.workspace}" if ready.workspace else ""
    print(f"ready smtp={ready.smtp}{workspace} http={ready.http}", flush=True)
    memory.settle()


def _with_loop(work: Callable[[], Any]) -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


@app.command()
def workspace() -> None:
    """Run the local Slack-compatible workspace alone."""
    from bot.workspace import server
    from bot.workspace.options import Options

    settings = _settings()
    logs.set_up(settings.log_level)
    server.run(
        settings.workspace_host,
        settings.workspace_port,
        settings.data_dir / "workspace",
        options=Options(messages_per_second=settings.slack_per_second, request_url=_request_url(settings)),
    )


def _request_url(settings: Settings) -> str:
    """Where the workspace posts to in HTTP mode, which listens on this machine; empty for sockets."""
    if not settings.slack_over_http:
        return ""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.slack_http_host, settings.slack_http_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.slack_http_port}/slack/events"


@app.command()
def doctor(
    send_test_alert: Annotated[bool, typer.Option(help="Mail the owner a test, as when Slack is down.")] = False,
) -> None:
    """Check each thing the bot needs, and say what to do."""
    from bot.doctor import examine, report

    settings = _settings()
    logs.set_up("error")
    found = asyncio.run(examine(settings, send_test_alert=send_test_alert))
    print("\n".join(report(found, settings)))
    if any(check.state == "failed" for check in found):
        raise typer.Exit(1)


@app.command()
def status(as_json: Json = False) -> None:
    """Show what came in and what became of it."""
    from bot import folder, owner
    from bot.backpressure import open_pressure
    from bot.bootstrap import open_existing
    from bot.overview import status_of
    from bot.status import lines

    settings = _settings()
    logs.set_up("error")
    store = open_existing(settings)
    running, intake = folder.is_locked(settings.data_dir), open_pressure(settings, store).sample()
    told = owner.lines_beside(settings, store, running=running)
    found = status_of(settings, store, running=running, intake=intake, owner=told)
    print(found.model_dump_json() if as_json else "\n".join(lines(found, store.clock.now())))
    if not found.balanced:
        raise typer.Exit(1)


@app.command()
def reindex() -> None:
    """Build the vector index anew from the database."""
    from bot import control, folder
    from bot.reindex import rebuild

    settings = _settings()
    logs.set_up("error")
    if folder.is_locked(settings.data_dir):
        count = control.ask(settings.data_dir, "/reindex", {}, control.Reindexed).leads
        print(f"the running bot is indexing {count} leads; `leadbot status` shows how many are left")
        return
    print(f"indexed {rebuild(settings)} leads")


# Without a name of their own they stand among the others.
app.add_typer(cli_leads.app)
app.add_typer(cli_read.app)
app.add_typer(cli_dead_letters.app)
app.add_typer(cli_setup.app)
app.add_typer(cli_login.app)
app.add_typer(cli_backfill.app)


def _settings() -> Settings:
    return load()


def main() -> None:
    """The console script."""
    os.umask(0o077)  # what customers wrote is for the owner's eyes alone
    try:
        status = app(standalone_mode=False)
    except typer.Abort:
        status = 1
    except LeadbotError as error:
        print(f"leadbot: {error}", file=sys.stderr)
        status = 1
    except UsageTrouble as error:
        told = error.format_message().rstrip(".") or "a command is missing"
        print(f"leadbot: {told}; `leadbot --help` lists what there is", file=sys.stderr)
        status = 2
    sys.exit(status or 0)


if __name__ == "__main__":
    main()
