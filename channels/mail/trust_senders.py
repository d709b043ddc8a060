"""Checks the senders of stored messages beside the other stages, so that a slow name server holds no card back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from ipaddress import ip_address

from channels.mail.dns_lookup import Resolver
from channels.mail.peers import LOOPBACK, Network, is_within, plain
from channels.mail.trust import DEADLINE, authenticate
from channels.mail.trust_stated import stated_in
from enrichment.models import Authentication, RawMessage

_LMTP = "lmtp"  # the account of that listener; only a mail server of ours speaks it
_AT_A_TIME = 4
_WAITING = 32  # more are not looked at: in a flood, or while the DNS is silent, the leads come first


class Senders:
    """The `SenderCheck` of enrichment.ports.

    authserv_ids: servers whose Authentication-Results and seals count (see trust_stated, trust_arc).
    resolver: None asks no DNS. relays: networks of our own mail servers, which say nothing about the sender; this
    machine always is one.
    """

    def __init__(
        self,
        *,
        authserv_ids: Sequence[str] = (),
        resolver: Resolver | None = None,
        relays: Sequence[Network] = (),
        seconds: float = DEADLINE,
    ) -> None:
        self._trusted = frozenset(name.lower() for name in authserv_ids)
        self._resolver = resolver
        self._relays = tuple(relays)
        self._seconds = seconds
        self._room = threading.BoundedSemaphore(_AT_A_TIME + _WAITING)
        self._pool = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="sender-check")

    def begin(self, raw: RawMessage) -> Callable[[], Authentication]:
        """Start to check a message; what is returned waits for the verdicts, at most the deadline."""
        if not self._asks_dns(raw):
            found = self.check(raw)
            return lambda: found
        if not self._room.acquire(blocking=False):
            return Authentication
        end = time.monotonic() + self._seconds
        try:
            future = self._pool.submit(self.check, raw)
        except RuntimeError:  # closed
            self._room.release()
            return Authentication
        future.add_done_callback(lambda _: self._room.release())

        def wait() -> Authentication:
            try:
                return future.result(max(0.0, end - time.monotonic()))
            except (TimeoutError, CancelledError):  # all threads are busy, or the bot stops
                return Authentication()

        return wait

    def check(self, raw: RawMessage) -> Authentication:
        """The verdicts on one message: from the DNS when a stranger's server brought it, else as our server says."""
        if raw.channel == "slack":
            return Authentication()
        if self._resolver is not None and self._asks_dns(raw):
            return authenticate(
                raw.content,
                client_ip=raw.client_ip,
                helo=raw.helo,
                mail_from=raw.mail_from,
                resolver=self._resolver,
                seconds=self._seconds,
                trusted=self._trusted,
            )
        return stated_in(raw.content, self._trusted)

    def close(self) -> None:
        """Start no more checks; those that run end by their deadline."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _asks_dns(self, raw: RawMessage) -> bool:
        """Whether the mail came straight from a server that is not ours."""
        if raw.channel != "smtp" or raw.account == _LMTP or raw.sample or self._resolver is None or not raw.client_ip:
            return False
        try:
            client = plain(ip_address(raw.client_ip))
        except ValueError:
            return False
        return not is_within(client, (*LOOPBACK, *self._relays))
