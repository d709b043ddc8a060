"""The few commands that a poll needs, each answer checked before it is believed."""

from __future__ import annotations

import contextlib
import imaplib
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from channels.mail.imap_session import Mailbox
from channels.mail.imap_trouble import meaning, translated
from channels.mail.imap_wire import Client
from enrichment.errors import RetryLater

HIGHEST = 2**32 - 1
FIRST_MEGABYTE = 2**20
# Exchange tells sizes that are a little wrong.
_SLACK = 2**20


class Refused(RetryLater):
    """The server has answered NO or BAD; the connection lives."""


class Examined(NamedTuple):
    """A folder as it is. uidnext: a UID above all that are in it, None where the server does not say."""

    uidvalidity: int
    uidnext: int | None


class Server:
    """A connection that is logged in. Every method raises RetryLater; Refused where the connection is still good.

    answered: how many commands were answered.
    """

    def __init__(self, mailbox: Mailbox, client: Client) -> None:
        self.client = client
        self.mailbox = mailbox
        self.answered = 0

    @contextlib.contextmanager
    def asking(self) -> Iterator[Client]:
        """For one command or a few: whatever goes wrong is translated."""
        with translated(self.mailbox.name, self.mailbox.address):
            try:
                yield self.client
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise Refused(f"{self.mailbox.name}: {meaning(error)}") from error
        self.answered += 1

    def examine(self, folder: str) -> Examined:
        """Open a folder without changing anything in it, no flag either."""
        with self.asking() as client:
            found = client.select_folder(folder, readonly=True)
            return Examined(
                _number(found.get(b"UIDVALIDITY"), "UIDVALIDITY"),
                None if b"UIDNEXT" not in found else _number(found[b"UIDNEXT"], "UIDNEXT"),
            )

    def above(self, uid: int) -> list[int]:
        """The UIDs above this one, in order."""
        return [found for found in self._search(["UID", f"{uid + 1}:*"]) if found > uid]  # n:* always gives the last

    def highest(self) -> int:
        """The highest UID of the folder, 0 when it is empty."""
        return max(self._search(["UID", "*"]), default=0)

    def since(self, day: date) -> list[int]:
        """The UIDs of what came to the mailbox on this day or later, in order."""
        return self._search(["SINCE", day])

    def still_there(self, uids: Collection[int]) -> set[int]:
        """Those of these UIDs that were not expunged."""
        with self.asking() as client:
            client.noop()
        return set(self._search(["UID", ",".join(map(str, uids))])) & set(uids)

    def _search(self, criteria: Sequence[object]) -> list[int]:
        with self.asking() as client:
            return sorted({_number(uid, "UID") for uid in client.search(criteria)})

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """The size of each mail in bytes; without those that are gone."""
        with self.asking() as client:
            answer = client.fetch(uids, ["RFC822.SIZE"])
            # News of flags, which may come unasked, holds no size.
            return {uid: _size(found[b"RFC822.SIZE"]) for uid, found in answer.items() if b"RFC822.SIZE" in found}

    def dates(self, uids: Sequence[int]) -> dict[int, datetime]:
        """When each mail came to the server, in UTC; without those that are gone or whose date is none."""
        with self.asking() as client:
            client.normalise_times = False  # it would leave out the time zone
            found = client.fetch(uids, ["INTERNALDATE"])
        moments = {uid: _moment(each.get(b"INTERNALDATE")) for uid, each in found.items()}
        return {uid: moment for uid, moment in moments.items() if moment is not None}

    def bodies(self, uids: Sequence[int], size: int) -> dict[int, bytes]:
        """The bytes of each mail; without those that are gone. size: what they come to together."""
        with self.asking() as client, client.allowing(2 * size + _SLACK):
            answer = client.fetch(uids, ["BODY.PEEK[]"])
            return {uid: _content(found[b"BODY[]"]) for uid, found in answer.items() if b"BODY[]" in found}

    def beginning(self, uid: int) -> bytes | None:
        """The first megabyte of a mail; None when it is gone."""
        with self.asking() as client, client.allowing(2 * FIRST_MEGABYTE):
            found = client.fetch([uid], [f"BODY.PEEK[]<0.{FIRST_MEGABYTE}>"]).get(uid, {})
            return _content(found[b"BODY[]<0>"]) if b"BODY[]<0>" in found else None


def _number(found: object, what: str) -> int:
    if not isinstance(found, int) or not 0 < found <= HIGHEST:
        raise ValueError(f"{what} {found!s:.40}")
    return found


def _size(found: object) -> int:
    if not isinstance(found, int) or not 0 <= found < 2**63:
        raise ValueError(f"size {found!s:.40}")
    return found


def _moment(found: object) -> datetime | None:
    """A date in UTC; a server may have one that is beyond the calendar."""
    try:
        return found.astimezone(UTC) if isinstance(found, datetime) else None
    except (ValueError, OverflowError):
        return None


def _content(found: object) -> bytes:
    """A body; IMAPClient makes numbers of what looks like one, and None of an empty one."""
    if isinstance(found, bytes):
        return found
    if found is None:
        return b""
    raise ValueError("a body that is no text")
