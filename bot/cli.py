"""The command line. Exit status: 0 done, 1 the work failed, 2 wrong usage; errors are one line on stderr."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import logs, memory
from bot.settings import Settings, load
from enrichment.errors import GiveUp, LeadbotError
from enrichment.models import Contact, Lead

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Turns every inbound customer message into one ranked, de-duplicated lead card in Slack.",
)

# Typer carries its own click; this is the base of its usage errors whichever it is.
UsageTrouble: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


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
    _with_loop(lambda: start.run(settings, lambda ready: _announce(settings, ready), wanted))


def _announce(settings: Settings, ready: Any) -> None:
    if ready.workspace:
        print(f"Open {ready.workspace} and send an e-mail to {settings.recipients[0]} at {ready.smtp}.")
    if ready.slack_trouble:
        print(f"Slack is not reachable yet ({ready.slack_trouble}); mail is taken, cards follow.")
    workspace = f" workspace={ready.workspace}" if ready.workspace else ""
    print(f"ready smtp={ready.smtp}{workspace} http={ready.http}", flush=True)


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
        options=Options(messages_per_second=settings.slack_per_second),
    )


@app.command()
def doctor() -> None:
    """Check each thing the bot needs, and say what to do."""
    from bot.doctor import examine, report

    settings = _settings()
    logs.set_up("error")
    found = asyncio.run(examine(settings))
    print("\n".join(report(found, settings)))
    if any(check.state == "failed" for check in found):
        raise typer.Exit(1)


@app.command()
def read(
    sources: Annotated[list[str], typer.Argument(metavar="FILE…|DIR|-", help="Mails to read; - is standard input.")],
    as_json: Json = False,
) -> None:
    """Show what the bot understands from an e-mail."""
    from channels.mail.mime import parse

    for content in _mails(sources):
        parsed = parse(content)
        print(parsed.model_dump_json() if as_json else _readable(parsed))


def _mails(sources: list[str]) -> Iterator[bytes]:
    for source in sources:
        if source == "-":
            yield sys.stdin.buffer.read()
            continue
        path = Path(source)
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            try:
                yield file.read_bytes()
            except OSError as error:
                raise GiveUp(f"{file} cannot be read ({error.strerror})") from error


def _readable(parsed: Any) -> str:
    sender = f"{parsed.sender.name} <{parsed.sender.address}>".strip() if parsed.sender else "(unknown)"
    told = [f"From: {sender}", f"Subject: {parsed.subject}", f"Date: {parsed.date or '(none)'}"]
    told += [f"{label}: {value}" for label, value in parsed.fields.items()]
    told += [f"Attachment: {part.filename} ({part.content_type}, {part.size} bytes)" for part in parsed.attachments]
    told += [f"Defect: {defect}" for defect in parsed.defects]
    return "\n".join([*told, "", parsed.text, ""])


@app.command()
def analyze(text: Annotated[str, typer.Argument(metavar="TEXT|-")], as_json: Json = False) -> None:
    """Say how urgent a text is, and why."""
    from bot.bootstrap import SystemClock
    from enrichment.stages.triage import triage

    words = _text(text)
    judged = triage(words, "", Contact(), SystemClock().now())
    if as_json:
        shown = judged.model_dump(mode="json", exclude={"label"}) | {"urgency_label": judged.label.value}
        print(json.dumps(shown, ensure_ascii=False))
        return
    print(f"{judged.label.value} {judged.urgency}, {judged.intent}")
    for item in judged.evidence:
        print(f"  {item.points:+d}  {item.rule}" + (f": “{item.quote}”" if item.quote else ""))


def _text(argument: str) -> str:
    text = sys.stdin.read() if argument == "-" else argument
    if not text.strip():
        raise GiveUp("there is no text to look at; give it in quotes, or - to read it from standard input")
    return text


@app.command()
def similar(query: Annotated[str, typer.Argument(metavar="TEXT|L-12")], as_json: Json = False) -> None:
    """Find duplicates of a lead, and leads like a text."""
    from bot import control, folder
    from bot.bootstrap import open_search

    settings = _settings()
    logs.set_up("error")
    text = _text(query)
    if folder.is_locked(settings.data_dir):
        hits = control.ask(settings.data_dir, "/similar", {"query": text}, control.Hits).hits
    else:
        with open_search(settings) as search:
            hits = tuple(search.similar(text))
    for hit in hits:
        told = _lead_json(hit.lead) | hit.found.model_dump(mode="json", exclude={"lead_id"})
        why = ", ".join(hit.found.reasons)
        print(json.dumps(told, ensure_ascii=False) if as_json else f"{hit.found.kind.value} {hit.found.score:.0%}  {_lead_line(hit.lead)}  {why}")  # fmt: skip  # noqa: E501
    if not hits and not as_json:
        print("nothing like it")


@app.command()
def leads(
    as_json: Json = False,
    every: Annotated[bool, typer.Option("--all", help="Closed leads too.")] = False,
) -> None:
    """List the open leads, most urgent first."""
    from bot.bootstrap import open_store

    settings = _settings()
    logs.set_up("error")
    found = open_store(settings).book.listed(every=every)
    for lead in found:
        print(json.dumps(_lead_json(lead), ensure_ascii=False) if as_json else _lead_line(lead))
    if not found and not as_json:
        print("no leads" if every else "no open leads")


def _lead_json(lead: Lead) -> dict[str, Any]:
    """A lead as scripts see it."""
    kept = {"status", "subject", "text", "channel", "received_at", "uuid"}
    return {
        "id": lead.label,
        **lead.model_dump(mode="json", include=kept),
        "urgency": lead.triage.urgency,
        "urgency_label": lead.triage.label.value,
        "contact": lead.contact.model_dump(include={"name", "email", "phone", "company"}),
        "duplicate_of": None if lead.duplicate_of is None else f"L-{lead.duplicate_of}",
    }


def _lead_line(lead: Lead) -> str:
    who = lead.contact.name or lead.contact.email or "unknown sender"
    again = f" (possible duplicate of L-{lead.duplicate_of})" if lead.duplicate_of is not None else ""
    return f"{lead.triage.urgency:>3} {lead.triage.label.value:<4} {lead.label:<6} {lead.ask} · {who}{again}"


@app.command()
def status(as_json: Json = False) -> None:
    """Show what came in and what became of it."""
    from bot import folder
    from bot.bootstrap import open_store
    from bot.status import gather, lines

    settings = _settings()
    logs.set_up("error")
    store = open_store(settings)
    found = gather(store.ledger, store.book, store.views, running=folder.is_locked(settings.data_dir))
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
        print(f"leadbot: {error.format_message()}; `leadbot --help` lists what there is", file=sys.stderr)
        status = 2
    sys.exit(status or 0)


if __name__ == "__main__":
    main()
