"""`leadbot dead-letters`: the messages that were set aside, looked at, tried again or thrown away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from bot import logs
from bot.cli_leads import Json
from bot.settings import Settings, load
from enrichment.errors import GiveUp

if TYPE_CHECKING:
    from bot.bootstrap import Store
    from bot.dead_letters import Letter, Opened
    from enrichment.adapters.store.dead_letters import Settled

app = typer.Typer()
letters = typer.Typer(help="Messages that could not be read and were set aside; without a command it lists them.")
app.add_typer(letters, name="dead-letters")

# As large as a row number can be.
Number = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**63 - 1)]
Numbers = Annotated[list[int] | None, typer.Argument(metavar="ID…", min=1, max=2**63 - 1)]
Every = Annotated[bool, typer.Option("--all", help="All that are set aside now.")]
NAMED = 5


@letters.callback(invoke_without_command=True)
def default(context: typer.Context, as_json: Json = False) -> None:
    """List the messages that were set aside, or do something with them."""
    if context.invoked_subcommand is None:
        listed(as_json)


@letters.command("list")
def listed(as_json: Json = False) -> None:
    """List the messages that were set aside, newest first."""
    from bot import dead_letters

    _, store = _opened()
    count = 0
    for count, letter in enumerate(dead_letters.letters(store), 1):  # noqa: B007 - counted while they pass
        print(_json(letter) if as_json else _line(letter))
    if not as_json:
        print("`leadbot dead-letters show ID` shows one" if count else "no message is set aside")


@letters.command()
def show(number: Number, as_json: Json = False) -> None:
    """Show one in full: its headers and its text."""
    from bot import dead_letters
    from channels.mail.parser import ParserProcess

    _, store = _opened()
    with closing(ParserProcess()) as parser:
        found = dead_letters.opened(store, number, dead_letters.whoever(), parser)
    print(_json(found) if as_json else _page(found))


@letters.command()
def retry(numbers: Numbers = None, every: Every = False, as_json: Json = False) -> None:
    """Try them again, from the beginning."""
    from bot import dead_letters, folder

    settings, store = _opened()
    soon = "is tried again"
    if not folder.is_locked(settings.data_dir):
        soon = "will be tried again when the bot runs"
    settled = dead_letters.retry(settings, store, _asked(numbers, store, every=every), dead_letters.whoever())
    _tell(settled, soon, as_json=as_json)


@letters.command()
def discard(
    numbers: Numbers = None,
    every: Every = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before all are discarded.")] = False,
    as_json: Json = False,
) -> None:
    """Throw them away for good."""
    from bot import dead_letters

    settings, store = _opened()
    chosen = _asked(numbers, store, every=every)
    if every and chosen and not yes:
        typer.confirm(f"Discard {len(chosen)} messages for good?", abort=True, err=True)
    settled = dead_letters.discard(settings, store, chosen, dead_letters.whoever())
    _tell(settled, "is discarded", as_json=as_json)


def _opened() -> tuple[Settings, Store]:
    from bot.bootstrap import open_store

    settings = load()
    logs.set_up("error")
    return settings, open_store(settings)


def _asked(numbers: Sequence[int] | None, store: Store, *, every: bool) -> list[int]:
    if bool(numbers) == every:
        raise typer.BadParameter("name the messages by their numbers, or all of them with --all")
    return store.dead_letters.ids() if every else list(dict.fromkeys(numbers or ()))


def _tell(settled: Settled, done: str, *, as_json: bool) -> None:
    """Say what came of each. Raises GiveUp when something was not done."""
    for number in settled.done:
        print(json.dumps({"id": number, "done": True}) if as_json else f"message {number} {done}")
    if as_json:
        for number, why in settled.refused.items():
            print(json.dumps({"id": number, "done": False, "why": why}, ensure_ascii=False))
    if not settled.done and not settled.refused and not as_json:
        print("no message is set aside")
    if settled.refused:
        told = list(settled.refused.values())
        more = f"; and {len(told) - NAMED} more" if len(told) > NAMED else ""
        raise GiveUp("; ".join(told[:NAMED]) + more)


def _json(letter: Letter) -> str:
    return json.dumps(letter.model_dump(mode="json"), ensure_ascii=False)


def _line(letter: Letter) -> str:
    what = f" “{letter.subject}”" if letter.subject else ""
    tried = " (sample)" if letter.sample else ""
    return (
        f"{letter.id:>6}  {letter.received_at:%Y-%m-%d %H:%M}  {letter.channel}  {letter.sender or 'unknown sender'}"
        f"{what}{tried}: failed in {letter.stage}, attempt {letter.attempts}: {letter.error}"
    )


def _page(found: Opened) -> str:
    told = [_line(found), f"        {found.size} bytes, set aside {found.set_aside_at:%Y-%m-%d %H:%M} UTC", ""]
    if found.trouble:
        told += [f"It still cannot be read ({found.trouble}); this is how it came:", ""]
    return "\n".join([*told, found.headers, "", found.text])
