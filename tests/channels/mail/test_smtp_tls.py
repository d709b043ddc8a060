"""STARTTLS over real sockets: mail through it, nothing of the plain text behind it, certificates that change."""

from __future__ import annotations

import asyncio
import contextlib
import os
import smtplib
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import structlog
import uvloop

from channels.mail import starttls
from channels.mail.certificate import Certificate, opened
from channels.mail.gate import Limits
from enrichment.errors import StartupError
from tests.channels.mail.certificates import make_certificate, trusting
from tests.channels.mail.mailroom import HOST, MAIL, RCPT, STAMPED, Mailroom, Open, open_mailroom

Files = tuple[Path, Path]
READY = "220 Ready to start TLS"
OFFERED = f"250-{HOST} | 250-PIPELINING | 250-SIZE 2000000 | 250-8BITMIME | 250-SMTPUTF8 | "


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A certificate and its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


async def _whole_conversation(room: Mailroom, cert: Path) -> None:
    """What was said before is forgotten, TLS is recorded, no passwords are offered."""
    async with room.client() as client:
        assert await client.talk("EHLO a", "STARTTLS") == [OFFERED + "250-STARTTLS | 250 HELP", READY]
        await client.start_tls(trusting(cert))
        first = ("MAIL FROM:<x@y.example>", "EHLO b", "STARTTLS")
        replies = await client.talk(*first, MAIL, RCPT, "DATA", STAMPED + b".\r\n", "QUIT")
        assert replies[0] == "503 Error: send HELO first"
        assert replies[1] == OFFERED + "250 HELP"
        assert replies[2] == "503 5.5.1 TLS is not to be started here"
        assert replies[-2:] == ["250 2.0.0 OK, stored as message 1", "221 Bye"]
        assert await client.at_end()
    (row,) = room.stored()
    assert (row["tls"], row["helo"], row["client_ip"]) == (True, "b", "127.0.0.1")
    await room.left_alone()


async def _plain_text_behind_starttls(room: Mailroom, cert: Path) -> None:
    """A third party that writes into the plain text cannot put its words into the client's mouth."""
    async with room.client() as client:
        await client.talk("EHLO a")
        injected = b"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<leads@example.com>\r\n"
        assert await client.talk(injected) == [READY]
        await client.start_tls(trusting(cert))
        assert await client.talk("NOOP", "DATA", "EHLO a", "DATA") == [
            "250 OK",
            "503 Error: send HELO first",
            OFFERED + "250 HELP",
            "503 Error: need RCPT command",
        ]
    await room.left_alone()


async def _hanging_up_in_the_handshake(room: Mailroom, _cert: Path) -> None:
    """The connection is counted no more."""
    async with room.client() as client:
        await client.talk("EHLO a", "STARTTLS")
        client.writer.transport.abort()
    await room.left_alone()


async def _stopping_in_the_handshake(room: Mailroom, _cert: Path) -> None:
    """No plain words are said in the middle of it."""
    async with room.client() as client:
        await client.talk("EHLO a", "STARTTLS")
        await room.channel.stop()
        with contextlib.suppress(ConnectionResetError):
            assert await client.at_end()
    await room.left_alone()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize(
    "scene",
    [
        _whole_conversation,
        _plain_text_behind_starttls,
        _hanging_up_in_the_handshake,
        _stopping_in_the_handshake,
    ],
)
def test_on_either_event_loop(
    migrated: Path,
    tmp_path: Path,
    files: Files,
    loop: Callable[[], asyncio.AbstractEventLoop],
    scene: Callable[[Mailroom, Path], Coroutine[Any, Any, None]],
) -> None:
    """Their TLS is not the same code; what must hold is what each scene says."""

    async def play() -> None:
        room = await open_mailroom(migrated, tmp_path, certificate=Certificate(*files))
        try:
            await scene(room, files[0])
        finally:
            await room.channel.stop()
            room.engine.dispose()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(play())


async def test_standard_client_sends_a_large_mail(mailroom: Open, files: Files) -> None:
    """Python's own, a megabyte."""
    room = await mailroom(certificate=Certificate(*files))

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", room.channel.port, timeout=10) as client:
            client._host = "localhost"  # type: ignore[attr-defined]  # the certificate's name
            client.starttls(context=trusting(files[0]))
            client.sendmail("jo@customer.example", ["leads@example.com"], STAMPED + b"long\r\n" * 170_000)

    await asyncio.to_thread(send)
    assert [(row["tls"], len(row["content"]) > 1_000_000) for row in room.stored()] == [(True, True)]


async def test_message_injected_before_tls_is_not_stored(mailroom: Open, files: Files) -> None:
    """Not even as a part of the client's own."""
    room = await mailroom(certificate=Certificate(*files))
    evil = f"{MAIL}\r\n{RCPT}\r\nDATA\r\nSubject: evil\r\n\r\n".encode()
    async with room.client() as client:
        await client.talk("EHLO a")
        assert await client.talk(b"STARTTLS\r\n" + evil) == [READY]
        await client.start_tls(trusting(files[0]))
        replies = await client.talk("EHLO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n")
    assert replies[-1] == "250 2.0.0 OK, stored as message 1"
    assert [row["content"] for row in room.stored()] == [STAMPED]


@pytest.mark.parametrize("said", [b"no TLS at all\r\n", b"\x16\x03\x01\x00", b""])
async def test_handshake_that_fails_harms_nobody(
    mailroom: Open, files: Files, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """Nonsense, half a greeting, and silence: the connection ends and is counted no more."""
    monkeypatch.setattr(starttls, "HANDSHAKE_SECONDS", 0.3)
    room = await mailroom(certificate=Certificate(*files))
    async with room.client() as client:
        await client.talk("EHLO a", "STARTTLS")
        client.send(said)
        await asyncio.wait_for(client.reader.read(), 5)
    await room.left_alone()
    assert (await room.talk("HELO a", MAIL, RCPT, "DATA", STAMPED + b".\r\n"))[-1].startswith("250")


async def test_stop_says_goodbye_through_tls(mailroom: Open, files: Files) -> None:
    """421 to an encrypted client too."""
    room = await mailroom(certificate=Certificate(*files))
    async with room.client() as client:
        await client.talk("EHLO a", "STARTTLS")
        await client.start_tls(trusting(files[0]))
        assert await client.talk("NOOP") == ["250 OK"]
        stopping = asyncio.create_task(room.channel.stop())
        assert await client.reply() == "421 4.3.2 Shutting down, please try again later"
        assert await client.at_end()
        client.writer.close()
        await stopping
    assert room.channel._live == set()


async def test_silence_ends_an_encrypted_connection(mailroom: Open, files: Files) -> None:
    """As it does a plain one."""
    room = await mailroom(certificate=Certificate(*files), limits=Limits(silence=0.3))
    async with room.client() as client:
        await client.talk("EHLO a", "STARTTLS")
        await client.start_tls(trusting(files[0]))
        assert (await client.reply()).startswith("421 4.4.2")
        assert await client.at_end()


async def test_without_a_certificate_there_is_no_tls(mailroom: Open) -> None:
    """Not offered, and refused."""
    room = await mailroom()
    assert await room.talk("EHLO a", "STARTTLS") == [
        OFFERED + "250 HELP",
        "503 5.5.1 TLS is not to be started here",
    ]


async def test_renewed_certificate_is_used(mailroom: Open, tmp_path: Path) -> None:
    """By the next connection, without a restart; half a renewal leaves the old one in use."""
    old_cert, old_key = make_certificate(tmp_path, "old")
    new_cert, new_key = make_certificate(tmp_path, "new")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(old_cert.read_bytes())
    key.write_bytes(old_key.read_bytes())
    room = await mailroom(certificate=Certificate(cert, key))

    async def accepts(trusted: Path) -> bool:
        async with room.client() as client:
            await client.talk("EHLO a", "STARTTLS")
            try:
                await client.start_tls(trusting(trusted))
            except ssl.SSLError:
                return False
            assert await client.talk("NOOP") == ["250 OK"]
            return True

    assert await accepts(old_cert)
    cert.write_bytes(new_cert.read_bytes())
    with structlog.testing.capture_logs() as logs:
        assert await accepts(old_cert)
        assert await accepts(old_cert)
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "do not belong together" in logs[0]["why"]
    key.write_bytes(new_key.read_bytes())
    os.utime(key)
    assert await accepts(new_cert)
    assert not await accepts(old_cert)
    key.unlink()
    assert await accepts(new_cert)


def test_wrong_files_are_one_clear_line(tmp_path: Path, files: Files) -> None:
    """Which setting, which file, what to do."""
    cert, key = files
    other = make_certificate(tmp_path, "other")[1]
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("hello")
    locked = tmp_path / "locked.key"
    locked.write_text(
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,"
        "00000000000000000000000000000000\n\nAAAAAAAAAAAAAAAAAAAAAA==\n-----END EC PRIVATE KEY-----\n"
    )
    cases: list[tuple[Path | None, Path | None, str]] = [
        (cert, None, "LEADBOT_SMTP_TLS_KEY: is needed beside LEADBOT_SMTP_TLS_CERT, e.g. LEADBOT_SMTP_TLS_KEY="),
        (None, key, "LEADBOT_SMTP_TLS_CERT: is needed beside LEADBOT_SMTP_TLS_KEY, e.g. LEADBOT_SMTP_TLS_CERT="),
        (tmp_path / "none", key, f"LEADBOT_SMTP_TLS_CERT: {tmp_path}/none cannot be read (No such file or directory)"),
        (cert, tmp_path, f"LEADBOT_SMTP_TLS_KEY: {tmp_path} cannot be read (Is a directory)"),
        (cert, other, "LEADBOT_SMTP_TLS_CERT, LEADBOT_SMTP_TLS_KEY: the certificate and the key do not belong"),
        (nonsense, key, "LEADBOT_SMTP_TLS_CERT, LEADBOT_SMTP_TLS_KEY: they cannot be used ("),
        (cert, locked, "LEADBOT_SMTP_TLS_CERT, LEADBOT_SMTP_TLS_KEY: they cannot be used ("),
    ]
    for one, two, line in cases:
        with pytest.raises(StartupError) as told:
            opened(one, two)
        assert str(told.value).startswith(line)
        assert "\n" not in str(told.value)
    assert opened(None, None) is None
