"""The owner's mail by SMTP: each step named when it fails, the whole bounded in time and size. Blocking."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from typing import Any

from bot.alert_address import AlertAddress
from enrichment.errors import RetryLater

# All of it, from the connection to the answer to DATA; each of the network's own waits is shorter.
SECONDS = 60.0
WAIT_SECONDS = 20.0
LONGEST_TALK = 65_536
_SHOWN = 200

_ADVICE = {
    "connect": "check the host and port in LEADBOT_ALERT_SMTP_URL, and whether a firewall is in the way",
    "TLS": "name the server as its certificate does; for an authority of your own set SSL_CERT_FILE",
    "EHLO": "check that this is a mail server's submission port (587, or 465 with smtps://)",
    "STARTTLS": "use smtps:// and port 465, or a server that offers STARTTLS; without it the password could be read",
    "AUTH": "check user and password (some providers want an app password); write @ : / % in them as %40 %3A %2F %25",
    "MAIL FROM": "set from= to an address that this user may send from",
    "RCPT TO": "check to=",
    "DATA": "look into the mail server's log",
}


class AlertNotSent(RetryLater):
    """The mail server has not taken it; to be tried again, for a server or a person may mend it meanwhile.

    step: where it failed (`connect`, `TLS`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL FROM`, `RCPT TO`, `DATA`).
    advice: what to do about it.
    """

    def __init__(self, step: str, server: str, why: str) -> None:
        super().__init__(f"{step} failed at {server}: {why}")
        self.step = step
        self.advice = _ADVICE[step]


class _Reader:
    """The lines of a server's answers, within a deadline and a size."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline
        self._buffer, self._left = b"", LONGEST_TALK

    def readline(self, limit: int) -> bytes:
        """One line, at most `limit` bytes. Raises OSError when time or size is used up."""
        while b"\n" not in self._buffer[:limit] and len(self._buffer) < limit:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"the server takes longer than {SECONDS:g} s")
            self._sock.settimeout(min(left, WAIT_SECONDS))
            got = self._sock.recv(4096)
            self._left -= len(got)
            if self._left < 0:
                raise OSError("the server talks without end")
            if not got:
                break
            self._buffer += got
        end = self._buffer.find(b"\n", 0, limit) + 1 or min(limit, len(self._buffer))
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def close(self) -> None:
        """Nothing to close; the socket is another's."""


class _Bounded:
    """What both of smtplib's clients need: its own reader waits for each packet anew, and for any number of them."""

    file: Any
    sock: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._deadline = time.monotonic() + SECONDS
        super().__init__(*args, **kwargs)

    def getreply(self) -> tuple[int, bytes]:
        """As smtplib's, with our reader."""
        if self.file is None and self.sock is not None:
            self.file = _Reader(self.sock, self._deadline)
        return super().getreply()  # type: ignore[misc,no-any-return]  # of the class beside us


class _Plain(_Bounded, smtplib.SMTP):
    """A connection that begins in plain text."""


class _Tls(_Bounded, smtplib.SMTP_SSL):
    """A connection that begins with TLS."""


def send(address: AlertAddress, message: EmailMessage) -> list[str]:
    """Send it; the recipients that the server refused, while it took the others. Raises AlertNotSent."""
    with _session(address) as client:
        refused = _envelope(client, address)
        with _step("DATA", address):
            _expect(client.data(message.as_bytes(policy=WIRE)))
    return refused


def check(address: AlertAddress) -> list[str]:
    """All but the mail itself; the recipients that the server refuses, while it takes others. Raises AlertNotSent."""
    with _session(address) as client:
        refused = _envelope(client, address)
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.rset()
    return refused


@contextlib.contextmanager
def _session(address: AlertAddress) -> Iterator[smtplib.SMTP]:
    """A client that has greeted the server and may send."""
    client = _connected(address)
    try:
        _greeted(client, address)
        yield client
        # What was sent is sent, however the goodbye goes.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()
    finally:
        client.close()


def _connected(address: AlertAddress) -> smtplib.SMTP:
    with _step("connect", address):
        if address.tls:
            return _Tls(address.host, address.port, _own_name(), timeout=WAIT_SECONDS, context=_context(address))
        return _Plain(address.host, address.port, _own_name(), timeout=WAIT_SECONDS)


def _greeted(client: smtplib.SMTP, address: AlertAddress) -> None:
    with _step("EHLO", address):
        client.ehlo_or_helo_if_needed()
    if not address.tls and (not address.here or client.has_extn("starttls")):
        with _step("STARTTLS", address):
            client.starttls(context=_context(address))
            client.ehlo_or_helo_if_needed()
    if address.user:
        with _step("AUTH", address):
            client.login(address.user, address.password)


def _envelope(client: smtplib.SMTP, address: AlertAddress) -> list[str]:
    """Sender and recipients; those that were refused when not all were."""
    with _step("MAIL FROM", address):
        _expect(client.mail(address.sender))
    refused: dict[str, tuple[int, bytes]] = {}
    with _step("RCPT TO", address):
        for recipient in address.recipients:
            answer = client.rcpt(recipient)
            if answer[0] not in (250, 251):
                refused[recipient] = answer
        if len(refused) == len(address.recipients):
            _expect(next(iter(refused.values())))
    return list(refused)


def _expect(answer: tuple[int, bytes]) -> None:
    if answer[0] != 250:
        raise smtplib.SMTPResponseException(*answer)


@contextlib.contextmanager
def _step(name: str, address: AlertAddress) -> Iterator[None]:
    """Say which step it was that failed."""
    try:
        yield
    except ssl.SSLError as error:
        raise AlertNotSent("TLS", address.server, _why(error)) from error
    except (OSError, ValueError) as error:  # smtplib's own errors are OSErrors
        raise AlertNotSent(name, address.server, _why(error)) from error


def _why(error: Exception) -> str:
    match error:
        case smtplib.SMTPResponseException():
            told = error.smtp_error
            text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
            text = f"{error.smtp_code} {text}"
        case ssl.SSLCertVerificationError():
            text = f"the certificate is not accepted ({error.verify_message})"
        case TimeoutError():
            text = "no answer in time"
        case _:
            text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_SHOWN]


def _context(address: AlertAddress) -> ssl.SSLContext:
    """Checks the certificate, but not that of this machine: it is made at installation, and nobody stands between."""
    context = ssl.create_default_context()
    if address.here:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _own_name() -> str:
    """What we greet with: our name when it is a full one; smtplib would ask the DNS, which may take long."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
