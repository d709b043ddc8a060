"""Starts the bot so that a batch card kills it: `batch_broken.py POINT run`. Nothing of this is in the product.

POINT names where, the first time it gets there: after_gather (the batch is in the database), before_post and after_post
(of the batch card), after_posted (it is known to be in Slack, its leads are not yet shown); and once a lead is opened:
after_open, before_card and after_card (of its own), before_edit and after_edit (of the batch card).
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
from enrichment.adapters.store.batches import Batches

LIST = "in one list"


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying_after(name: str) -> tuple[type, str, Callable[..., Any]]:
    """Batches' method of this name, which kills once it has done something."""
    method = getattr(Batches, name)

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        done = method(*args, **kwargs)
        if done or name == "posted":
            _die()
        return done

    return Batches, name, call


def _dying_call(verb: str, *, of_list: bool, after: bool) -> tuple[type, str, Callable[..., Any]]:
    """A call to Slack that kills before or after it, for the batch card or for a card of a lead's own."""
    method = Slack.call

    @functools.wraps(method)
    async def call(self: Slack, name: str, **arguments: Any) -> dict[str, Any]:
        mine = name == verb and (LIST in arguments.get("text", "")) == of_list and not arguments.get("thread_ts")
        if mine and not after:
            _die()
        answer = await method(self, name, **arguments)
        if mine:
            _die()
        return answer

    return Slack, "call", call


POST, EDIT = "chat.postMessage", "chat.update"
PATCHES: dict[str, Callable[[], tuple[type, str, Callable[..., Any]]]] = {
    "after_gather": lambda: _dying_after("gather"),
    "before_post": lambda: _dying_call(POST, of_list=True, after=False),
    "after_post": lambda: _dying_call(POST, of_list=True, after=True),
    "after_posted": lambda: _dying_after("posted"),
    "after_open": lambda: _dying_after("open"),
    "before_card": lambda: _dying_call(POST, of_list=False, after=False),
    "after_card": lambda: _dying_call(POST, of_list=False, after=True),
    "before_edit": lambda: _dying_call(EDIT, of_list=True, after=False),
    "after_edit": lambda: _dying_call(EDIT, of_list=True, after=True),
}

if __name__ == "__main__":
    owner, name, patched = PATCHES[sys.argv.pop(1)]()
    setattr(owner, name, patched)
    cli.main()
