"""What a polled mailbox needs of the store: how far each folder was read, and what is still owed to the server."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from enrichment.models import RawMessage
from enrichment.store_ports import Accepted


class Cursor(NamedTuple):
    """How far a folder was read. since_uid: what is no newer was there when the reading began and is never swept.

    While last_uid is below since_uid, what is in between is being rescanned, after a new UIDVALIDITY.

    uidvalidity, last_uid: of RFC 3501, 32 bits each; begun_at: when the folder was first read.
    """

    uidvalidity: int
    last_uid: int
    since_uid: int
    begun_at: datetime


class Fetched(NamedTuple):
    """One mail of a folder."""

    uid: int
    raw: RawMessage


class Errand(NamedTuple):
    """What is to be done with a mail on the server now that it is stored (mark seen, move)."""

    uidvalidity: int
    uid: int


class Pulse(NamedTuple):
    """How a mailbox fares. last_success: the end of its last whole poll; error: why the last one failed, in words."""

    mailbox: str
    last_success: datetime | None
    error: str
    failing_since: datetime | None


class MailboxStore(Protocol):
    """Every method is one transaction and raises RetryLater when the database is away. Thread-safe."""

    def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        """How far the folder was read; None before its first poll."""
        ...

    def begin(
        self, mailbox: str, folder: str, uidvalidity: int, last_uid: int, *, since_uid: int | None = None
    ) -> Cursor:
        """Start at this point: at the first poll (since_uid is last_uid), or after a new UIDVALIDITY (it is given).

        begun_at stays what it was at the first poll. uidvalidity may have more than 32 bits: the upper ones count how
        often the server went back in its UIDs without a new UIDVALIDITY.
        """
        ...

    def store(
        self,
        mailbox: str,
        folder: str,
        uidvalidity: int,
        fetched: Sequence[Fetched],
        *,
        last_uid: int,
        errands: bool = False,
        rescan: bool = False,
    ) -> list[Accepted]:
        """Store these mails, move the cursor to last_uid (never back) and note an errand for each, in one commit.

        A mail that is here already under its identity (mailbox, folder, uidvalidity, uid) is not stored again; with
        `rescan` neither is one whose bytes have come from this mailbox under an earlier UIDVALIDITY. Raises RetryLater,
        with nothing stored, when the folder has been begun anew under another UIDVALIDITY meanwhile.
        """
        ...

    def stored(self, mailbox: str, folder: str, uidvalidity: int, uids: Collection[int]) -> set[int]:
        """Those of these UIDs, however many, that are stored: for the sweep and for history."""
        ...

    def errands(self, mailbox: str, folder: str, limit: int) -> list[Errand]:
        """What is still to be done on the server, oldest first."""
        ...

    def ran(self, mailbox: str, folder: str, errands: Collection[Errand]) -> None:
        """These are done, or need not be done any more."""
        ...

    def succeeded(self, mailbox: str) -> None:
        """A whole poll has ended well now."""
        ...

    def failed(self, mailbox: str, error: str) -> None:
        """A poll has failed, for this reason in plain words."""
        ...

    def pulses(self, mailboxes: Sequence[str]) -> list[Pulse]:
        """How these mailboxes fare, in this order; one that was never polled has neither success nor error."""
        ...
