"""Starts the bot with a parser whose errors quote the mail: `talkative.py run`. Nothing of this is in the product."""

from __future__ import annotations

import functools
import threading
from typing import Any

from bot import cli
from channels.mail.parser import ParserProcess
from enrichment.models import ParsedMessage


def _quoting(method: Any) -> Any:
    @functools.wraps(method)
    def parse(self: ParserProcess, content: bytes) -> ParsedMessage:
        if b"FAIL-TO-PARSE" in content:
            said = "; ".join(line for line in content.decode("utf-8", "replace").splitlines() if "=?" not in line)
            # As a library's thread would die of it.
            dying = threading.Thread(target=_die, args=(said,))
            dying.start()
            dying.join()
            raise ValueError(said)
        found: ParsedMessage = method(self, content)
        return found

    return parse


def _die(said: str) -> None:
    raise KeyError(said)


if __name__ == "__main__":
    ParserProcess.parse = _quoting(ParserProcess.parse)  # type: ignore[method-assign]  # the fault
    cli.main()
