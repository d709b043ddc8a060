"""LMTP over real sockets: a reply for each recipient, one stored message for all of them."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from pathlib import Path

import pytest

from channels.mail import envelope
from channels.mail.gate import Limits
from enrichment.errors import RetryLater
from tests.channels.mail.mailroom import BUSY, GO_ON, HOST, MAIL, MAX_BYTES, RCPT, STAMPED, FailingInbox, Open

TWO = (MAIL, RCPT, "RCPT TO:<sales@shop.example>")


async def test_one_reply_a_recipient_and_one_message(mailroom: Open) -> None:
    """The whole conversation; who is refused at RCPT gets no second reply."""
    room = await mailroom(account="lmtp")
    async with room.client() as client:
        assert await client.talk("LHLO relay.example", *TWO, "RCPT TO:<nobody@shop.example>", "DATA") == [
            f"250-{HOST} | 250-PIPELINING | 250-SIZE {MAX_BYTES} | 250-8BITMIME | 250-SMTPUTF8 | 250 HELP",
            "250 OK",
            "250 OK",
            "250 OK",
            "550 5.1.1 <nobody@shop.example> is not a recipient here",
            GO_ON,
        ]
        client.send(STAMPED + b".\r\n")
        assert [await client.reply(), await client.reply()] == ["250 2.0.0 OK, stored as message 1"] * 2
        assert await client.talk("QUIT") == ["221 Bye"]
    (row,) = room.stored()
    assert (row["channel"], row["account"], row["helo"]) == ("smtp", "lmtp", "relay.example")
    assert row["rcpt_tos"] == ["leads@example.com", "sales@shop.example"]


async def test_same_recipient_twice_gets_two_replies(mailroom: Open) -> None:
    """As often as it was accepted."""
    room = await mailroom(account="lmtp")
    async with room.client() as client:
        await client.talk("LHLO a", MAIL, RCPT, RCPT, "DATA")
        client.send(STAMPED + b".\r\nNOOP\r\n")
        assert [(await client.reply())[:3] for _ in range(3)] == ["250"] * 3
        assert len(room.stored()) == 1


async def test_no_recipient_no_data(mailroom: Open) -> None:
    """One reply, for there is nobody else to tell."""
    room = await mailroom(account="lmtp")
    replies = await room.talk("LHLO a", MAIL, "RCPT TO:<nobody@shop.example>", "DATA", "NOOP")
    assert replies[-2:] == ["503 Error: need RCPT command", "250 OK"]


async def test_smtp_is_not_spoken(mailroom: Open) -> None:
    """Neither HELO nor EHLO; and the SMTP server knows no LHLO."""
    room = await mailroom(account="lmtp")
    assert await room.talk("EHLO a", "HELO a", MAIL) == [
        '500 Error: command "EHLO" not recognized',
        '500 Error: command "HELO" not recognized',
        "503 Error: send HELO first",
    ]
    other = await mailroom()
    assert await other.talk("LHLO a") == ['500 Error: command "LHLO" not recognized']


@pytest.mark.parametrize("error", [RetryLater("the database is locked"), RuntimeError("secrets")])
async def test_trouble_of_ours_is_told_for_each(mailroom: Open, error: Exception) -> None:
    """Expected or not: the relay keeps the mail for both."""
    room = await mailroom(lambda _: FailingInbox(error), account="lmtp")
    async with room.client() as client:
        await client.talk("LHLO a", *TWO, "DATA")
        client.send(STAMPED + b".\r\nNOOP\r\n")
        assert [await client.reply() for _ in range(3)] == [BUSY, BUSY, "250 OK"]


async def test_bug_of_ours_is_told_for_each(mailroom: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the store is reached."""

    def broken(*_: object) -> str:
        raise ValueError("secrets")

    room = await mailroom(account="lmtp")
    monkeypatch.setattr(envelope, "identity_of", broken)
    async with room.client() as client:
        await client.talk("LHLO a", *TWO, "DATA")
        client.send(STAMPED + b".\r\nNOOP\r\n")
        assert [await client.reply() for _ in range(3)] == [BUSY, BUSY, "250 OK"]


async def test_too_large_and_too_slow_are_told_for_each(mailroom: Open) -> None:
    """The refusal of a message, and the end of a connection."""
    room = await mailroom(account="lmtp", limits=Limits(silence=0.5, slowest=10**6), max_bytes=100_000)
    async with room.client() as client:
        await client.talk("LHLO a", *TWO, "DATA")
        client.send(b"x" * 100_001 + b"\r\n.\r\n")
        assert [(await client.reply())[:9] for _ in range(2)] == ["552 5.3.4"] * 2
        await client.talk(*TWO, "DATA")
        answer = asyncio.create_task(client.reply())
        while not answer.done():
            client.send(b"x\r\n")
            await asyncio.sleep(0.05)
        assert [(await answer)[:9], (await client.reply())[:9]] == ["451 4.4.2"] * 2
        assert await client.at_end()


async def test_unix_socket(mailroom: Open, tmp_path: Path) -> None:
    """Python's own client over a path; it has no address, and no limit of one."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(tmp_path / "lmtp.sock"))
    room = await mailroom(account="lmtp", listening=listening, limits=Limits(connections_per_minute=1))

    def send() -> None:
        with smtplib.LMTP(str(tmp_path / "lmtp.sock"), timeout=5) as client:
            client.sendmail("jo@customer.example", ["leads@example.com"], STAMPED)

    for _ in range(3):
        await asyncio.to_thread(send)
    (row,) = room.stored()
    assert (row["client_ip"], row["account"]) == (None, "lmtp")
    assert room.channel.address == str(tmp_path / "lmtp.sock")
    await room.left_alone()
