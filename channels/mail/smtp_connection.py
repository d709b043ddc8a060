"""One SMTP connection: aiosmtpd's, with bounds on everything, and a DATA that takes any mail within its size.

aiosmtpd 1.4.6 would refuse a long line for good, keep an object for every line, answer nobody else while a burst of
short lines lies in its buffer, hang up on a sender whose DATA takes longer than one timeout, read a command line
without end, wait for ever for a client that does not read, and share its limits of commands among all connections.
"""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address
from typing import Any, AnyStr, NoReturn, cast

from aiosmtpd.proxy_protocol import V2_CMD, ProxyData
from aiosmtpd.smtp import Envelope, Session, syntax

from channels.mail.gate import Gate
from channels.mail.incoming import Incoming
from channels.mail.peers import Address, address_of, plain
from channels.mail.starttls import LINGER_SECONDS, EncryptedSMTP

# Commands of one message; a client that sends noise for ever is no customer.
ROUND_SECONDS = 600.0
MOST_REPLIES = 1000
# Bytes without a reply of ours outside DATA: what the buffers hold, and a line that does not end.
LONGEST_COMMAND = 2**20
PROXY_SECONDS = 5.0

TOO_SLOW = "451 4.4.2 The message took too long, please try again"
CLOSING = "421 4.3.2 Shutting down, please try again later"
SILENT = "421 4.4.2 No command for too long, please try again later"
ENDLESS = "421 4.7.0 Line does not end, please try again later"
ERRORS = "421 4.7.0 Too many errors, please try again later"
NOISE = "421 4.7.0 Too many commands without a message, please try again later"


class LeadSMTP(EncryptedSMTP):
    """One connection; `in_data` while a message is on its way, from DATA to our answer.

    live: the connections of the server. proxied: whether our own networks begin with a PROXY header that names the
    client.
    """

    # Of a piece in which lines are read; a line of a message may be as long as the message.
    line_length_limit = 2**16
    command_size_limit = 2048

    def __init__(
        self,
        handler: Any,
        *,
        gate: Gate,
        live: set[LeadSMTP],
        max_bytes: int,
        proxied: bool = False,
        **kwargs: Any,
    ) -> None:
        self.in_data = False
        self._gate = gate
        self._live = live
        self._max_bytes = max_bytes
        self._proxied = proxied
        self._client: Address | None = None
        self._admitted = False
        self._errors = self._replies = self._unanswered = 0
        self._round_ends = self._patient_until = 0.0
        super().__init__(handler, data_size_limit=max_bytes, timeout=gate.limits.silence, **kwargs)
        for absent in ("AUTH", "EXPN"):
            self._smtp_methods.pop(absent)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be let in by the gate, or be sent away."""
        self._client = address_of(transport.get_extra_info("peername"))
        refusal = self._gate.admit(self._client)
        if refusal is not None:
            cast("asyncio.Transport", transport).write(_line(refusal))
            transport.close()
            return
        self._admitted = True
        self._live.add(self)
        self._round_ends = self.loop.time() + ROUND_SECONDS
        if self._proxied and self._gate.trusts(self._client):
            self._proxy_timeout = PROXY_SECONDS
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Leave the others."""
        if self in self._live:
            self._live.discard(self)
            if self._admitted:
                self._gate.leave(self._client)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Ignore what somebody who was sent away still says, and end a line that does not end."""
        if self not in self._live:
            return
        self._unanswered += len(data)
        if self._unanswered > LONGEST_COMMAND and not self.in_data:
            self.dismiss(ENDLESS)
        else:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """The client says no more."""
        return super().eof_received() if self in self._live else False

    def dismiss(self, status: str = CLOSING) -> None:
        """Say 421 and hang up, soon also on a client that does not read it."""
        stream = self._stream
        if self.shaking_hands:
            cast("asyncio.Task[None]", self._handler_coroutine).cancel()  # no word of ours would be understood
        elif stream is not None and not stream.is_closing():
            stream.write(_line(status))
            stream.close()
            self.loop.call_later(LINGER_SECONDS, self.abort)

    def abort(self) -> None:
        """Hang up on a client that does not read."""
        if self._stream is not None:
            self._stream.abort()

    @property
    def _stream(self) -> asyncio.Transport | None:
        return cast("asyncio.Transport | None", self.transport)

    def _timeout_cb(self) -> None:
        """End a connection that is silent or takes too long; it may be closing already, and its client not reading."""
        if (left := self._patient_until - self.loop.time()) > 0:
            self._timeout_handle = self.loop.call_later(left, self._timeout_cb)
        elif self._stream is not None and self._stream.is_closing():
            self.abort()
        else:
            self.dismiss(SILENT)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Put off the end; the timer, which each command would set anew, runs out and looks again."""
        now, earlier = self.loop.time(), self._patient_until
        seconds = duration or self._gate.limits.silence
        self._patient_until = now + seconds if self.in_data else min(now + seconds, max(self._round_ends, now + 0.001))
        if self._timeout_handle is None or self._patient_until < earlier:
            super()._reset_timeout(self._patient_until - now)

    async def push(self, status: AnyStr) -> None:
        """Send a reply; too many errors, or replies that lead to no message, are the last."""
        text = status.decode() if isinstance(status, bytes) else status
        self._unanswered = 0
        if text[3:4] != "-" or "\n" in text:
            self._replies += 1
        # 451 is trouble of ours, or a client that causes it.
        self._errors += text.startswith(("5", "451"))
        if self._errors > self._gate.limits.errors:
            self._leave(ERRORS)
        if self._replies > MOST_REPLIES:
            self._leave(NOISE)
        await super().push(status)

    def _leave(self, status: str = "") -> NoReturn:
        """Hang up at once, as QUIT does: what the client still says must not be taken for commands."""
        if status:
            self.dismiss(status)
        elif self._stream is not None:
            self._stream.close()
        raise asyncio.CancelledError

    async def introduced(self, proxy: ProxyData) -> bool:
        """Take the client that a PROXY header names for the other end; whether it may come in."""
        if proxy.command == V2_CMD.LOCAL or not isinstance(proxy.src_addr, IPv4Address | IPv6Address):
            return True  # the proxy itself, which looks whether we live
        self._gate.leave(self._client)
        self._client = plain(proxy.src_addr)
        cast("Session", self.session).peer = self.peer
        refusal = self._gate.admit(self._client)
        self._admitted = refusal is None
        if refusal is not None:
            await self.push(refusal)
        return self._admitted

    @property
    def peer(self) -> Any:
        """The client as a transport names it."""
        return None if self._client is None else (str(self._client),)

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - the SMTP verb
        """Begin a message, unless its client has sent too many."""
        if (refusal := self._gate.message(self._client)) is not None:
            self._leave(refusal)
        await super().smtp_MAIL(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - the SMTP verb
        """Take a message; in whatever way it ends, the next one starts afresh."""
        if await self.check_helo_needed():
            return
        if not cast("Envelope", self.envelope).rcpt_tos:
            await self.push("503 Error: need RCPT command")
        elif arg:
            await self.push("501 Syntax: DATA")
        else:
            self.in_data = True
            try:
                await self._take()
            finally:
                self.in_data = False
                self._round_ends = self.loop.time() + ROUND_SECONDS
                self._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd's

    async def _take(self) -> None:
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        incoming = Incoming(self._gate, self._max_bytes)
        try:
            await incoming.read(self._reader, self._reset_timeout)
            status = incoming.refusal or await self._hand_over(incoming.taken())
            if status.startswith("250"):
                self._replies = 0
            await self.push(self.answers(status))
        except TimeoutError:
            await self.push(self.answers(TOO_SLOW))
            self._leave()
        finally:
            incoming.release()

    def answers(self, status: str) -> str:
        """What DATA is answered: SMTP has one outcome for all recipients."""
        return status

    async def _hand_over(self, content: bytes) -> str:
        self._reset_timeout()
        envelope = cast("Envelope", self.envelope)
        envelope.content = envelope.original_content = content
        try:
            return str(await self._call_handler_hook("DATA"))
        except Exception as error:  # noqa: BLE001 - each recipient of an LMTP message must get its answer
            return str(await self.handle_exception(error))


def _line(status: str) -> bytes:
    return f"{status}\r\n".encode()
