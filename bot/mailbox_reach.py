"""The way to a mail server, step by step, for `leadbot doctor`: DNS, TCP, TLS. Nothing is logged in."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from collections.abc import Iterator

from channels.mail.imap_session import Mailbox, tls_context

_LONGEST_LINE = 8_192
_MOST_ADDRESSES = 4
_MOST_LINES = 10
_DATE = "the server's operator must renew it; see that the date of this machine is right, too"
_AUTHORITY = (
    'if it is your own server, name the PEM file of who signed it with ca_file = "..." in its [[mailbox]] table'
)
# OpenSSL's X509_V_ERR_ numbers.
_CERTIFICATES = {
    9: ("its certificate is not valid yet", _DATE),
    10: ("its certificate has expired", _DATE),
    18: ("its certificate is signed by itself", _AUTHORITY),
    19: ("its certificate is signed by an authority of its own", _AUTHORITY),
    20: ("its certificate is signed by nobody whom this machine knows", _AUTHORITY),
    21: ("its certificate comes without the one that signed it", _AUTHORITY),
    62: ("its certificate is for another name", "write the host's name as your provider gives it"),
    64: ("its certificate is for another address", "write the host's name as your provider gives it"),
}


class Unreached(Exception):
    """A step failed; advice: what to do."""

    def __init__(self, detail: str, advice: str) -> None:
        super().__init__(detail)
        self.advice = advice


def reach(mailbox: Mailbox, seconds: float) -> None:
    """Go to the server and through its TLS. seconds: for each step. Raises Unreached, and NeedsPerson for ca_file."""
    with contextlib.closing(_connected(mailbox, seconds)) as plain:
        if mailbox.security == "none":
            return
        context = tls_context(mailbox)
        with _told(mailbox):
            if mailbox.security == "starttls":
                _upgrade(plain, mailbox)
            # Closes what it takes over, also where the handshake fails.
            context.wrap_socket(plain, server_hostname=mailbox.host).close()


def _connected(mailbox: Mailbox, seconds: float) -> socket.socket:
    trouble: OSError | None = None
    for family, kind, protocol, _, address in _addresses(mailbox)[:_MOST_ADDRESSES]:
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(seconds)
        try:
            opened.connect(address)
        except OSError as error:
            opened.close()
            trouble = error
        else:
            return opened
    raise _no_connection(mailbox, trouble) from trouble


def _addresses(mailbox: Mailbox) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    try:
        return socket.getaddrinfo(mailbox.host, mailbox.port, type=socket.SOCK_STREAM)  # type: ignore[return-value] # IPv6's has more
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise Unreached(
                f"the DNS does not answer for {mailbox.host}", "see that this machine is on the internet"
            ) from error
        raise Unreached(f"there is no server called {mailbox.host}", _host_advice(mailbox)) from error
    except UnicodeError as error:
        raise Unreached(f"{mailbox.host} is no name of a server", _host_advice(mailbox)) from error


def _host_advice(mailbox: Mailbox) -> str:
    return f"write host as your provider gives it, in the [[mailbox]] table of {mailbox.name}"


def _no_connection(mailbox: Mailbox, error: OSError | None) -> Unreached:
    where = mailbox.address
    usual = 'tls = "tls" is mostly on port 993, "starttls" on 143'
    if isinstance(error, ConnectionRefusedError):
        return Unreached(f"{where} takes no connections", f"check host and port; {usual}")
    if isinstance(error, TimeoutError) or (
        error is not None and error.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH}
    ):
        return Unreached(
            f"{where} cannot be reached", f"see that no firewall stands between, and check the port; {usual}"
        )
    why = (error.strerror or str(error)) if error else "no address"
    return Unreached(f"{where} cannot be reached ({why})", f"check host and port; {usual}")


@contextlib.contextmanager
def _told(mailbox: Mailbox) -> Iterator[None]:
    """The troubles of TLS in words."""
    where = mailbox.address
    other = "starttls" if mailbox.security == "tls" else "tls"
    port = "143" if other == "starttls" else "993"
    advice = f'try tls = "{other}" and port = {port} in its [[mailbox]] table'
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        detail, do = _CERTIFICATES.get(
            error.verify_code, (f"its certificate is refused ({error.verify_message})", _AUTHORITY)
        )
        raise Unreached(f"TLS with {where}: {detail}", do) from error
    except TimeoutError as error:
        raise Unreached(f"{where} is silent where TLS should begin", advice) from error
    except OSError as error:
        raise Unreached(f"{where} begins no TLS ({_brief(error)})", advice) from error


def _brief(error: OSError) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return error.strerror or "the connection was closed"


def _upgrade(plain: socket.socket, mailbox: Mailbox) -> None:
    """STARTTLS of RFC 3501; what the server says is bounded."""
    with plain.makefile("rb") as answers:
        if not answers.readline(_LONGEST_LINE).startswith(b"*"):
            raise Unreached(f"{mailbox.address} is no IMAP server", "check host and port")
        plain.sendall(b"a STARTTLS\r\n")
        for _ in range(_MOST_LINES):
            line = answers.readline(_LONGEST_LINE)
            if line.upper().startswith(b"A OK"):
                return
            if not line.startswith(b"*"):
                break
    raise Unreached(f"{mailbox.address} has no STARTTLS", 'try tls = "tls" and port = 993 in its [[mailbox]] table')
