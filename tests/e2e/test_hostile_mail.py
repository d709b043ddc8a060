"""Hostile mail clients at the running bot, with the limits that it comes with: refused or bounded, others served."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from channels.mail.smtp_connection import MOST_REPLIES
from tests.benchmarks.figures import resident
from tests.channels.mail.certificates import make_certificate, trusting
from tests.servers.running_bot import RunningBot, mail

ENVELOPE = b"EHLO a\r\nMAIL FROM:<jo@hostile.example>\r\nRCPT TO:<leads@localhost>\r\nDATA\r\n"
FALSE_ENDS = (
    b"\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b"\r\n.\n",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\n.\r",
    b"\r\n\0.\r\n",
    b"\r\n.\r\r\n",
)
# Much more than the largest message, and enough to show whether memory follows.
STREAMED = 150 * 2**20
ROOM_MB = 100.0


@contextlib.contextmanager
def _client(bot: RunningBot, said: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", bot.smtp_port), timeout=30) as client:
        client.sendall(said)
        yield client


def _rest(client: socket.socket) -> bytes:
    """What is said until the bot hangs up."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(65_536):
            said += piece
    return said


def _until(client: socket.socket, code: bytes) -> bytes:
    """What is said up to a reply with this code."""
    said = b""
    while not said.endswith(b"\r\n") or not said.rstrip().rpartition(b"\n")[2].startswith(code):
        piece = client.recv(65_536)
        assert piece, said
        said += piece
    return said


def _count(bot: RunningBot) -> int:
    with contextlib.closing(sqlite3.connect(bot.folder / "data" / "leadbot.db")) as store:
        return int(store.execute("SELECT count(*) FROM messages").fetchone()[0])


def _others_are_served(bot: RunningBot) -> None:
    before = _count(bot)
    bot.send(mail("Ann <ann@served.example>", "Fence", f"What does a fence cost? {time.monotonic_ns()}"))
    assert _count(bot) == before + 1


def _a_hundred_drip(bot: RunningBot) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(_client(bot, ENVELOPE)) for _ in range(100)]
        for client in clients:
            _until(client, b"354")
        for _ in range(2):
            for client in clients:
                client.sendall(b"x")
            _others_are_served(bot)
            time.sleep(1)


def _ten_thousand_recipients(bot: RunningBot) -> None:
    start, _, _ = ENVELOPE.partition(b"RCPT")
    with _client(bot, start) as client:
        with contextlib.suppress(ConnectionError):  # it does not listen to the end
            client.sendall(b"RCPT TO:<leads@localhost>\r\n" * 10_000)
        _others_are_served(bot)
        said = _rest(client).splitlines()
    assert len(said) <= MOST_REPLIES + 10
    assert said.count(b"250 OK") <= 101


def _message_without_end(bot: RunningBot) -> None:
    assert bot.process is not None
    before = most = resident(bot.process.pid)
    block = (b"x" * 70 + b"\r\n") * 14_000
    with _client(bot, ENVELOPE) as client:
        _until(client, b"354")
        for number in range(STREAMED // len(block)):
            client.sendall(block)
            most = max(most, resident(bot.process.pid))
            if number == 50:
                _others_are_served(bot)
        client.sendall(b".\r\n")
        assert _until(client, b"5").startswith(b"552 5.3.4")
    assert most < before + ROOM_MB


def _line_without_end(bot: RunningBot) -> None:
    with _client(bot) as client:
        with contextlib.suppress(ConnectionError):
            for _ in range(64):
                client.sendall(b"x" * 65_536)
        assert b"250" not in _rest(client)
    _others_are_served(bot)


def _injection_before_tls(bot: RunningBot, certificate: Path) -> None:
    before = _count(bot)
    with _client(bot, b"EHLO a\r\n") as client:
        assert b"STARTTLS" in _until(client, b"250 ")
        client.sendall(b"STARTTLS\r\n" + ENVELOPE + b"Subject: evil\r\n\r\npay\r\n.\r\n")
        _until(client, b"220")
        with trusting(certificate).wrap_socket(client, server_hostname="localhost") as inside:
            inside.sendall(b"MAIL FROM:<jo@hostile.example>\r\n")
            assert inside.recv(1000).startswith(b"503")  # the EHLO from outside is forgotten too
            inside.sendall(b"QUIT\r\n")
            assert inside.recv(1000).startswith(b"221")
    assert _count(bot) == before


def _smuggling(bot: RunningBot) -> None:
    inner = ENVELOPE.partition(b"\r\n")[2] + b"Subject: pay\r\n\r\nnow"
    before = _count(bot)
    with smtplib.SMTP("127.0.0.1", bot.smtp_port, timeout=30) as client:
        for number, end in enumerate(FALSE_ENDS):
            assert client.sock is not None
            client.sock.sendall(ENVELOPE + b"Subject: %d\r\n\r\nx" % number + end + inner + b"\r\n.\r\nNOOP\r\n")
            assert [client.getreply()[0] for _ in range(6)] == [250, 250, 250, 354, 250, 250]
    assert _count(bot) == before + len(FALSE_ENDS)


def test_hostile_clients_are_bounded_and_others_are_served(tmp_path: Path) -> None:
    """Dripping, endless recipients, message and line, an injection before TLS, and every false end of a message."""
    cert, key = make_certificate(tmp_path)
    bot = RunningBot(tmp_path, LEADBOT_SMTP_TLS_CERT=str(cert), LEADBOT_SMTP_TLS_KEY=str(key))
    try:
        bot.start(roles="ingest")
        _a_hundred_drip(bot)
        _ten_thousand_recipients(bot)
        _message_without_end(bot)
        _line_without_end(bot)
        _injection_before_tls(bot, cert)
        _smuggling(bot)
        _others_are_served(bot)
        assert bot.stop() == 0
    finally:
        bot.close()
