"""The gate of the mail servers: how many may come, how often, how much they may hold. Who is over a limit comes again.

Our own networks are spared the limits of a single address, and have some connections that nobody else can take.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from channels.mail.peers import LOOPBACK, Address, Network, counted_as, is_within

log = structlog.get_logger(__name__)

# Kept for our own relay when strangers hold all others; file descriptors stay below the 1024 of many systems.
RESERVED = 50
# How many addresses are remembered; some megabytes.
MOST_CLIENTS = 10_000
# What all messages on their way may hold in memory together.
MAX_HELD_BYTES = 256 * 2**20
# A flood must not fill the log too.
QUIET_SECONDS = 60.0

CROWDED = "421 4.3.2 Too many connections, please try again later"
TOO_MANY = "421 4.7.0 Too many connections from your address, please try again later"
TOO_OFTEN = "421 4.7.0 Too many connections a minute from your address, please try again later"
TOO_BUSY = "421 4.7.0 Too many messages a minute from your address, please try again later"


@dataclass(frozen=True)
class Limits:
    """What one server allows. Seconds and bytes; `per_address` and the rates spare the trusted networks.

    silence: without a sign of life; slowest: bytes a second that a message must have on average after that time.
    """

    connections: int = 500
    per_address: int = 20
    connections_per_minute: int = 60
    messages_per_minute: int = 120
    recipients: int = 100
    errors: int = 20
    silence: float = 300.0
    slowest: int = 500
    trusted: tuple[Network, ...] = LOOPBACK


class Bucket:
    """A token bucket: a minute's worth at once, then one each time a minute's share has passed."""

    def __init__(self, per_minute: int, now: float) -> None:
        self._per_minute = per_minute
        self._tokens = float(per_minute)
        self._since = now

    def take(self, now: float) -> bool:
        """Take a token, if there is one."""
        self._tokens = min(self._per_minute, self._tokens + (now - self._since) * self._per_minute / 60)
        self._since = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass
class _Client:
    """What is remembered of an address."""

    arrivals: Bucket
    messages: Bucket
    live: int = 0


@dataclass
class _PutOff:
    """How often somebody was sent away since that was last told."""

    count: int = 0
    told: float = field(default=-QUIET_SECONDS)


class Gate:
    """Counts who is connected. room: bytes that messages on their way may still take."""

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or Limits()
        self.room = MAX_HELD_BYTES
        self._clock = clock
        self._connected = 0
        self._clients: OrderedDict[Network, _Client] = OrderedDict()
        self._put_off = _PutOff()

    def trusts(self, address: Address | None) -> bool:
        """Whether an address is one of ours."""
        return is_within(address, self.limits.trusted)

    def admit(self, address: Address | None) -> str | None:
        """Let a connection in, which must `leave` later; the reply for one that is not let in."""
        refusal = self._refusal(address)
        if refusal is None:
            self._connected += 1
        else:
            self._tell(refusal)
        return refusal

    def _refusal(self, address: Address | None) -> str | None:
        reserve = RESERVED if self.trusts(address) else 0
        if self._connected >= self.limits.connections + reserve:
            return CROWDED
        if address is None or reserve:
            return None
        client = self._client(address)
        if client.live >= self.limits.per_address:
            return TOO_MANY
        if not client.arrivals.take(self._clock()):
            return TOO_OFTEN
        client.live += 1
        return None

    def leave(self, address: Address | None) -> None:
        """Count a connection that was let in no more."""
        self._connected -= 1
        if address is not None and not self.trusts(address):
            self._clients[counted_as(address)].live -= 1

    def message(self, address: Address | None) -> str | None:
        """Count a message that begins; the reply when it is one too many."""
        if address is None or self.trusts(address) or self._client(address).messages.take(self._clock()):
            return None
        self._tell(TOO_BUSY)
        return TOO_BUSY

    def _client(self, address: Address) -> _Client:
        key = counted_as(address)
        if key not in self._clients:
            self._forget_one()
            now, limits = self._clock(), self.limits
            self._clients[key] = _Client(
                Bucket(limits.connections_per_minute, now), Bucket(limits.messages_per_minute, now)
            )
        self._clients.move_to_end(key)
        return self._clients[key]

    def _forget_one(self) -> None:
        """Make room in the table: who has not been heard of for longest, and is not connected."""
        if len(self._clients) >= MOST_CLIENTS:
            del self._clients[next(key for key, client in self._clients.items() if not client.live)]

    def _tell(self, refusal: str) -> None:
        self._put_off.count += 1
        now = self._clock()
        if now - self._put_off.told >= QUIET_SECONDS:
            log.warning("mail clients put off", times=self._put_off.count, last=refusal)
            self._put_off = _PutOff(told=now)
