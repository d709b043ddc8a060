"""The bot's SMTP server with a store that answers at once and keeps nothing: what SMTP itself costs.

`python -m tests.benchmarks.sink` prints its port and runs until it is told to stop.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import socket
from collections.abc import Sequence

import uvloop

from bot import memory
from bot.bootstrap import SystemClock
from channels.mail.smtp import SmtpChannel
from enrichment.intake import Intake
from enrichment.models import RawMessage
from enrichment.store_ports import Accepted


class Nowhere:
    """Numbers the messages and forgets them; implements enrichment.store_ports.Inbox."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:
        """A number each."""
        return [Accepted(id=next(self._numbers), new=True) for _ in raws]

    def acknowledge(self, message_id: int) -> None:
        """Nothing to remember."""


async def _serve() -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = SmtpChannel(
        Intake(Nowhere(), lambda: None),
        SystemClock(),
        listening=socket.create_server(("127.0.0.1", 0)),
        recipients=("leads@localhost",),
        max_bytes=35_000_000,
    )
    await server.start()
    print(server.port, flush=True)  # noqa: T201 - whoever started us reads it
    memory.settle()
    await stopping.wait()
    await server.stop()


if __name__ == "__main__":
    memory.give_back()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())
