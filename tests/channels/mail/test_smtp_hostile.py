"""Hostile clients over raw sockets: each is refused or bounded, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.mail import smtp_connection
from channels.mail.gate import Limits
from tests.channels.mail.mailroom import GO_ON, HOST, MAIL, RCPT, STAMPED, Client, Mailroom, Open

TOO_SOON = 1.0
HELO = b"HELO a\r\n"
NOISE = "421 4.7.0 Too many commands without a message, please try again later"


async def _others_are_served(room: Mailroom) -> None:
    """A customer's mail goes through at once."""
    begun = time.monotonic()
    assert (await room.talk("HELO b", MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[-1].startswith("250")
    assert time.monotonic() - begun < TOO_SOON


async def _drain(client: Client) -> bytes:
    """All that the server still says, until it hangs up."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := await asyncio.wait_for(client.reader.read(65_536), 10):
            said = (said + piece)[-200_000:]
    return said


@contextlib.asynccontextmanager
async def _dripping(room: Mailroom, count: int, before: bytes, drop: bytes) -> AsyncIterator[list[Client]]:
    """Clients that send a byte at a time."""
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(room.client()) for _ in range(count)]
        for client in clients:
            client.send(before)

        async def drip() -> None:
            while True:
                for client in clients:
                    if not client.writer.is_closing():
                        client.send(drop)
                await asyncio.sleep(0.1)

        dripping = asyncio.create_task(drip())
        try:
            yield clients
        finally:
            dripping.cancel()


@pytest.mark.parametrize(
    ("before", "drop"),
    [
        (b"", b"N"),
        (HELO + f"{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode(), b"x"),
        (HELO + f"{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode(), b"\r\n"),
        (HELO, b"NOOP\r\n"),
    ],
    ids=["command", "line", "lines", "noops"],
)
async def test_a_hundred_that_drip_end_while_others_are_served(
    mailroom: Open, monkeypatch: pytest.MonkeyPatch, before: bytes, drop: bytes
) -> None:
    """A command, one line, short lines, and commands that lead nowhere: all hundred are gone in time."""
    monkeypatch.setattr(smtp_connection, "ROUND_SECONDS", 1.5)
    room = await mailroom(limits=Limits(silence=1.2, slowest=5000))
    async with _dripping(room, 100, before, drop) as clients:
        await _others_are_served(room)
        told = await asyncio.gather(*(_drain(client) for client in clients))
        assert {said.rstrip(b"\r\n").rpartition(b"\n")[2][:9] for said in told} <= {b"421 4.4.2", b"451 4.4.2"}
    await room.left_alone()


async def test_strangers_that_drip_leave_room(mailroom: Open) -> None:
    """Beyond its share an address is sent away; another one is served."""
    room = await mailroom(limits=Limits(trusted=(), per_address=5))
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(room.client("127.0.0.66"))
        for _ in range(20):
            assert (await room.turned_away("127.0.0.66")).startswith("421 4.7.0 Too many connections")
        await _others_are_served(room)


async def test_ten_thousand_recipients(mailroom: Open) -> None:
    """A hundred are taken, hundreds put off, then the connection ends."""
    room = await mailroom()
    async with room.client() as client:
        client.send(HELO + f"{MAIL}\r\n".encode() + f"{RCPT}\r\n".encode() * 998)
        said = [await client.reply() for _ in range(smtp_connection.MOST_REPLIES)]
        assert await client.at_end()
    assert said[1:102] == ["250 OK"] * 101
    assert set(said[102:-1]) == {"452 4.5.3 Too many recipients, please send the rest separately"}
    assert said[-1] == NOISE
    async with room.client() as client:
        client.send(HELO + f"{MAIL}\r\n".encode() + f"{RCPT}\r\n".encode() * 10_000)
        flood = asyncio.create_task(_drain(client))
        await _others_are_served(room)
        assert len((await flood).splitlines()) <= len(said)


async def test_guessing_recipients_ends_soon(mailroom: Open) -> None:
    """Twenty refusals, then 421; the message was not lost for it was never taken."""
    room = await mailroom()
    async with room.client() as client:
        guesses = "".join(f"RCPT TO:<guess{number}@example.com>\r\n" for number in range(500))
        client.send(HELO + f"{MAIL}\r\n{guesses}".encode())
        said = (await _drain(client)).decode().splitlines()
    assert [line[:3] for line in said] == ["250", "250", *["550"] * 20, "421"]
    await _others_are_served(room)


async def test_errors_are_counted_over_a_connection(mailroom: Open) -> None:
    """However many good messages are between them."""
    room = await mailroom(limits=Limits(errors=3))
    async with room.client() as client:
        await client.talk("HELO a")
        for number in range(1, 4):
            replies = await client.talk(MAIL, "RCPT TO:<x@y.example>", RCPT, "DATA", STAMPED + b"%d\r\n.\r\n" % number)
            assert replies[1][:3] == "550"
            assert replies[-1] == f"250 2.0.0 OK, stored as message {number}"
        assert (await client.talk(MAIL, "RCPT TO:<x@y.example>"))[1].startswith("421 4.7.0 Too many errors")
        assert await client.at_end()


@pytest.mark.parametrize("command", [b"NOOP\r\n", b"RSET\r\n", b"EHLO a\r\n", b"HELP\r\n", b"VRFY <a@b.example>\r\n"])
async def test_floods_of_commands_end(mailroom: Open, command: bytes) -> None:
    """A hundred thousand commands without a message; the loop is never away for long."""
    room = await mailroom()
    async with room.client() as client:
        client.send(HELO + command * smtp_connection.MOST_REPLIES)
        said = [await client.reply() for _ in range(smtp_connection.MOST_REPLIES)]
        assert said[-1].endswith(NOISE)
        assert {reply[:1] for reply in said[:-1]} == {"2"}
        assert await client.at_end()
    async with room.client() as client:
        client.send(HELO + command * 100_000)
        flood = asyncio.create_task(_drain(client))
        await _others_are_served(room)
        finals = [line for line in (await flood).decode().splitlines() if line[3:4] != "-"]
    assert len(finals) <= smtp_connection.MOST_REPLIES + 1


async def test_relay_may_send_any_number_of_messages(mailroom: Open) -> None:
    """On one connection, each is a new beginning."""
    room = await mailroom()
    async with room.client() as client:
        await client.talk("HELO a")
        for number in range(1, 301):
            replies = await client.talk(MAIL, RCPT, "DATA", STAMPED + b"%d\r\n.\r\n" % number)
            assert replies[-1] == f"250 2.0.0 OK, stored as message {number}"


async def test_client_that_never_reads_is_left(mailroom: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its replies fill every buffer, and closing politely would wait for it for ever."""
    monkeypatch.setattr(smtp_connection, "LINGER_SECONDS", 0.2)
    monkeypatch.setattr(smtp_connection, "MOST_REPLIES", 10**9)
    room = await mailroom(limits=Limits(silence=0.5))
    async with room.client() as client:
        client.writer.transport.pause_reading()

        async def push() -> None:
            while True:
                client.send(b"HELP\r\n" * 10_000)
                await client.writer.drain()

        pushing = asyncio.create_task(push())
        await asyncio.sleep(0.3)
        await _others_are_served(room)
        await room.left_alone()
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)


@pytest.mark.parametrize("before", [b"", HELO + f"{MAIL}\r\n".encode() + b"RCPT TO:<"])
async def test_line_without_end(mailroom: Open, before: bytes) -> None:
    """It ends after a megabyte, with 421."""
    room = await mailroom()
    async with room.client() as client:
        client.send(before)
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                client.send(b"x" * 65_536)
                await client.writer.drain()
        await _drain(client)
    await _others_are_served(room)
    await room.left_alone()


async def test_line_without_end_is_told(mailroom: Open) -> None:
    """A client that stops soon enough can read why."""
    room = await mailroom()
    async with room.client() as client:
        client.send(b"x" * (smtp_connection.LONGEST_COMMAND + 1))
        assert b"421 4.7.0 Line does not end" in await _drain(client)


async def test_long_command_is_refused_and_the_next_one_read(mailroom: Open) -> None:
    """A line over the limit is no command, and not the end."""
    room = await mailroom()
    assert await room.talk("HELO a", b"MAIL FROM:<" + b"a" * 5000 + b"@b.example>\r\n", "x" * 200_000, MAIL) == [
        f"250 {HOST}",
        "500 Command line too long",
        "500 Command line too long",
        "250 OK",
    ]


def _resident_kb() -> int:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024


@pytest.mark.parametrize("piece", [b"x" * 76 + b"\r\n", b"y" * 78], ids=["lines", "one line"])
async def test_huge_message_is_read_in_bounded_memory(mailroom: Open, piece: bytes) -> None:
    """300 MB of it: refused for good at its end, others served meanwhile, and the connection goes on."""
    room = await mailroom()
    chunk = piece * (2**20 // 78)
    async with room.client() as client:
        await client.talk("HELO a", MAIL, RCPT, "DATA")
        before = most = _resident_kb()
        for number in range(300):
            client.send(chunk)
            await client.writer.drain()
            most = max(most, _resident_kb())
            if number == 150:
                await _others_are_served(room)
        assert await client.talk(b"\r\n.\r\n", MAIL) == ["552 5.3.4 Message is larger than this server takes", "250 OK"]
    assert most - before < 30_000
    assert len(room.stored()) == 1
    await room.left_alone()


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\r\n\x00.\r\n", b"\r\n.\r\r\n"],
)
async def test_nothing_but_the_true_end_ends_a_message(mailroom: Open, end: bytes) -> None:
    """A second message behind a false end, as SMTP smuggling does it, is text of the first."""
    room = await mailroom()
    smuggled = b"MAIL FROM:<ceo@example.com>\r\nRCPT TO:<leads@example.com>\r\nDATA\r\nSubject: pay\r\n\r\nnow\r\n"
    async with room.client() as client:
        assert (await client.talk("EHLO a", MAIL, RCPT, "DATA"))[-1] == GO_ON
        assert await client.talk(STAMPED + b"x" + end + smuggled + b".\r\n") == ["250 2.0.0 OK, stored as message 1"]
        assert await client.talk("NOOP") == ["250 OK"]
    (row,) = room.stored()
    assert row["mail_from"] == "jo@customer.example"
    assert row["content"].endswith(smuggled)


async def test_pipelined_messages_are_taken_in_order(mailroom: Open) -> None:
    """A hundred messages with all their commands in one burst."""
    room = await mailroom()
    burst = HELO + b"".join(
        f"{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode() + STAMPED + b"%d\r\n.\r\n" % number for number in range(1, 101)
    )
    async with room.client() as client:
        client.send(burst + b"QUIT\r\n")
        said = (await _drain(client)).decode().splitlines()
    assert [line for line in said if "stored" in line] == [
        f"250 2.0.0 OK, stored as message {number}" for number in range(1, 101)
    ]
    assert said[-1] == "221 Bye"


@pytest.mark.parametrize("bomb", [b"(" * 1900, b"<" * 1900, b'"' * 1900, b"\\" * 1900, b"a." * 950, b"[" * 1900])
async def test_address_that_is_hard_to_read(mailroom: Open, bomb: bytes) -> None:
    """An answer of some kind, and not after long; then the next command."""
    room = await mailroom()
    begun = time.monotonic()
    replies = await room.talk("HELO a", b"MAIL FROM:" + bomb + b"\r\n", MAIL)
    assert (replies[1][:1] in "245", replies[2][:3] in {"250", "503"}) == (True, True)
    assert time.monotonic() - begun < TOO_SOON
