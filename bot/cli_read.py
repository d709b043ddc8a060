"""`leadbot read`: what the bot understands from mails; with no data folder and no network."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import logs
from bot.cli_leads import Json
from bot.settings import load

if TYPE_CHECKING:
    from bot.reading import Person, Reading

app = typer.Typer()

Sources = Annotated[
    list[Path], typer.Argument(metavar="FILE…|DIR|mbox|-", help="Mails to read; - is standard input.", allow_dash=True)
]


@app.command()
def read(sources: Sources, as_json: Json = False) -> None:
    """Show what the bot understands from e-mails."""
    from bot import mailboxes
    from bot.reading import Kind, Reader, readings
    from channels.mail.parser import ParserProcess
    from enrichment.stages.business import Businesses

    settings = load()
    logs.set_up("error")
    failed = False
    with closing(ParserProcess()) as parser:
        trusted = frozenset(settings.authserv_ids)
        reader = Reader(parser, Businesses(settings.businesses, mailboxes.addresses(settings.mailboxes)), trusted)
        for reading in readings(sources, sys.stdin.buffer, reader):
            failed = failed or reading.kind is Kind.UNREADABLE
            print(_json(reading) if as_json else _page(reading))
    if failed:
        raise typer.Exit(1)


def _json(reading: Reading) -> str:
    return json.dumps(reading.model_dump(mode="json"), ensure_ascii=False)


def _page(reading: Reading) -> str:
    """What a person would want to know, the customer's words last."""
    who = reading.contact
    told = {
        "File": reading.file,
        "Kind": " · ".join((reading.kind.value, *reading.reasons)),
        "From": " ".join(filter(None, (who.name, f"<{who.email}>" if who.email else "", who.phone, who.company))),
        "Forwarded by": _named(reading.forwarded_by),
        "Subject": reading.subject or "",
        "Date": f"{reading.date:%Y-%m-%d %H:%M} UTC" if reading.date else "",
        **reading.form,
        "Note": reading.note or "",
        "Files": ", ".join(f"{file.name} ({file.type}, {file.size} bytes)" for file in reading.attachments),
        "Broken": "; ".join(reading.defects),
    }
    return "\n".join([*(f"{name}: {value}" for name, value in told.items() if value), "", reading.text, ""])


def _named(person: Person | None) -> str:
    return f"{person.name or ''} <{person.email}>".strip() if person else ""
