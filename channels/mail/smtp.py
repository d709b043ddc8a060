"""The inbound SMTP server: a mail is answered 250 when it is committed, and never refused for our own trouble.

Facts of aiosmtpd 1.4.6 that shape this file: an exception would be answered with a permanent 5xx; a client that hangs
up cancels the handler in the middle; the null sender arrives as `<>`, and bytes that are no UTF-8 as lone surrogates.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
import traceback
import weakref
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import structlog
from aiosmtpd.proxy_protocol import ProxyData
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.mail.certificate import Certificate
from channels.mail.envelope import raw_message, safe
from channels.mail.gate import Gate
from channels.mail.lmtp import LeadLMTP
from channels.mail.smtp_connection import LeadSMTP
from enrichment.errors import RetryLater
from enrichment.intake import Intake
from enrichment.ports import Backpressure, Clock

log = structlog.get_logger(__name__)

# Commands hold addresses: personal data, which aiosmtpd would print at INFO.
logging.getLogger("mail.log").setLevel(logging.WARNING)

STORE_SECONDS = 60.0
BACKLOG = 512
DRAIN_SECONDS = 5.0
GOODBYE_SECONDS = 1.0
# A server whose last message was refused so long ago may be well again.
TROUBLE_SECONDS = 300.0
_NEVER = (float("-inf"), "")
_BUSY = "451 4.3.0 Temporarily unable to store the message, please try again"
_NO_ROOM = "452 4.3.1 No room for new messages now, please try again later"


class Handler:
    """aiosmtpd's hooks: which recipients are ours, and the way of a message into the intake.

    most: recipients of one message; a sender with more comes again with the rest. pressure: whether there is room.
    """

    def __init__(
        self,
        intake: Intake,
        clock: Clock,
        recipients: frozenset[str],
        account: str,
        *,
        most: int,
        pressure: Backpressure | None = None,
    ) -> None:
        self._intake = intake
        self._clock = clock
        self._recipients = recipients
        self._account = account
        self._most = most
        self._pressure = pressure
        self._put_off = 0  # since the store last took one
        self._failure = _NEVER
        self._unconfirmed: weakref.WeakKeyDictionary[Session, int] = weakref.WeakKeyDictionary()
        self.last_accepted: datetime | None = None

    async def handle_PROXY(  # noqa: N802 - aiosmtpd's name
        self, server: LeadSMTP, _session: Session, _envelope: Envelope, proxy: ProxyData
    ) -> bool:
        """Whether the client that the proxy names may come in."""
        return await server.introduced(proxy)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        """Offer what there is: commands one after another without waiting, and no passwords."""
        session.host_name = name
        offered = [line for line in lines if not line.startswith("250-AUTH")]
        return [offered[0], "250-PIPELINING", *offered[1:]]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept our own addresses, with or without a +tag, and postmaster."""
        if not self._is_ours(address):
            return f"550 5.1.1 <{safe(address, 200)}> is not a recipient here"
        if len(envelope.rcpt_tos) >= self._most:
            return "452 4.5.3 Too many recipients, please send the rest separately"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    def _is_ours(self, address: str) -> bool:
        local, _, domain = address.lower().rpartition("@")
        if (local or domain) == "postmaster":
            return not local or any(ours.endswith(f"@{domain}") for ours in self._recipients)
        return f"{local.partition('+')[0]}@{domain}" in self._recipients or address.lower() in self._recipients

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Commit the message, then say so; any trouble of ours is a 4xx, so that the sender keeps it."""
        if self._is_paused:  # since MAIL
            return _NO_ROOM
        raw = raw_message(session, envelope, self._account, self._clock.now())
        try:
            # A store that hangs must not hold the sender until it gives up; what is stored after all is stored once.
            async with asyncio.timeout(STORE_SECONDS):
                accepted = await self._intake.accept(raw)
        except (RetryLater, TimeoutError) as error:
            return self._not_stored(str(error) or "the store does not answer")
        if self._put_off:
            log.info("mail is stored again", put_off=self._put_off)
            self._put_off = 0
            self._failure = _NEVER
        self.last_accepted = raw.received_at
        if not raw.stamped:
            self._unconfirmed[session] = accepted.id
        return f"250 2.0.0 OK, stored as message {accepted.id}"

    @property
    def _is_paused(self) -> bool:
        return self._pressure is not None and bool(self._pressure.paused)

    @property
    def trouble(self) -> str:
        """Why the last message could not be stored, if that was lately; empty when it was."""
        at, error = self._failure
        return error if time.monotonic() - at < TROUBLE_SECONDS else ""

    def _not_stored(self, error: str) -> str:
        self._put_off += 1
        if not self._is_paused:  # which is told of elsewhere, and ends by itself
            self._failure = (time.monotonic(), error)
        if self._put_off == 1:  # one line, however many senders meet the same trouble
            log.warning("mail not stored, senders are asked to try again", error=error)
        return _NO_ROOM if self._is_paused else _BUSY

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin the next message, if there is room: otherwise its body would be sent for nothing."""
        await self._confirm(session)
        if self._is_paused:
            return _NO_ROOM
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RSET(self, _server: SMTP, session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """A client that goes on has read our last answer."""
        await self._confirm(session)
        return "250 OK"

    async def handle_QUIT(self, _server: SMTP, session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """A client that takes its leave has read our last answer."""
        await self._confirm(session)
        return "221 Bye"

    async def _confirm(self, session: Session) -> None:
        message_id = self._unconfirmed.pop(session, None)
        if message_id is not None:
            with contextlib.suppress(RetryLater):  # then a repeat counts as a retry: the careful side
                await self._intake.acknowledge(message_id)

    async def handle_exception(self, error: Exception) -> str:
        """Without this hook aiosmtpd would answer a permanent 500 with the exception's text."""
        # Not its text, which may quote the message.
        where = traceback.extract_tb(error.__traceback__)[-1:]
        log.error("SMTP handler failed", kind=type(error).__name__, where=[f"{at.name}:{at.lineno}" for at in where])
        return _BUSY


class SmtpChannel:
    """The server on the running loop; implements channels.base.Channel.

    listening: a bound socket. max_bytes: the largest message taken. gate: may be shared with another server.
    account: the listener's name in what is stored, `lmtp` for one that speaks LMTP. proxied: whether trusted networks
    begin with a PROXY header. pressure: whether there is room for messages; always, without one.
    """

    name = "smtp"

    def __init__(
        self,
        intake: Intake,
        clock: Clock,
        *,
        listening: socket.socket,
        recipients: tuple[str, ...],
        max_bytes: int,
        gate: Gate | None = None,
        certificate: Certificate | None = None,
        account: Literal["smtp", "lmtp"] = "smtp",
        proxied: bool = False,
        pressure: Backpressure | None = None,
    ) -> None:
        self.account = account
        self._socket = listening
        self._max_bytes = max_bytes
        self._gate = gate or Gate()
        most = self._gate.limits.recipients
        self._handler = Handler(intake, clock, frozenset(recipients), account, most=most, pressure=pressure)
        self._certificate = certificate
        self._speaks = LeadLMTP if account == "lmtp" else LeadSMTP
        self._proxied = proxied
        self._live: set[LeadSMTP] = set()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """Where it listens: a port, or the path of a Unix socket."""
        name = self._socket.getsockname()
        return f"port {name[1]}" if isinstance(name, tuple) else str(name)

    @property
    def port(self) -> int:
        """The port it listens on; 0 for a Unix socket."""
        name = self._socket.getsockname()
        return int(name[1]) if isinstance(name, tuple) else 0

    @property
    def listening(self) -> bool:
        """Whether it takes mail now."""
        return self._server is not None and self._server.is_serving()

    @property
    def last_accepted(self) -> datetime | None:
        """When a message was last taken."""
        return self._handler.last_accepted

    @property
    def trouble(self) -> str:
        """Why senders are being put off by the store; empty when they are not."""
        return self._handler.trouble

    async def start(self) -> None:
        """Take mail."""
        loop, is_unix = asyncio.get_running_loop(), self._socket.family == socket.AF_UNIX
        model = self._speaks(
            self._handler,
            gate=self._gate,
            live=self._live,
            proxied=self._proxied,
            hostname=socket.gethostname(),  # without one aiosmtpd asks the DNS
            ident="Leadbot ESMTP",
            max_bytes=self._max_bytes,
            enable_SMTPUTF8=True,
        )

        def connection() -> LeadSMTP:
            return model.like(self._certificate.context() if self._certificate else None)

        create = loop.create_unix_server if is_unix else loop.create_server
        self._server = await create(connection, sock=self._socket, backlog=BACKLOG)

    async def stop(self) -> None:
        """Take no more connections, let messages on their way finish for DRAIN_SECONDS, tell the others 421."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._live):
            if not connection.in_data:
                connection.dismiss()
        await _until(lambda: not any(connection.in_data for connection in self._live), DRAIN_SECONDS)
        for connection in list(self._live):
            connection.dismiss()
        await _until(lambda: not self._live, GOODBYE_SECONDS)
        for connection in list(self._live):
            connection.abort()


async def _until(done: Callable[[], bool], seconds: float) -> None:
    """Wait until it is so, or as long as that."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not done():  # noqa: ASYNC110 - ends by itself in some seconds
                await asyncio.sleep(0.02)
