"""Logging in to a real Dovecot over TLS, STARTTLS and without, and waiting in IDLE."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.mail.imap_session import Mailbox, open_session
from enrichment.errors import NeedsPerson, RetryLater
from tests.channels.mail.certificates import make_certificate
from tests.channels.mail.polled import Password, Polling, Post, letter, mailbox_at
from tests.conftest import RequireServer
from tests.enrichment.parts import Parts
from tests.servers.dovecot import PASSWORD, Dovecot, running_dovecot
from tests.servers.odd_imap import odd_imap


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure(require_server: RequireServer, certificate: tuple[Path, Path]) -> Iterator[Dovecot]:
    """A server with TLS that takes no password without it."""
    settings = "disable_plaintext_auth = yes\nlogin_trusted_networks =\n"
    with running_dovecot(require_server("dovecot"), cert=certificate, settings=settings) as server:
        yield server


def _secured(server: Dovecot, certificate: tuple[Path, Path], security: str) -> Mailbox:
    port = server.tls_port if security == "tls" else server.port
    return mailbox_at(port, host="localhost", security=security, ca_file=certificate[0])


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_login_under_tls(secure: Dovecot, certificate: tuple[Path, Path], security: str) -> None:
    """With TLS from the start and with STARTTLS the session is logged in, and the certificate was checked."""
    with open_session(_secured(secure, certificate, security), Password(), timeout=10) as session:
        assert session.folder_exists("INBOX")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_needs_a_person(
    secure: Dovecot, certificate: tuple[Path, Path], security: str
) -> None:
    """A self-signed certificate and one for another name are refused before any password is sent."""
    mailbox, credential = _secured(secure, certificate, security), Password()
    with (
        pytest.raises(NeedsPerson, match=r"certificate of localhost:.*self-signed.*ca_file"),
        open_session(replace(mailbox, ca_file=None), credential, timeout=10),
    ):
        pass
    with (
        pytest.raises(NeedsPerson, match=r"certificate of 127\.0\.0\.1:.*check host"),
        open_session(replace(mailbox, host="127.0.0.1"), credential, timeout=10),
    ):
        pass


def test_tls_at_a_plain_port_needs_a_person(secure: Dovecot, certificate: tuple[Path, Path]) -> None:
    """The wrong port for TLS is told as such."""
    mailbox = replace(_secured(secure, certificate, "tls"), port=secure.port)
    with (
        pytest.raises(NeedsPerson, match=r"speaks no TLS on this port"),
        open_session(mailbox, Password(), timeout=10),
    ):
        pass


def test_starttls_that_is_not_offered_is_not_skipped(dovecot: Dovecot) -> None:
    """A server, or somebody in between, that hides STARTTLS gets no password."""
    with (
        pytest.raises(RetryLater, match=r"STARTTLS"),
        open_session(mailbox_at(dovecot.port, security="starttls"), Password(), timeout=10),
    ):
        pass


def test_what_is_said_before_starttls_is_not_believed() -> None:
    """An answer that was put in front of TLS by somebody else is thrown away with the connection."""
    with odd_imap() as server:
        server.capabilities += " STARTTLS"
        server.faults["STARTTLS"] = "raw TAG OK go\r\n* CAPABILITY IMAP4rev1 INJECTED"
        with (
            pytest.raises(RetryLater, match=r"^shop: "),
            open_session(mailbox_at(server.port, security="starttls"), Password(), timeout=1),
        ):
            pass
        assert not any("LOGIN" in command for command in server.commands)


def test_a_ca_file_that_is_none_needs_a_person(dovecot: Dovecot, tmp_path: Path) -> None:
    """A ca_file without a certificate in it is named."""
    (tmp_path / "ca.pem").write_text("nothing")
    mailbox = mailbox_at(dovecot.port, security="tls", ca_file=tmp_path / "ca.pem")
    with pytest.raises(NeedsPerson, match=r"ca\.pem cannot be used"), open_session(mailbox, Password(), timeout=10):
        pass


@pytest.mark.parametrize("password", ['a "quoted" \\ one', "pässwörd € 日本", "with space {5}"])
def test_passwords_of_any_letters(post: Post, password: str) -> None:
    """A password with quotes, backslashes or letters beyond ASCII logs in."""
    post.server.set_password(PASSWORD, post.user)
    mailbox = mailbox_at(post.server.port, user=post.user)
    with pytest.raises(NeedsPerson), open_session(mailbox, Password(password), timeout=10):
        pass
    post.server.set_password(password, post.user)
    with open_session(mailbox, Password(password), timeout=10) as session:
        assert session.folder_exists("INBOX")


def test_what_fails_inside_a_session_is_translated(post: Post) -> None:
    """An error of IMAPClient inside the session comes out as one of ours."""
    mailbox = mailbox_at(post.server.port, user=post.user)
    with (
        pytest.raises(RetryLater, match=r'^shop: the server says "'),
        open_session(mailbox, Password(), timeout=10) as s,
    ):
        s.select_folder("nowhere")


def test_idle_ends_when_mail_comes(post: Post) -> None:
    """IDLE waits for new mail and no longer; the poll after it has the mail."""
    polling = post.polling()
    polling.poll()
    timer = threading.Timer(0.5, post.put, [letter(1)])
    timer.start()
    assert polling.poller.idle(60)
    timer.join()
    assert polling.poll().new == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_idle_under_tls(secure: Dovecot, certificate: tuple[Path, Path], sqlite_parts: Parts, security: str) -> None:
    """IDLE hears of new mail through TLS too, and is ended from another thread there."""
    polling = Polling(sqlite_parts, _secured(secure, certificate, security))
    polling.poll()
    stuck = threading.Timer(0.3, polling.poller.close)
    stuck.start()
    with pytest.raises(RetryLater):
        polling.poller.idle(5)  # which would end well by itself
    stuck.join()
    polling.poll()
    timer = threading.Timer(0.3, _append_under_tls, [secure])
    timer.start()
    assert polling.poller.idle(60)
    timer.join()
    assert polling.poll().new == 1
    polling.poller.close()


def test_closing_from_another_thread_never_takes_the_tls_away(
    secure: Dovecot, certificate: tuple[Path, Path], sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the poll sends in that moment, a password maybe, is either encrypted or not sent."""
    polling = Polling(sqlite_parts, _secured(secure, certificate, "tls"))
    polling.poll()
    shut, unshielded = socket.socket.shutdown, []

    def shutdown(closed: socket.socket, how: int) -> None:
        unshielded.append(isinstance(closed, ssl.SSLSocket) and closed.version() is None)
        shut(closed, how)

    polling.poller._busy.acquire()  # as in the middle of a poll
    try:
        with monkeypatch.context() as patched:
            patched.setattr(socket.socket, "shutdown", shutdown)
            polling.poller.close()
    finally:
        polling.poller._busy.release()
    polling.poller.close()
    assert unshielded == [False]


def _append_under_tls(server: Dovecot) -> None:
    arrived = server.maildir() / "new" / f"{time.time_ns()}.test"
    arrived.write_bytes(letter(1))
    arrived.chmod(0o666)


def test_idle_does_not_overlook_what_came_before_it(post: Post) -> None:
    """Mail that came after the last poll and before IDLE began ends it at once."""
    polling = post.polling()
    polling.poll()
    post.put(letter(1))
    assert polling.poller.idle(60)
    assert polling.poll().new == 1


def test_idle_ends_when_it_is_time(post: Post) -> None:
    """Without news IDLE ends after its seconds, which may be more than the time limit of a command."""
    polling = post.polling()
    polling.timeout = 0.5
    polling.restart()
    polling.poll()
    assert polling.poller.idle(0.8)
    assert polling.poll().new == 0
    assert polling.credential.asked == 1


def test_idle_is_ended_from_another_thread(post: Post) -> None:
    """close() ends IDLE; afterwards the poller connects anew."""
    polling = post.polling()
    polling.poll()
    timer = threading.Timer(0.3, polling.poller.close)
    timer.start()
    with pytest.raises(RetryLater):
        polling.poller.idle(60)
    timer.join()
    assert polling.poll().new == 0


def test_a_server_without_idle(sqlite_parts: Parts) -> None:
    """Where there is no IDLE, or it is refused, waiting ends at once and says so."""
    with odd_imap() as server:
        polling = Polling(sqlite_parts, mailbox_at(server.port), timeout=5)
        polling.poll()
        server.faults["IDLE"] = "NO not today"
        assert not polling.poller.idle(60)
        polling.poller.close()
        server.capabilities = "IMAP4rev1"
        polling.poll()
        assert not polling.poller.idle(60)
        polling.poller.close()


@pytest.mark.parametrize("fault", ["drop", "hang", "endless lines", "endless line", "raw + go\r\n* BYE timeout"])
def test_a_server_that_misbehaves_in_idle(sqlite_parts: Parts, fault: str) -> None:
    """A connection that breaks or floods in IDLE is one error of ours, and the next poll works."""
    with odd_imap() as server:
        polling = Polling(sqlite_parts, mailbox_at(server.port), timeout=0.5)
        polling.poll()
        server.faults["IDLE"] = fault
        with pytest.raises(RetryLater, match=r"^shop: "):
            polling.poller.idle(60)
        server.faults.clear()
        server.mails[1] = letter(1)
        assert polling.poll().new == 1
        polling.poller.close()


def test_an_unknown_host_is_told(sqlite_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that DNS does not know is told with what to check."""
    monkeypatch.setattr("socket.getaddrinfo", _unknown)
    polling = Polling(sqlite_parts, mailbox_at(993, host="localhost"))
    with pytest.raises(RetryLater, match=r"the name of localhost:993 is not known here"):
        polling.poll()


def _unknown(*_arguments: object, **_options: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_a_slow_network_is_given_its_time(sqlite_parts: Parts) -> None:
    """A mail that comes slowly, but comes, is not given up at the time limit for silence."""
    with odd_imap() as server:
        polling = Polling(sqlite_parts, mailbox_at(server.port), timeout=1)
        polling.poll()
        server.pause = 0.3
        server.mails[1] = letter(1, "x" * 400_000)
        begun = time.monotonic()
        assert polling.poll().new == 1
        assert time.monotonic() - begun > 1
        polling.poller.close()
