"""The owner's mail over the real protocol: how it is secured, what fails at which step, and that nothing hangs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest

from bot import alert_mail
from bot.alert_address import AlertAddress, parse
from bot.alert_mail import AlertNotSent
from tests.channels.mail.certificates import make_certificate
from tests.conftest import RequireServer
from tests.packaging.postfix import running_postfix
from tests.servers.mail_receiver import PASSWORD, QUERY, USER, Receiver, receiving

LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"


def mail(text: str = "Slack is down.\n.\nReally.\n") -> EmailMessage:
    """An alert."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "leadbot@example.com", "owner@example.com", "Slack is down"
    made["Message-ID"] = "<1@example.com>"
    made.set_content(text)
    return made


def address(receiver: Receiver, start: str = "smtp://", login: str = "", host: str = "127.0.0.1") -> AlertAddress:
    """Where this receiver is."""
    return parse(f"{start}{login}{host}:{receiver.port}/?{QUERY}")


@pytest.fixture(scope="module")
def cert(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of `localhost`."""
    return make_certificate(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Callable[[AlertAddress], AlertAddress]:
    """Treats an address of this machine as one of another, where certificates count."""

    def make(found: AlertAddress) -> AlertAddress:
        return found.model_copy(update={"here": False, "host": "localhost"})

    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return make


def test_mail_arrives_as_it_is() -> None:
    """The envelope of the URL, the text with a lone dot in it; without AUTH when the URL names no user."""
    with receiving(login=False) as receiver:
        assert alert_mail.send(address(receiver), mail()) == []
        (got,) = receiver.mails
        assert got.get_content().replace("\r\n", "\n") == "Slack is down.\n.\nReally.\n"
        assert got["Message-ID"] == "<1@example.com>"
        assert receiver.envelopes == [("leadbot@example.com", ("owner@example.com",))]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the receiver's, for smtps
@pytest.mark.parametrize("smtps", [False, True])
def test_login_goes_over_tls_whose_certificate_is_checked(
    smtps: bool,
    cert: tuple[Path, Path],
    elsewhere: Callable[[AlertAddress], AlertAddress],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """STARTTLS and smtps alike: refused for an unknown certificate, taken for one that SSL_CERT_FILE vouches for."""
    with receiving(cert, smtps=smtps) as receiver:
        to = elsewhere(address(receiver, "smtps://" if smtps else "smtp://", LOGIN))
        with pytest.raises(AlertNotSent, match="the certificate is not accepted") as caught:
            alert_mail.send(to, mail())
        assert (caught.value.step, "SSL_CERT_FILE" in caught.value.advice) == ("TLS", True)
        monkeypatch.setenv("SSL_CERT_FILE", str(cert[0]))
        alert_mail.send(to, mail())
        assert len(receiver.mails) == 1
        assert receiver.encrypted == [not smtps]  # of smtps the session itself knows nothing
        with pytest.raises(AlertNotSent, match="the certificate is not accepted"):
            alert_mail.send(to.model_copy(update={"host": "127.0.0.1"}), mail())


def test_server_elsewhere_without_starttls_gets_nothing(elsewhere: Callable[[AlertAddress], AlertAddress]) -> None:
    """Neither the password nor the mail: somebody in between may have taken the offer away."""
    with receiving(login=False) as receiver:
        with pytest.raises(AlertNotSent) as caught:
            alert_mail.send(elsewhere(address(receiver, login=LOGIN)), mail())
        assert caught.value.step == "STARTTLS"
        assert "smtps://" in caught.value.advice
        assert receiver.mails == []


def test_own_machine_may_have_any_certificate(cert: tuple[Path, Path]) -> None:
    """Nobody stands in between; what it offers is used."""
    with receiving(cert) as receiver:
        alert_mail.send(address(receiver, login=LOGIN), mail())
        assert receiver.encrypted == [True]


@pytest.mark.parametrize(
    ("fault", "step", "said"),
    [
        ({"EHLO": "554 go away"}, "EHLO", ""),
        ({"AUTH": "no"}, "AUTH", "535"),
        ({"MAIL": "553 5.7.1 not your address"}, "MAIL FROM", "553 5.7.1 not your address"),
        ({"RCPT": "451 4.7.1 greylisted"}, "RCPT TO", "451 4.7.1 greylisted"),
        ({"DATA": "552 full"}, "DATA", "552 full"),
        ({"MAIL": "drop"}, "MAIL FROM", "Connection unexpectedly closed"),
        ({"DATA": "drop"}, "DATA", "Connection unexpectedly closed"),
    ],
)
def test_the_step_that_failed_is_named(fault: dict[str, str], step: str, said: str, cert: tuple[Path, Path]) -> None:
    """With the server's words, on one line, and what to do; never with the password."""
    with receiving(cert) as receiver:
        receiver.faults |= fault
        with pytest.raises(AlertNotSent) as caught:
            alert_mail.send(address(receiver, login=LOGIN), mail())
        assert (caught.value.step, bool(caught.value.advice)) == (step, True)
        told = str(caught.value)
        assert told.startswith(f"{step} failed at 127.0.0.1:{receiver.port}: ")
        assert said in told
        assert PASSWORD not in told
        assert receiver.mails == []


def test_nobody_who_answers_is_a_failure_to_connect() -> None:
    """With the system's words."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(AlertNotSent, match=r"connect failed .* Connection refused"):
        alert_mail.send(parse(f"smtp://127.0.0.1:{port}/?{QUERY}"), mail())


def test_one_of_several_recipients_may_be_refused() -> None:
    """The others get the mail; when all are refused it has failed."""
    with receiving(login=False) as receiver:
        to = address(receiver).model_copy(update={"recipients": ("nobody@example.com", "owner@example.com")})
        assert alert_mail.send(to, mail()) == ["nobody@example.com"]
        assert receiver.envelopes[0][1] == ("owner@example.com",)
        with pytest.raises(AlertNotSent, match=r"RCPT TO failed .*550 5.1.1 no such user"):
            alert_mail.check(to.model_copy(update={"recipients": ("nobody@example.com",)}))


def test_check_sends_nothing(cert: tuple[Path, Path]) -> None:
    """All steps but DATA, then RSET."""
    with receiving(cert) as receiver:
        assert alert_mail.check(address(receiver, login=LOGIN)) == []
        assert (receiver.mails, receiver.resets) == ([], 1)
        receiver.faults["AUTH"] = "no"
        with pytest.raises(AlertNotSent, match="AUTH failed"):
            alert_mail.check(address(receiver, login=LOGIN))


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA", "LOST"])
def test_server_that_hangs_is_given_up(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whichever step."""
    monkeypatch.setattr(alert_mail, "WAIT_SECONDS", 0.2)
    with receiving(login=False) as receiver:
        receiver.faults[step] = "hang"
        with pytest.raises(AlertNotSent):
            alert_mail.send(address(receiver), mail())


@contextmanager
def saying(*pieces: bytes, pause: float = 0.0) -> Iterator[int]:
    """The port of a server that says the same pieces over and over, until nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            connection, _ = listening.accept()
            with connection:
                try:
                    while True:
                        for piece in pieces:
                            connection.sendall(piece)
                            time.sleep(pause)
                except OSError:
                    return

        thread = threading.Thread(target=talk)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("piece", "pause"),
    [(b"2", 0.02), (b"220-and\r\n", 0.02), (b"220-and\r\n" * 500, 0.0), (b"x" * 9000, 0.0)],
    ids=["dripped-line", "dripped-answer", "endless-answer", "endless-line"],
)
def test_server_that_talks_without_end_is_given_up(piece: bytes, pause: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slowly or fast: neither time nor memory is its to take."""
    monkeypatch.setattr(alert_mail, "SECONDS", 0.5)
    with saying(piece, pause=pause) as port, pytest.raises(AlertNotSent, match="connect failed"):
        alert_mail.check(parse(f"smtp://127.0.0.1:{port}/?{QUERY}"))


def test_answer_that_is_no_mail_servers_is_told() -> None:
    """A wrong port; control characters of the other side never reach a terminal."""
    with saying(b"HTTP/1.1 400 \x1b[31mBad\r\n\r\n", pause=0.05) as port, pytest.raises(AlertNotSent) as caught:
        alert_mail.check(parse(f"smtp://127.0.0.1:{port}/?{QUERY}"))
    assert str(caught.value).isprintable()


def test_postfix_takes_it(require_server: RequireServer) -> None:
    """A mail server as people run it, on this machine and without TLS: the doctor's look and a mail."""
    settings = "smtpd_recipient_restrictions = reject_non_fqdn_recipient\nsmtpd_relay_restrictions = permit_mynetworks, reject\ndefault_transport = discard\n"  # noqa: E501
    with running_postfix(require_server("postfix"), {"/etc/postfix/main.cf": settings}) as postfix:
        to = parse(f"smtp://127.0.0.1:{postfix.port}/?{QUERY}")
        assert alert_mail.check(to) == []
        assert alert_mail.send(to, mail()) == []
        with pytest.raises(AlertNotSent, match=r"RCPT TO failed .*504"):
            alert_mail.check(to.model_copy(update={"recipients": ("owner@x",)}))
