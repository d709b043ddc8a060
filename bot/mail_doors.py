"""The mail servers by the settings: their sockets, their certificate, their common gate."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot import values
from bot.health import Check
from bot.settings import Settings
from bot.web import bind_tcp
from channels.mail import certificate
from channels.mail.certificate import Certificate
from channels.mail.gate import Gate, Limits
from channels.mail.peers import LOOPBACK
from channels.mail.smtp import SmtpChannel
from enrichment.errors import StartupError
from enrichment.intake import Intake
from enrichment.ports import Backpressure, Clock

log = structlog.get_logger(__name__)

LMTP = "LEADBOT_LMTP_LISTEN"


@dataclass(frozen=True)
class Doors:
    """What is taken before the servers are made. lmtp: None when it is off; certificate: None without STARTTLS."""

    smtp: socket.socket
    lmtp: socket.socket | None
    certificate: Certificate | None


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Doors]:
    """The sockets and the certificate. Raises StartupError when one cannot be had."""
    with contextlib.ExitStack() as stack:
        shown = certificate.opened(settings.smtp_tls_cert, settings.smtp_tls_key)
        smtp = stack.enter_context(bind_tcp(settings.smtp_host, settings.smtp_port, "LEADBOT_SMTP_PORT"))
        lmtp = stack.enter_context(_lmtp(settings.lmtp_listen))
        for check in readable_mail(settings):
            log.warning("SMTP without TLS", why=check.detail, advice=check.advice)
        yield Doors(smtp, lmtp, shown)


@contextlib.contextmanager
def _lmtp(listen: str) -> Iterator[socket.socket | None]:
    endpoint = values.endpoint(listen)
    if endpoint is None:
        yield None
    elif isinstance(endpoint, tuple):
        with bind_tcp(*endpoint, LMTP) as listening:
            yield listening
    else:
        with _bind_unix(endpoint) as listening:
            try:
                yield listening
            finally:
                endpoint.unlink(missing_ok=True)


def _bind_unix(path: Path) -> socket.socket:
    """A listening Unix socket; one that a killed bot has left is replaced. Raises StartupError."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_dead(path)
        listening.bind(str(path))
        # As with a port of 127.0.0.1, who may write to it is decided by who may come to it: by the folder's mode.
        path.chmod(0o666)
        listening.listen()
    except OSError as error:
        listening.close()
        why = error.strerror or str(error)
        raise StartupError(
            f"{LMTP}: no socket can be made at {path} ({why}); name a path in a folder that Leadbot's user may write, "
            f"e.g. {LMTP}=/run/leadbot/lmtp.sock"
        ) from error
    return listening


def _remove_dead(path: Path) -> None:
    """Remove a socket that nobody listens on; anything else is left, and binding says so."""
    if not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)


def channels(
    settings: Settings, doors: Doors, intake: Intake, clock: Clock, pressure: Backpressure
) -> tuple[SmtpChannel, ...]:
    """The SMTP server, and the LMTP server when there is one; they share the gate."""
    gate = Gate(limits(settings))

    def server(listening: socket.socket, **options: object) -> SmtpChannel:
        return SmtpChannel(
            intake,
            clock,
            listening=listening,
            recipients=settings.all_recipients,
            max_bytes=settings.smtp_max_bytes,
            gate=gate,
            pressure=pressure,
            **options,  # type: ignore[arg-type]  # the two below
        )

    smtp = server(doors.smtp, certificate=doors.certificate, proxied=settings.smtp_proxy_protocol)
    return (smtp,) if doors.lmtp is None else (smtp, server(doors.lmtp, account="lmtp"))


async def stop(servers: Iterable[SmtpChannel]) -> None:
    """All at once: each may take some seconds."""
    await asyncio.gather(*(server.stop() for server in servers))


def limits(settings: Settings) -> Limits:
    """The gate's limits; this machine is always trusted."""
    return Limits(
        connections=settings.smtp_connections,
        per_address=settings.smtp_connections_per_address,
        connections_per_minute=settings.smtp_connections_per_minute,
        messages_per_minute=settings.smtp_messages_per_minute,
        recipients=settings.smtp_max_recipients,
        errors=settings.smtp_max_errors,
        silence=settings.smtp_timeout,
        slowest=settings.smtp_slowest,
        trusted=(*LOOPBACK, *settings.smtp_trusted_networks),
    )


def readable_mail(settings: Settings) -> list[Check]:
    """A finding when other machines can send mail and there is no TLS for them."""
    if settings.smtp_tls_cert is not None or values.is_loopback(settings.smtp_host):
        return []
    return [
        Check(
            name="smtp tls",
            state="off",
            detail=f"mail that other machines send to {settings.smtp_host} crosses the network readable",
            advice="set LEADBOT_SMTP_TLS_CERT and LEADBOT_SMTP_TLS_KEY: docs/getting-mail-in.md",
        )
    ]
