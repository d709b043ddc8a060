"""STARTTLS for a connection of aiosmtpd, by the event loop's public way: its own needs private parts of asyncio's."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any, cast

from aiosmtpd.smtp import syntax

from channels.mail.quick import QuickSMTP

HANDSHAKE_SECONDS = 30.0
# For last words to be read.
LINGER_SECONDS = 5.0


class EncryptedSMTP(QuickSMTP):
    """One connection that may become encrypted. shaking_hands: nothing can be said now."""

    shaking_hands = False

    @property
    def peer(self) -> Any:
        """The client as a transport names it; TLS does not change it."""
        raise NotImplementedError

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802 - the SMTP verb
        """Begin TLS; what was said before is forgotten."""
        if arg:
            await self.push("501 Syntax: STARTTLS")
        elif self._tls_protocol is not None or self.tls_context is None:
            await self.push("503 5.5.1 TLS is not to be started here")
        else:
            await self.push("220 Ready to start TLS")
            await self._encrypt(self.tls_context)

    async def _encrypt(self, context: ssl.SSLContext) -> None:
        # What came in plain text behind STARTTLS may be somebody else's (RFC 3207, 6). No await up to the handshake.
        reader, writer = cast("Any", self._reader), cast("Any", self._writer)
        reader._buffer.clear()  # noqa: SLF001 - aiosmtpd does so too
        plain_stream, stream = cast("asyncio.Transport", self.transport), None
        self.shaking_hands = True
        try:
            # A client that wants no TLS after all, or none of ours; the loop hangs up.
            with contextlib.suppress(OSError):
                stream = await self.loop.start_tls(
                    plain_stream,
                    self,
                    context,
                    server_side=True,
                    ssl_handshake_timeout=HANDSHAKE_SECONDS,
                    ssl_shutdown_timeout=LINGER_SECONDS,
                )
        finally:
            self.shaking_hands = False
            if stream is None:
                self.connection_lost(None)  # the layer between has taken its leave, and may not have told us
        if stream is None:
            raise asyncio.CancelledError
        self._original_transport = plain_stream
        self.transport = reader._transport = writer._transport = stream  # noqa: SLF001 - as above
        self._tls_protocol = cast("Any", stream)  # says only that there is TLS
        self._over_ssl = True
        self._begin_anew(stream)

    def _begin_anew(self, stream: asyncio.Transport) -> None:
        """Forget what was said in plain text (RFC 3207, 4.2)."""
        self._set_rset_state()  # type: ignore[no-untyped-call]  # aiosmtpd's
        self.session = self._create_session()
        self.session.peer = self.peer
        self.session.ssl = {"cipher": stream.get_extra_info("cipher")}
