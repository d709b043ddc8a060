"""Envelopes out, acks in, over the sockets of Socket Mode or, in HTTP mode, by POST; unacked events are sent again."""

from __future__ import annotations

import asyncio
import logging
import secrets
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.workspace.errors import Undelivered
from bot.workspace.faults import EnvelopeFaults
from bot.workspace.http_mode import RequestUrl
from bot.workspace.identity import APP_ID
from bot.workspace.options import MAX_SOCKETS, Options

MAX_WAITING_EVENTS = 1000
TICKET_LIFETIME = 30.0
Json = dict[str, Any]
logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Socket:
    """One connection of the bot. send, close: from the web framework."""

    send: Callable[[Json], Coroutine[Any, Any, None]]
    close: Callable[[], Coroutine[Any, Any, None]]


class Hub:
    """Gives each envelope to exactly one of the connected sockets, in turn, and waits for its ack.

    on_change: told how many sockets there are, whenever that changes.
    """

    def __init__(self, options: Options, on_change: Callable[[int], None] = lambda _: None) -> None:
        self._options = options
        self._on_change = on_change
        self._sockets: list[Socket] = []
        self._tickets: dict[str, asyncio.TimerHandle] = {}
        self._acks: dict[str, tuple[Socket, asyncio.Future[Json | None]]] = {}
        self._events: set[asyncio.Task[None]] = set()
        self._acks_to_lose = 0
        self._http = RequestUrl(options, lambda verified: on_change(int(verified))) if options.request_url else None
        self._keeper: asyncio.Task[None] | None = None
        self.faults = EnvelopeFaults()

    def start(self) -> None:
        """Look for the request URL of HTTP mode, where there is one. Call it inside a running loop."""
        if self._http is not None:
            self._keeper = asyncio.get_running_loop().create_task(self._http.keep_verified())

    @property
    def connected(self) -> int:
        """How many sockets are open; in HTTP mode 1 when the request URL has proved itself."""
        return len(self._sockets) if self._http is None else int(self._http.verified)

    def issue_ticket(self) -> str:
        """A ticket that opens one socket within the next half minute."""
        ticket = secrets.token_urlsafe(16)
        loop = asyncio.get_running_loop()
        self._tickets[ticket] = loop.call_later(TICKET_LIFETIME, self._tickets.pop, ticket, None)
        return ticket

    def redeem_ticket(self, ticket: str) -> bool:
        """Whether a socket may open with this ticket, which uses it up."""
        timer = self._tickets.pop(ticket, None)
        if timer is not None:
            timer.cancel()
        return timer is not None and self._http is None and len(self._sockets) < MAX_SOCKETS

    async def join(self, socket: Socket) -> None:
        """Greet a new socket and give it envelopes from now on."""
        self._sockets.append(socket)
        self._on_change(len(self._sockets))
        await socket.send(
            {
                "type": "hello",
                "num_connections": len(self._sockets),
                "connection_info": {"app_id": APP_ID},
                "debug_info": {"host": "local", "approximate_connection_time": 18060},
            }
        )

    def leave(self, socket: Socket) -> None:
        """Forget a socket that has closed; what it has not acked counts as undelivered."""
        if socket in self._sockets:
            self._sockets.remove(socket)
            self._on_change(len(self._sockets))
        for owner, ack in self._acks.values():
            if owner is socket and not ack.done():
                ack.set_exception(Undelivered("operation_timeout"))

    def acknowledge(self, frame: Any) -> None:
        """Take a frame from the bot; anything but an ack of a waiting envelope is ignored."""
        envelope_id = frame.get("envelope_id") if isinstance(frame, dict) else None
        _, ack = self._acks.get(envelope_id, (None, None)) if isinstance(envelope_id, str) else (None, None)
        if ack is not None and self._acks_to_lose:
            self._acks_to_lose -= 1
        elif ack is not None and not ack.done():
            payload = frame.get("payload")
            ack.set_result(payload if isinstance(payload, dict) else None)

    async def deliver(self, kind: str, payload: Json, *, attempt: int = 0, reason: str = "") -> Json | None:
        """Send one envelope and return the ack's payload. Raises Undelivered when none came in time."""
        twice = await self.faults.hold(kind)
        try:
            ack = await self._send(kind, payload, attempt, reason)
            if twice:
                with suppress(Undelivered):
                    await self._send(kind, payload, attempt, reason)
            return ack
        finally:
            self.faults.passed()

    async def _send(self, kind: str, payload: Json, attempt: int, reason: str) -> Json | None:
        if self._http is not None:
            ack = await self._http.deliver(kind, payload, attempt, reason)
            if self._acks_to_lose:
                self._acks_to_lose -= 1
                raise Undelivered("operation_timeout", "http_timeout")
            return ack
        retry = {"retry_attempt": attempt, "retry_reason": reason} if kind == "events_api" else {}
        return await self._send_to_socket(kind, payload, retry)

    async def _send_to_socket(self, kind: str, payload: Json, extra: Json) -> Json | None:
        if not self._sockets:
            raise Undelivered("dispatch_failed")
        socket = self._sockets.pop(0)
        self._sockets.append(socket)
        envelope_id = str(uuid.uuid4())
        ack: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = (socket, ack)
        accepts = kind != "events_api"
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": accepts}
        try:
            async with asyncio.timeout(self._options.ack_timeout):
                await socket.send(envelope | extra)
                return await ack
        except TimeoutError as error:
            raise Undelivered("operation_timeout") from error
        finally:
            del self._acks[envelope_id]

    def send_event(self, payload: Json) -> None:
        """Send an event now, and again after each of the retry delays until it is acked."""
        if len(self._events) >= MAX_WAITING_EVENTS:
            logger.warning("event dropped: %d are already waiting for an ack", MAX_WAITING_EVENTS)
            return
        task = asyncio.get_running_loop().create_task(self._send_until_acked(payload))
        self._events.add(task)
        task.add_done_callback(self._events.discard)

    async def _send_until_acked(self, payload: Json) -> None:
        reason = ""
        for attempt, delay in enumerate((0.0, *self._options.retry_delays)):
            await asyncio.sleep(delay)
            try:
                await self.deliver("events_api", payload, attempt=attempt, reason=reason)
            except Undelivered as error:
                if error.final:
                    return
                reason = error.reason
            else:
                return

    def lose_acks(self, times: int) -> int:
        """Let the next `times` acks get lost on their way; returns how many will."""
        self._acks_to_lose += times
        return self._acks_to_lose

    async def drop_sockets(self) -> int:
        """Close every socket without a word, as a broken network does; returns how many there were."""
        sockets = list(self._sockets)
        for socket in sockets:
            await socket.close()
        return len(sockets)

    async def close(self) -> None:
        """Tell every socket to go, and stop sending."""
        for task in [*self._events, *([self._keeper] if self._keeper else [])]:
            task.cancel()
        for socket in list(self._sockets):
            await socket.send({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "local"}})
            await socket.close()
        if self._http is not None:
            await self._http.close()
