"""A real mail server that takes the owner's alerts: AUTH, STARTTLS or TLS, and faults at any step of a session."""

from __future__ import annotations

import asyncio
import contextlib
import email.policy
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "leadbot@example.com", "p@ss/wor d%"
QUERY = "from=leadbot@example.com&to=owner@example.com"


class Receiver:
    """The server. faults: step (`EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `LOST`) to a reply, `hang` or `drop`.

    LOST strikes after the mail was taken: the sender hears nothing. A fault stays until it is taken away.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, tuple[str, ...]]] = []
        self.encrypted: list[bool] = []
        self.faults: dict[str, str] = {}
        self.sessions = 0
        self.resets = 0
        self.port = 0

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Let in whoever has the one user and password."""
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good and "AUTH" not in self.faults, handled=False)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's
        self, server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet."""
        self.sessions += 1
        session.host_name = hostname
        refused = await self._strike("EHLO", server)
        return [refused] if refused else responses

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's
        self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Take the sender."""
        envelope.mail_from = address
        return await self._strike("MAIL", server) or "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, unless it is called `nobody`."""
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return await self._strike("RCPT", server) or "250 OK"

    async def handle_RSET(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        """Forget."""
        self.resets += 1
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's
        """Take the mail."""
        refused = await self._strike("DATA", server)
        if refused:
            return refused
        parser = BytesParser(policy=email.policy.default)
        self.mails.append(parser.parsebytes(envelope.original_content))
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        return await self._strike("LOST", server) or "250 OK"

    async def _strike(self, step: str, server: Any) -> str:
        fault = self.faults.get(step, "")
        if fault == "hang":
            await asyncio.Event().wait()
        if fault == "drop":
            server.transport.abort()
            return "421 gone"
        return fault


@contextlib.contextmanager
def receiving(cert: tuple[Path, Path] | None = None, *, smtps: bool = False, login: bool = True) -> Iterator[Receiver]:
    """The server on a free port. cert: offers STARTTLS, or with `smtps` begins with TLS. login: asks for AUTH."""
    receiver, loop = Receiver(), asyncio.new_event_loop()
    context = None
    if cert is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*cert)

    def session() -> SMTP:
        return SMTP(
            receiver,
            hostname="mail.example.com",
            loop=loop,
            tls_context=None if smtps else context,
            require_starttls=context is not None and not smtps,
            authenticator=receiver.authenticate,
            auth_required=login,
            auth_require_tls=not smtps,  # aiosmtpd takes only its own STARTTLS for TLS
        )

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = None
    try:
        opening = loop.create_server(session, "127.0.0.1", 0, ssl=context if smtps else None)
        server = asyncio.run_coroutine_threadsafe(opening, loop).result(10)
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver
    finally:
        if server is not None:
            asyncio.run_coroutine_threadsafe(_closed(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    """No listener and no session left."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
