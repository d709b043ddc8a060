"""The commands about leads: how urgent a text is, what is like it, which are open."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bot import logs
from bot.settings import load
from enrichment.errors import GiveUp
from enrichment.lead import Lead, LeadStatus

app = typer.Typer()

# Of more leads than this, shown at once, an event says only how many they were.
NAMED = 100

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command()
def analyze(text: Annotated[str, typer.Argument(metavar="TEXT|-")], as_json: Json = False) -> None:
    """Say how urgent a text is, and why; with the language model's help when it can be reached."""
    from bot.analyze import analyze as judge

    settings, words = load(), _text(text)
    logs.set_up("error")
    opinion = asyncio.run(judge(settings, words))
    judged, analysis = opinion.triage, opinion.analysis
    if as_json:
        shown = judged.model_dump(mode="json", exclude={"label"}) | {"urgency_label": judged.label.value}
        told = analysis.model_dump(mode="json") if analysis else None
        print(json.dumps(shown | {"analysis": told}, ensure_ascii=False))
        return
    asked = f", {judged.service}" if judged.service else ""
    print(f"{judged.label.value} {judged.urgency}, {judged.intent}{asked}")
    for item in judged.evidence:
        print(f"  {item.points:+d}  {item.rule}" + (f": “{item.quote}”" if item.quote else ""))
    print(f"{analysis.model}: {analysis.summary}" if analysis else f"built-in analysis alone: {opinion.missing}")


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

    settings = load()
    logs.set_up("error")
    text = _text(query)
    if folder.is_locked(settings.data_dir):
        hits = control.ask(settings.data_dir, "/similar", {"query": text}, control.Hits).hits
    else:
        with open_search(settings) as search:
            hits = tuple(search.similar(text))
    _seen("similar", [hit.lead for hit in hits])
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
    from bot.bootstrap import open_existing

    settings = load()
    logs.set_up("error")
    found = open_existing(settings).book.listed(every=every)
    _seen("leads", found)
    for lead in found:
        print(json.dumps(_lead_json(lead), ensure_ascii=False) if as_json else _lead_line(lead))
    if not found and not as_json:
        print("no leads" if every else "no open leads")


def _seen(by: str, found: Sequence[Lead]) -> None:
    """Write down who sees these, before the first of them is shown; of many their number alone."""
    from bot.bootstrap import open_existing
    from bot.dead_letters import whoever
    from enrichment.adapters.store.events import SHOWN

    if found:
        which = {"leads": [lead.id for lead in found]} if len(found) <= NAMED else {"count": len(found)}
        open_existing(load()).audit.note(whoever(), SHOWN, by=by, **which)


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
        "sample": lead.sample,
    }


def _lead_line(lead: Lead) -> str:
    who = lead.contact.name or lead.contact.email or "unknown sender"
    again = f" (possible duplicate of L-{lead.duplicate_of})" if lead.duplicate_of is not None else ""
    tried = " (sample)" if lead.sample else ""
    standing = "" if lead.status == LeadStatus.OPEN else f" [{lead.status.value.replace('_', ' ')}]"
    ask = f"{lead.ask} · {who}{standing}{again}{tried}"
    return f"{lead.triage.urgency:>3} {lead.triage.label.value:<4} {lead.label:<6} {ask}"


@app.command()
def export(
    target: Annotated[str, typer.Argument(metavar="FILE|-", help="Where to; - is standard output.")] = "-",
    every: Annotated[bool, typer.Option("--all", help="Closed leads too.")] = False,
    samples: Annotated[bool, typer.Option("--samples", help="Sample leads too.")] = False,
) -> None:
    """Write the leads as a CSV table, for a spreadsheet."""
    from bot import export as table
    from bot.bootstrap import open_existing
    from bot.dead_letters import whoever
    from enrichment.adapters.store.events import EXPORTED

    settings = load()
    logs.set_up("error")
    store = open_existing(settings)
    # Before the first line leaves the house: an export that was broken off has been read too.
    store.audit.note(whoever(), EXPORTED, all=every, samples=samples)
    count = table.export(store.book, target, every=every, samples=samples)
    if target != table.STDOUT:
        print(f"{count} {'lead' if count == 1 else 'leads'} written to {target}")
