"""Starts the bot so that a test can strike from outside while it runs: `-m tests.faults.starter FOLDER run`.

FOLDER/clock holds by how many seconds the bot's clock is wrong; FOLDER/trap names one of POINTS, where the process is
then killed, once, the next time it gets there. A mail that holds FAIL-TO-PARSE cannot be parsed.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot import cli
from bot.bootstrap import SystemClock
from bot.slack.client import Slack
from channels.mail.parser import ParserProcess
from enrichment.adapters.airtable import AirtableCrm
from enrichment.adapters.chroma import ChromaIndex
from enrichment.adapters.store.desk import Desk
from enrichment.adapters.store.leads import Leads
from enrichment.adapters.store.messages import Messages
from tests.faults.broken import PATCHES, die

CLOCK, TRAP = "clock", "trap"
# after_post: between a post and its record; after_row: between the commit of a mail and its 250.
POINTS: dict[str, tuple[type, str, bool]] = {
    "before_row": (Messages, "accept_many", False),
    "after_row": (Messages, "accept_many", True),
    "in_dispatch": (Messages, "dispatch", True),
    "in_parse": (ParserProcess, "parse", False),
    "after_lead": (Leads, "open", True),
    "after_judgement": (Leads, "complete", True),
    "before_post": (Slack, "chat.postMessage", False),
    "after_post": (Slack, "chat.postMessage", True),
    "after_edit": (Slack, "chat.update", True),
    "in_index": (ChromaIndex, "upsert", True),
    "after_rows": (AirtableCrm, "upsert", True),
    "before_claim": (Desk, "claim", False),
    "after_claim": (Desk, "claim", True),
}


def write(path: Path, text: str) -> None:
    """Make the file say this, at once."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="ascii")
    new.replace(path)


def _trapped(folder: Path, point: str) -> None:
    trap = folder / TRAP
    try:
        armed = trap.read_text(encoding="ascii") == point
    except FileNotFoundError:
        return
    if armed:
        trap.unlink(missing_ok=True)  # the next process is to live
        die()


def _set_traps(folder: Path) -> None:
    calls = [point for point in POINTS.items() if point[1][0] is Slack]
    for point, (owner, name, after) in POINTS.items():
        if owner is not Slack:
            setattr(owner, name, _with_trap(getattr(owner, name), folder, point, after=after))
    Slack.call = _call_with_traps(Slack.call, folder, {(name, after): point for point, (_, name, after) in calls})  # type: ignore[method-assign]


def _with_trap(method: Callable[..., Any], folder: Path, point: str, *, after: bool) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not after:
            _trapped(folder, point)
        result = method(*args, **kwargs)
        if after:
            _trapped(folder, point)
        return result

    return call


def _call_with_traps(method: Callable[..., Any], folder: Path, points: dict[tuple[str, bool], str]) -> Any:
    @functools.wraps(method)
    async def call(self: Slack, name: str, **arguments: Any) -> dict[str, Any]:
        if point := points.get((name, False)):
            _trapped(folder, point)
        answer: dict[str, Any] = await method(self, name, **arguments)
        if point := points.get((name, True)):
            _trapped(folder, point)
        return answer

    return call


def _move_clock(folder: Path) -> None:
    right = SystemClock.now

    @functools.wraps(right)
    def now(self: SystemClock) -> datetime:
        try:
            wrong = float((folder / CLOCK).read_text(encoding="ascii"))
        except FileNotFoundError:
            wrong = 0.0
        return right(self) + timedelta(seconds=wrong)

    SystemClock.now = now  # type: ignore[method-assign]


if __name__ == "__main__":
    given = Path(sys.argv.pop(1))
    _set_traps(given)
    _move_clock(given)
    owner, name, patched = PATCHES["parse_fails"]()
    setattr(owner, name, patched)
    cli.main()
