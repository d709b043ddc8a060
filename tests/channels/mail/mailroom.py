"""An SMTP server with the real store behind it, and a client that speaks to it line by line."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from channels.mail.gate import MAX_HELD_BYTES, Gate, Limits
from channels.mail.smtp import SmtpChannel
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.messages import Messages
from enrichment.adapters.store.schema import messages
from enrichment.intake import Intake
from enrichment.models import RawMessage
from enrichment.store_ports import Accepted, Inbox

HOST = socket.gethostname()
GREETING = f"220 {HOST} Leadbot ESMTP"
MAX_BYTES = 2_000_000
RECIPIENTS = ("leads@example.com", "sales@shop.example")
MAIL, RCPT = "MAIL FROM:<jo@customer.example>", "RCPT TO:<leads@example.com>"
GO_ON = "354 End data with <CR><LF>.<CR><LF>"
STAMPED = b"Message-ID: <1@customer.example>\r\nSubject: Brakes\r\n\r\nThey grind.\r\n"
UNSTAMPED = b"Subject: Brakes\r\n\r\nThey grind.\r\nDate: next Friday, please\r\n"
BUSY = "451 4.3.0 Temporarily unable to store the message, please try again"
Row = sa.RowMapping
Open = Callable[..., Any]


class Clock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


class FailingInbox:
    """A store that refuses everything, by the error that the real one raises or by one that nobody foresaw."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:  # noqa: ARG002 - the port's signature
        """Fail."""
        raise self.error

    def acknowledge(self, message_id: int) -> None:  # noqa: ARG002 - as above
        """Fail."""
        raise self.error


class SlowInbox:
    """The real store behind a gate: nothing is stored before `open` is set."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.asked = threading.Event()
        self.open = threading.Event()

    def accept_many(self, raws: Sequence[RawMessage]) -> list[Accepted]:
        """Store when it is time."""
        self.asked.set()
        self.open.wait(20)
        return self.inbox.accept_many(raws)

    def acknowledge(self, message_id: int) -> None:
        """As the store does."""
        self.inbox.acknowledge(message_id)


class Client:
    """Speaks SMTP line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        """One reply; the lines of a longer one joined by ` | `."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            line = await asyncio.wait_for(self.reader.readline(), 10)
            if not line:
                raise EOFError
            lines.append(line.decode().rstrip("\r\n"))
        return " | ".join(lines)

    def send(self, data: str | bytes) -> None:
        """A command without its line end, or bytes as they are."""
        self.writer.write(data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape") + b"\r\n")

    async def talk(self, *said: str | bytes) -> list[str]:
        """Say one thing after another; the reply to each."""
        replies = []
        for words in said:
            self.send(words)
            replies.append(await self.reply())
        return replies

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Begin TLS, after the server has said that it is ready."""
        await self.writer.start_tls(context, server_hostname="localhost")
        self.reader._transport = self.writer.transport  # type: ignore[attr-defined]  # Python 3.11 forgets it

    async def at_end(self) -> bool:
        """Whether the server has hung up."""
        try:
            return await asyncio.wait_for(self.reader.read(1), 5) == b""
        except ConnectionResetError:
            return True  # what was still being said met a closed connection


class Mailroom:
    """A running server, and the store behind it."""

    def __init__(self, channel: SmtpChannel, engine: sa.Engine, intake: Intake) -> None:
        self.channel = channel
        self.engine = engine
        self.intake = intake

    @asynccontextmanager
    async def client(self, source: str = "127.0.0.1", first: bytes = b"") -> AsyncIterator[Client]:
        """A connection, greeted, from an address of this machine. first: what it says before that."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.channel.port, local_addr=(source, 0))
        writer.write(first)
        client = Client(reader, writer)
        try:
            assert await client.reply() == GREETING
            yield client
        finally:
            writer.close()

    async def turned_away(self, source: str = "127.0.0.1", first: bytes = b"") -> str:
        """What a connection is told instead of a greeting, before the server hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.channel.port, local_addr=(source, 0))
        writer.write(first)
        try:
            told = await asyncio.wait_for(reader.read(), 5)
            return told.decode().rstrip("\r\n")
        finally:
            writer.close()

    async def talk(self, *said: str | bytes) -> list[str]:
        """A whole conversation on a connection of its own."""
        async with self.client() as client:
            return await client.talk(*said)

    async def left_alone(self) -> None:
        """Wait until nobody is connected or counted any more, some milliseconds after the last has gone."""
        async with asyncio.timeout(3):
            while self.channel._live:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0.01)
        assert self.channel._gate._connected == 0
        assert self.channel._gate.room == MAX_HELD_BYTES

    def stored(self) -> list[Row]:
        """What lies in the store, oldest first."""
        with self.engine.begin() as connection:
            return list(connection.execute(sa.select(messages).order_by(messages.c.id)).mappings())


async def open_mailroom(
    migrated: Path,
    folder: Path,
    inbox: Callable[[Inbox], Inbox] = lambda real: real,
    limits: Limits | None = None,
    listening: socket.socket | None = None,
    **options: Any,
) -> Mailroom:
    """A started server. migrated: an empty database; inbox: gives it another store; options: the channel's."""
    engine = make_engine(f"sqlite:///{shutil.copy(migrated, folder / 'leadbot.db')}")
    intake = Intake(inbox(Messages(Database(engine), Clock())), lambda: None)
    channel = SmtpChannel(
        intake,
        Clock(),
        listening=listening or socket.create_server(("127.0.0.1", 0)),
        recipients=RECIPIENTS,
        gate=Gate(limits),
        **{"max_bytes": MAX_BYTES, **options},
    )
    await channel.start()
    return Mailroom(channel, engine, intake)
