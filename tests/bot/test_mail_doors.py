"""The mail servers by the settings: what is opened, what is said about it, and what a wrong setting ends with."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot import announce, mail_doors
from bot.settings import Settings
from enrichment.errors import StartupError
from tests.channels.mail.certificates import make_certificate

LINE = (
    "smtp tls is off: mail that other machines send to 0.0.0.0 crosses the network readable; "
    "set LEADBOT_SMTP_TLS_CERT and LEADBOT_SMTP_TLS_KEY: docs/getting-mail-in.md"
)


def settings(**values: Any) -> Settings:
    """Settings that only the test gives."""
    return Settings(_env_file=None, **{"smtp_port": 0, "ollama_base_url": "off", **values})


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name, as the path of a socket must have."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_by_default_there_is_smtp_on_this_machine_alone() -> None:
    """No LMTP, no TLS, and nothing to warn of."""
    with structlog.testing.capture_logs() as logs, mail_doors.opened(settings()) as doors:
        assert doors.smtp.getsockname()[0] == "127.0.0.1"
        assert (doors.lmtp, doors.certificate) == (None, None)
    assert logs == []


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_loopback_needs_no_tls(host: str) -> None:
    """What does not leave the machine is read by nobody on the way."""
    assert mail_doors.readable_mail(settings(smtp_host=host)) == []


async def test_other_machines_without_tls_are_warned_of(folder: Path) -> None:
    """In one line of the log and one of the start; a certificate ends it."""
    with structlog.testing.capture_logs() as logs, mail_doors.opened(settings(smtp_host="0.0.0.0")):
        pass
    assert [(entry["log_level"], entry["event"]) for entry in logs] == [("warning", "SMTP without TLS")]
    assert LINE in announce.off(await announce.looked_at(settings(smtp_host="0.0.0.0")))
    cert, key = make_certificate(folder)
    safe = settings(smtp_host="0.0.0.0", smtp_tls_cert=cert, smtp_tls_key=key)
    assert mail_doors.readable_mail(safe) == []
    with mail_doors.opened(safe) as doors:
        assert doors.certificate is not None


def test_wrong_certificate_leaves_no_port_taken(folder: Path) -> None:
    """One clear line before anything is opened."""
    with (
        pytest.raises(StartupError, match=r"^LEADBOT_SMTP_TLS_KEY: is needed beside LEADBOT_SMTP_TLS_CERT"),
        mail_doors.opened(settings(smtp_tls_cert=folder / "x.pem")),
    ):
        pass


def test_lmtp_on_a_port() -> None:
    """Beside SMTP; a port in use is one clear line."""
    with mail_doors.opened(settings(lmtp_listen="127.0.0.1:0")) as doors:
        assert doors.lmtp is not None
        taken = doors.lmtp.getsockname()[1]
        with (
            pytest.raises(StartupError, match=f"^LEADBOT_LMTP_LISTEN: 127.0.0.1:{taken} is in use"),
            mail_doors.opened(settings(lmtp_listen=f"127.0.0.1:{taken}")),
        ):
            pass


def test_lmtp_on_a_unix_socket(folder: Path) -> None:
    """Whoever can reach its folder may write to it; it is gone afterwards, and one that a kill has left is replaced."""
    path = folder / "lmtp.sock"
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(path))
    left.close()
    with mail_doors.opened(settings(lmtp_listen=str(path))) as doors:
        assert doors.lmtp is not None
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(str(path))
        with (
            pytest.raises(StartupError, match=f"^LEADBOT_LMTP_LISTEN: no socket can be made at {path} "),
            mail_doors.opened(settings(lmtp_listen=str(path))),
        ):
            pass
        assert path.exists()
    assert not path.exists()


def test_file_in_the_place_of_the_socket_is_left_alone(folder: Path) -> None:
    """A wrong path must not delete what somebody wrote."""
    path = folder / "precious"
    path.write_text("words")
    with pytest.raises(StartupError, match="in use"), mail_doors.opened(settings(lmtp_listen=str(path))):
        pass
    assert path.read_text() == "words"
    missing = folder / "none" / "lmtp.sock"
    with pytest.raises(StartupError, match="No such file"), mail_doors.opened(settings(lmtp_listen=str(missing))):
        pass
    long = folder / ("x" * 150)
    with pytest.raises(StartupError, match="too long"), mail_doors.opened(settings(lmtp_listen=str(long))):
        pass


def test_limits_are_the_settings_and_this_machine_is_trusted() -> None:
    """Networks by commas, with bits of the host or without."""
    given = settings(smtp_trusted_networks="10.0.0.7/8, 192.0.2.1,2001:db8::/32", smtp_max_errors=7, smtp_slowest=9)
    limits = mail_doors.limits(given)
    assert (limits.errors, limits.slowest, limits.connections) == (7, 9, 500)
    inside = ["127.0.0.9", "::1", "10.9.9.9", "192.0.2.1", "2001:db8::5"]
    assert all(any(ip_address(address) in network for network in limits.trusted) for address in inside)
    assert not any(ip_address("192.0.2.2") in network for network in limits.trusted)


@pytest.mark.parametrize("value", ["localhost", ":25", "127.0.0.1:", "127.0.0.1:70000", "1:x", "lmtp.sock"])
def test_unclear_place_for_lmtp_is_refused(value: str) -> None:
    """Neither a port nor a path from the root."""
    with pytest.raises(ValueError, match="should be host:port, the path of a Unix socket, or empty"):
        settings(lmtp_listen=value)


def test_wrong_networks_are_refused() -> None:
    """In words."""
    with pytest.raises(ValueError, match="should be networks separated by commas"):
        settings(smtp_trusted_networks="10.0.0.0/8,home")


def test_root_or_not_the_umask_does_not_matter(folder: Path) -> None:
    """The bot runs with a narrow one."""
    before = os.umask(0o077)
    try:
        with mail_doors.opened(settings(lmtp_listen=str(folder / "s"))):
            assert stat.S_IMODE((folder / "s").stat().st_mode) == 0o666
    finally:
        os.umask(before)
