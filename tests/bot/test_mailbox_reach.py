"""The way to a mail server: the step that fails says which it is, and what to do. The servers are real."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

from bot.mailbox_reach import Unreached, reach
from channels.mail.imap_session import Mailbox
from enrichment.errors import NeedsPerson
from tests.channels.mail.certificates import make_certificate
from tests.conftest import missing

GREETING = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"
Talk = Callable[[socket.socket], None]


@contextmanager
def serving(talk: Talk) -> Iterator[int]:
    """A server that has one conversation, on a free port; a broken connection ends it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(10)
                    talk(connection)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def encrypted(cert: tuple[Path, Path]) -> Talk:
    """TLS from the first byte."""

    def talk(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*cert)
        with context.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(1)

    return talk


def upgrading(cert: tuple[Path, Path], answer: bytes = b"a OK begin\r\n") -> Talk:
    """A greeting, then TLS when asked to."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(GREETING)
        assert connection.recv(100) == b"a STARTTLS\r\n"
        connection.sendall(answer)
        if b"a OK" in answer:
            encrypted(cert)(connection)

    return talk


def box(port: int, security: Literal["tls", "starttls", "none"] = "tls", **more: str | Path) -> Mailbox:
    """A mailbox there."""
    wanted = {"host": "localhost"} | more
    return Mailbox(name="shop", port=port, security=security, user="sales", **wanted)  # type: ignore[arg-type]


def told(mailbox: Mailbox, seconds: float = 5.0) -> tuple[str, str]:
    """The trouble, and what to do."""
    with pytest.raises(Unreached) as caught:
        reach(mailbox, seconds)
    assert len(str(caught.value)) < 200
    return str(caught.value), caught.value.advice


@pytest.fixture(scope="module")
def cert(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """For localhost, good for two days."""
    return make_certificate(tmp_path_factory.mktemp("cert"))


@pytest.fixture(scope="module")
def expired(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """For localhost, at an end since 2021."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("openssl")
    folder = tmp_path_factory.mktemp("expired")
    cert, key = folder / "old.pem", folder / "old.key"
    request = folder / "old.csr"
    made = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-noenc",
        "-subj",
        "/CN=localhost",
    ]
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    (folder / "index").write_text("")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=c\n[c]\ndatabase=index\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nnew_certs_dir=.\n"
        "[p]\ncommonName=supplied\n"
    )
    dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
    for command in (
        [*made, "-keyout", str(key), "-out", str(request)],
        ["ca", "-batch", "-config", "ca.cnf", "-selfsign", "-keyfile", str(key), "-in", str(request), "-out", str(cert),
         *dates, "-extfile", "names", "-notext"],
    ):  # fmt: skip
        subprocess.run([openssl, *command], check=True, capture_output=True, timeout=30, cwd=folder)
    return cert, key


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_good_way_is_silent(cert: tuple[Path, Path], security: Literal["tls", "starttls"]) -> None:
    """With the authority named in ca_file, from the first byte or upgraded."""
    with serving(encrypted(cert) if security == "tls" else upgrading(cert)) as port:
        reach(box(port, security, ca_file=cert[0]), 5.0)


def test_without_tls_a_connection_is_enough() -> None:
    """On this machine."""
    with serving(lambda connection: connection.sendall(GREETING)) as port:
        reach(box(port, "none"), 5.0)


@pytest.mark.parametrize(
    ("code", "detail", "advice"),
    [
        (socket.EAI_NONAME, "there is no server called imap.shop.invalid", "write host as your provider gives it"),
        (socket.EAI_AGAIN, "the DNS does not answer for imap.shop.invalid", "see that this machine is on the internet"),
    ],
)
def test_dns_that_has_no_answer(monkeypatch: pytest.MonkeyPatch, code: int, detail: str, advice: str) -> None:
    """A wrong name is another trouble than none at all; no test asks a real name server."""

    def asked(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(code, "from the resolver")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    said, do = told(box(993, host="imap.shop.invalid"))
    assert said == detail
    assert do.startswith(advice)


def test_server_that_takes_no_more_connections() -> None:
    """As behind a firewall that drops what comes: no answer at all."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as stack:
        port = full.getsockname()[1]
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        detail, advice = told(box(port, host="127.0.0.1"), seconds=0.1)
    assert detail == f"127.0.0.1:{port} cannot be reached"
    assert advice.startswith("see that no firewall stands between")


def test_port_where_nothing_listens() -> None:
    """Both usual ones are named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert told(box(port)) == (
        f"localhost:{port} takes no connections",
        'check host and port; tls = "tls" is mostly on port 993, "starttls" on 143',
    )


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificate_that_signs_itself(cert: tuple[Path, Path], security: Literal["tls", "starttls"]) -> None:
    """A server of one's own, or somebody in between."""
    with serving(encrypted(cert) if security == "tls" else upgrading(cert)) as port:
        detail, advice = told(box(port, security))
    assert detail == f"TLS with localhost:{port}: its certificate is signed by itself"
    assert "ca_file" in advice


def test_certificate_that_has_expired(expired: tuple[Path, Path]) -> None:
    """Nothing on this machine mends it but its clock."""
    with serving(encrypted(expired)) as port:
        detail, advice = told(box(port, ca_file=expired[0]))
    assert detail == f"TLS with localhost:{port}: its certificate has expired"
    assert "must renew it" in advice


def test_certificate_for_another_name(cert: tuple[Path, Path]) -> None:
    """By name and by address."""
    with serving(encrypted(cert)) as port:
        detail, advice = told(box(port, host="127.0.0.1", ca_file=cert[0]))
    assert detail == f"TLS with 127.0.0.1:{port}: its certificate is for another address"
    assert "as your provider gives it" in advice


def test_port_that_does_not_begin_with_tls() -> None:
    """The usual mix-up of 143 and 993, one way."""
    with serving(lambda connection: connection.sendall(GREETING)) as port:
        detail, advice = told(box(port))
    assert detail.startswith(f"localhost:{port} begins no TLS (")
    assert advice == 'try tls = "starttls" and port = 143 in its [[mailbox]] table'


def test_port_that_waits_for_tls(cert: tuple[Path, Path]) -> None:
    """And the other way: neither side says a word."""
    with serving(encrypted(cert)) as port:
        detail, advice = told(box(port, "starttls"), seconds=0.2)
    assert detail == f"localhost:{port} is silent where TLS should begin"
    assert advice == 'try tls = "tls" and port = 993 in its [[mailbox]] table'


@pytest.mark.parametrize("answer", [b"a BAD unknown\r\n", b"", b"* more\r\n" * 50, b"x" * 100_000])
def test_server_without_starttls(cert: tuple[Path, Path], answer: bytes) -> None:
    """It refuses, hangs up, or talks without end."""
    with serving(upgrading(cert, answer)) as port:
        detail, advice = told(box(port, "starttls"))
    assert detail == f"localhost:{port} has no STARTTLS"
    assert advice == 'try tls = "tls" and port = 993 in its [[mailbox]] table'


def test_server_that_is_no_mail_server() -> None:
    """Whatever it greets with."""
    with serving(lambda connection: connection.sendall(b"220 smtp.example ESMTP\r\n")) as port:
        detail, _ = told(box(port, "starttls"))
    assert detail == f"localhost:{port} is no IMAP server"


def test_ca_file_that_cannot_be_used(tmp_path: Path, cert: tuple[Path, Path]) -> None:
    """Missing, or no certificate."""
    (tmp_path / "text").write_text("hello")
    for name in ("text", "missing"):
        with serving(encrypted(cert)) as port, pytest.raises(NeedsPerson, match=f"ca_file .*{name} cannot be used"):
            reach(box(port, ca_file=tmp_path / name), 5.0)
