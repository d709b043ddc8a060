"""Starts the bot as an older version that gets stuck: `older.py 0.0.1 run`. Nothing of this is in the product.

Every second message hangs in the parser, every other one just before its lead is complete, so that nothing ends.
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

import bot
from bot import cli
from channels.mail.parser import ParserProcess
from enrichment.adapters.store.leads import Leads
from enrichment.models import ParsedMessage

HOURS = 3600.0


def _stuck(*_: Any) -> None:
    time.sleep(HOURS)


def _parse_every_other(real: Any) -> Any:
    turns = itertools.count()

    def parse(self: ParserProcess, content: bytes) -> ParsedMessage:
        if next(turns) % 2:
            time.sleep(HOURS)
        found: ParsedMessage = real(self, content)
        return found

    return parse


if __name__ == "__main__":
    bot.__version__ = sys.argv.pop(1)
    ParserProcess.parse = _parse_every_other(ParserProcess.parse)  # type: ignore[method-assign]  # the fault
    Leads.complete = _stuck  # type: ignore[method-assign,assignment]  # the fault
    cli.main()
