"""The right to read one mailbox: one worker has it at a time, and stores nothing when it is not sure of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from enrichment.errors import RetryLater
from enrichment.mailboxes import Cursor, Errand, Fetched, MailboxStore, Pulse
from enrichment.store_ports import Accepted

LEASE_SECONDS = 30.0
KEEP_SECONDS = 10.0
# So long before it ends nothing new is begun: what is begun then is committed while the lease is still ours.
MARGIN_SECONDS = 5.0
_LONGEST_NAME = 64


class Leases(Protocol):
    """Gives leases; the store's Views do."""

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or keep the right to work on something; False while another holds it. Raises RetryLater."""
        ...


class Lease:
    """One worker's hold on one mailbox. Kept in one thread, asked in another. elapsed: a clock that is never set."""

    def __init__(
        self, leases: Leases, mailbox: str, holder: str, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._leases, self._holder, self._elapsed = leases, holder, elapsed
        self._name = _name(mailbox)
        self._sure_until = float("-inf")
        self._ended = False

    @property
    def held(self) -> bool:
        """Whether no other worker can have it now. Costs nothing to ask."""
        return not self._ended and self._elapsed() < self._sure_until

    def keep(self) -> bool:
        """Take it, or hold it for longer; whether we have it. Blocking. Raises RetryLater, and what we had runs out."""
        if self._ended:
            return False
        began = self._elapsed()
        taken = self._leases.lease(self._name, self._holder, LEASE_SECONDS)
        self._sure_until = began + LEASE_SECONDS - MARGIN_SECONDS if taken else float("-inf")
        return taken

    def end(self) -> None:
        """From now on we have it no more, whatever the database says."""
        self._ended = True

    def give_back(self) -> None:
        """Let another worker have it at once, now that nothing works under it any more. Blocking. Raises RetryLater."""
        self._ended = True
        if self._elapsed() < self._sure_until:  # else it may be another's by now
            self._leases.lease(self._name, self._holder, 0.0)


def _name(mailbox: str) -> str:
    name = f"mailbox:{mailbox}"
    return name if len(name) <= _LONGEST_NAME else f"mailbox:{hashlib.sha256(mailbox.encode()).hexdigest()[:48]}"


class LeasedStore:
    """The store of one mailbox's poller; it refuses to change anything while the lease is not ours."""

    def __init__(self, store: MailboxStore, lease: Lease) -> None:
        self._store, self._lease = store, lease

    def _must_be_held(self) -> None:
        if not self._lease.held:
            raise RetryLater("another worker may read this mailbox now")

    def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        """As MailboxStore.cursor."""
        return self._store.cursor(mailbox, folder)

    def begin(
        self, mailbox: str, folder: str, uidvalidity: int, last_uid: int, *, since_uid: int | None = None
    ) -> Cursor:
        """As MailboxStore.begin, under the lease."""
        self._must_be_held()
        return self._store.begin(mailbox, folder, uidvalidity, last_uid, since_uid=since_uid)

    def store(
        self, mailbox: str, folder: str, uidvalidity: int, fetched: Sequence[Fetched], *, last_uid: int,
        errands: bool = False, rescan: bool = False,
    ) -> list[Accepted]:  # fmt: skip
        """As MailboxStore.store, under the lease."""
        self._must_be_held()
        return self._store.store(
            mailbox, folder, uidvalidity, fetched, last_uid=last_uid, errands=errands, rescan=rescan
        )

    def stored(self, mailbox: str, folder: str, uidvalidity: int, uids: Collection[int]) -> set[int]:
        """As MailboxStore.stored."""
        return self._store.stored(mailbox, folder, uidvalidity, uids)

    def errands(self, mailbox: str, folder: str, limit: int) -> list[Errand]:
        """As MailboxStore.errands, under the lease: what it says is done on the server."""
        self._must_be_held()
        return self._store.errands(mailbox, folder, limit)

    def ran(self, mailbox: str, folder: str, errands: Collection[Errand]) -> None:
        """As MailboxStore.ran; true whoever has the lease now."""
        self._store.ran(mailbox, folder, errands)

    def succeeded(self, mailbox: str) -> None:
        """As MailboxStore.succeeded, under the lease."""
        self._must_be_held()
        self._store.succeeded(mailbox)

    def failed(self, mailbox: str, error: str) -> None:
        """As MailboxStore.failed, under the lease: of a mailbox that another reads we know nothing."""
        self._must_be_held()
        self._store.failed(mailbox, error)

    def pulses(self, mailboxes: Sequence[str]) -> list[Pulse]:
        """As MailboxStore.pulses."""
        return self._store.pulses(mailboxes)
