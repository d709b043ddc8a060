"""Starts the bot with one thing broken: `broken.py POINT run`. Nothing of this is in the product.

POINT names where the process is killed, as by a power cut, the first time it gets there: after_row, in_parse,
after_lead, after_judgement, before_post, after_post, in_index; or `parse_fails`: the parser fails on every mail that
holds FAIL-TO-PARSE.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from bot import cli
from bot.slack.client import Slack
from channels.mail.parser import ParserProcess
from enrichment.adapters.chroma import ChromaIndex
from enrichment.adapters.store.leads import Leads
from enrichment.adapters.store.messages import Messages
from enrichment.errors import GiveUp
from enrichment.models import ParsedMessage


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(method: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not after:
            die()
        method(*args, **kwargs)
        die()

    return call


def _dying_post(*, after: bool) -> Callable[..., Any]:
    method = Slack.call

    @functools.wraps(method)
    async def call(self: Slack, name: str, **arguments: Any) -> dict[str, Any]:
        if name != "chat.postMessage":
            return await method(self, name, **arguments)
        if after:
            await method(self, name, **arguments)
        die()
        return {}

    return call


def _failing_parse() -> Callable[..., ParsedMessage]:
    method = ParserProcess.parse

    @functools.wraps(method)
    def parse(self: ParserProcess, content: bytes) -> ParsedMessage:
        if b"FAIL-TO-PARSE" in content:
            raise GiveUp("the parser was made to fail")
        return method(self, content)

    return parse


PATCHES: dict[str, Callable[[], tuple[type, str, Callable[..., Any]]]] = {
    "after_row": lambda: (Messages, "accept_many", _dying(Messages.accept_many, after=True)),
    "in_parse": lambda: (ParserProcess, "parse", _dying(ParserProcess.parse, after=False)),
    "after_lead": lambda: (Leads, "open", _dying(Leads.open, after=True)),
    "after_judgement": lambda: (Leads, "complete", _dying(Leads.complete, after=True)),
    "before_post": lambda: (Slack, "call", _dying_post(after=False)),
    "after_post": lambda: (Slack, "call", _dying_post(after=True)),
    "in_index": lambda: (ChromaIndex, "upsert", _dying(ChromaIndex.upsert, after=True)),
    "parse_fails": lambda: (ParserProcess, "parse", _failing_parse()),
}

if __name__ == "__main__":
    owner, name, patched = PATCHES[sys.argv.pop(1)]()
    setattr(owner, name, patched)
    cli.main()
