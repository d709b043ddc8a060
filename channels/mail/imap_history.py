"""Mail from before the first poll, read newest first and stored as history, of which nobody is told.

It is what lies at or below the point where the polling began; the cursors stay where they are. What is stored already
is not fetched again, so an import that broke off is simply begun anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from channels.mail.imap_fetch import BATCH_BYTES, Attempts, Fetcher, batches
from channels.mail.imap_folder import CHUNK, SERVERS, raw_of
from channels.mail.imap_server import Server
from enrichment.errors import GiveUp, RetryLater
from enrichment.mailboxes import Cursor, Fetched, MailboxStore
from enrichment.models import RawMessage
from enrichment.ports import Clock

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Wanted(NamedTuple):
    """What is imported: of these folders what came on this day or later. limit: only the newest so many together."""

    folders: Sequence[str]
    since: date
    limit: int | None = None


class Part(NamedTuple):
    """What is still missing of one folder, newest first."""

    folder: str
    cursor: Cursor
    uids: Sequence[int]


class Plan(NamedTuple):
    """known: how many of the wanted mails are stored already; parts: of the folders that lack any."""

    known: int
    parts: Sequence[Part]

    @property
    def missing(self) -> int:
        """How many are to be fetched."""
        return sum(len(part.uids) for part in self.parts)


class Taken(NamedTuple):
    """One commit. mails: dealt with, the vanished too; stored: of these; new: not known by their bytes; size: bytes."""

    mails: int
    stored: int
    new: int
    size: int


class History:
    """Reads the history of one mailbox over one connection. most_bytes: fetched at once, but never less than a mail."""

    def __init__(
        self, server: Server, store: MailboxStore, clock: Clock, attempts: Attempts, most_bytes: int = BATCH_BYTES
    ) -> None:
        self._server, self._mailbox = server, server.mailbox
        self._store, self._clock, self._attempts = store, clock, attempts
        self._most_bytes = most_bytes

    def plan(self, wanted: Wanted) -> Plan:
        """What there is to import. Raises GiveUp before the mailbox's first poll, RetryLater."""
        known, parts, left = 0, [], wanted.limit
        for folder in wanted.folders:
            cursor = self._opened(folder)
            found = [uid for uid in reversed(self._server.since(wanted.since)) if uid <= cursor.since_uid][:left]
            left = None if left is None else left - len(found)
            stored = self._store.stored(self._mailbox.name, folder, cursor.uidvalidity, found)
            known += len(stored)
            if missing := [uid for uid in found if uid not in stored]:
                parts.append(Part(folder, cursor, missing))
        return Plan(known, parts)

    def take(self, part: Part) -> Iterator[Taken]:
        """Fetch and store them; one commit for each that is yielded, and nothing is fetched before it is asked for."""
        if self._opened(part.folder).uidvalidity != part.cursor.uidvalidity:
            raise self._made_anew(part.folder)
        fetcher = Fetcher(self._server, part.folder, part.cursor.uidvalidity, self._attempts)
        for begin in range(0, len(part.uids), CHUNK):
            uids = part.uids[begin : begin + CHUNK]
            sizes, dates = fetcher.sizes(uids), self._server.dates(uids)
            for batch in batches(uids, sizes, self._mailbox.largest, fetcher.alone, self._most_bytes):
                found = fetcher.mails(batch, sizes)
                mails = [Fetched(uid, self._raw(part, uid, dates, *mail)) for uid, mail in found]
                yield self._keep(part, mails, len(batch))

    def stay(self) -> None:
        """Keep the connection from being closed for want of use. Raises RetryLater."""
        with self._server.asking() as client:
            client.noop()

    def _opened(self, folder: str) -> Cursor:
        """Examine the folder; where its polling began. Raises GiveUp, RetryLater."""
        name = self._mailbox.name
        cursor = self._store.cursor(name, folder)
        if cursor is None:
            raise GiveUp(
                f"{name}: the bot has not read the folder {folder} yet, so nothing in it is history; start "
                f"`leadbot run`, wait until `leadbot status` says when mailbox {name} was read, then run this again"
            )
        found = self._server.examine(folder)
        if found.uidvalidity != cursor.uidvalidity % SERVERS or cursor.last_uid < cursor.since_uid:
            raise self._made_anew(folder)
        return cursor

    def _made_anew(self, folder: str) -> RetryLater:
        name = self._mailbox.name
        return RetryLater(f"{name}: the server has numbered the folder {folder} anew; a running bot must read it first")

    def _raw(
        self, part: Part, uid: int, dates: Mapping[int, datetime], content: bytes, cut_from: int | None
    ) -> RawMessage:
        now = self._clock.now()
        came = min(now, max(_FIRST, dates.get(uid, now)))
        raw = raw_of(self._mailbox, part.folder, part.cursor.uidvalidity, uid, content, came)
        return raw.model_copy(update={"historical": True, "cut_from": cut_from})

    def _keep(self, part: Part, mails: Sequence[Fetched], count: int) -> Taken:
        # What was imported before the folder was numbered anew is known by its bytes.
        accepted = self._store.store(
            self._mailbox.name, part.folder, part.cursor.uidvalidity, mails, last_uid=0, rescan=True
        )
        size = sum(len(mail.raw.content) for mail in mails)
        return Taken(count, len(mails), sum(each.new for each in accepted), size)
