"""What a channel is: a way messages get in. It stores each one through the intake and only then says it has it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Channel(Protocol):
    """A running way in.

    name: as in the ledger. It asks enrichment.ports.Backpressure before it takes a message: a server refuses for now
    (SMTP: 452), a poll waits and asks again, and what was taken is not given back.
    """

    name: str

    @property
    def last_accepted(self) -> datetime | None:
        """When it last took a message; None before the first."""
        ...

    async def start(self) -> None:
        """Begin to take messages. Raises StartupError when it cannot (a port in use, a wrong setting)."""
        ...

    async def stop(self) -> None:
        """Take no more; finish what has begun. Nothing that was acknowledged is lost."""
        ...
