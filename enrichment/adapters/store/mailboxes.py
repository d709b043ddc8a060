"""Polled mailboxes: each mail and how far its folder was read are written in one transaction.

A mail is known by where it lies: folder, UIDVALIDITY, UID. When the server numbers a folder anew, mails that are read
again are told from new ones by their bytes: each row of then stands for one copy of them, whose place it takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.arrivals import Arrivals, content_hash
from enrichment.adapters.store.book import AT_ONCE
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.pulses import Pulses
from enrichment.adapters.store.revise import wake_message
from enrichment.adapters.store.schema import mailbox_folders, mailbox_mails, messages
from enrichment.errors import RetryLater
from enrichment.mailboxes import Cursor, Errand, Fetched
from enrichment.models import RawMessage
from enrichment.ports import Clock
from enrichment.store_ports import Accepted

# Built once: they are asked at each poll or for each mail.
_FOLDER = sa.select(mailbox_folders).where(
    mailbox_folders.c.mailbox == sa.bindparam("of_mailbox"), mailbox_folders.c.folder_key == sa.bindparam("of_key")
)
_HELD = _FOLDER.with_for_update()
_OF_FOLDER = sa.and_(
    mailbox_mails.c.folder_id == sa.bindparam("of_folder"), mailbox_mails.c.uidvalidity == sa.bindparam("of_validity")
)
_KNOWN = sa.select(mailbox_mails.c.uid, mailbox_mails.c.message_id).where(
    _OF_FOLDER, mailbox_mails.c.uid.in_(sa.bindparam("uids", expanding=True))
)
# A row that lies where its folder is numbered as it is now is that mail, and stands for no other.
_AT_HOME = (
    sa.select(mailbox_mails.c.uid)
    .join(mailbox_folders, mailbox_folders.c.id == mailbox_mails.c.folder_id)
    .where(mailbox_mails.c.message_id == messages.c.id, mailbox_mails.c.uidvalidity == mailbox_folders.c.uidvalidity)
)
_HOMELESS = (
    sa.select(messages.c.id, messages.c.content_hash)
    .where(
        messages.c.content_hash.in_(sa.bindparam("hashes", expanding=True)),
        messages.c.account == sa.bindparam("of_mailbox"),
        sa.not_(_AT_HOME.exists()),
    )
    .order_by(messages.c.id)
)
_MOVE_ON = (
    sa.update(mailbox_folders)
    .where(mailbox_folders.c.id == sa.bindparam("of_folder"), mailbox_folders.c.last_uid < sa.bindparam("now_read"))
    .values(last_uid=sa.bindparam("now_read"))
)
_IMPORTED = sa.select(messages.c.id).where(
    messages.c.id.in_(sa.bindparam("ids", expanding=True)), messages.c.historical
)
_ERRANDS = (
    sa.select(mailbox_mails.c.uidvalidity, mailbox_mails.c.uid)
    .join(mailbox_folders, mailbox_folders.c.id == mailbox_mails.c.folder_id)
    .where(
        mailbox_folders.c.mailbox == sa.bindparam("of_mailbox"),
        mailbox_folders.c.folder_key == sa.bindparam("of_key"),
        # In the index's own words, so that only what is still to be done is looked at.
        sa.text("errand"),
    )
    .order_by(mailbox_mails.c.uidvalidity, mailbox_mails.c.uid)
    .limit(sa.bindparam("at_most"))
)
_RAN = sa.update(mailbox_mails).where(_OF_FOLDER, mailbox_mails.c.uid == sa.bindparam("of_uid")).values(errand=False)


class Mailboxes(Pulses):
    """Implements enrichment.mailboxes.MailboxStore; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self._arrivals = Arrivals(database)
        begin = database.insert(mailbox_folders)
        point = {name: begin.excluded[name] for name in ("uidvalidity", "last_uid", "since_uid")}
        # Numbered as it was: somebody else has begun it meanwhile, and may have read on since.
        anew = mailbox_folders.c.uidvalidity != begin.excluded.uidvalidity
        self._begin = begin.on_conflict_do_update(index_elements=["mailbox", "folder_key"], set_=point, where=anew)
        self._place = database.insert(mailbox_mails).on_conflict_do_nothing()

    def cursor(self, mailbox: str, folder: str) -> Cursor | None:
        """How far the folder was read; None before its first poll."""
        with self._database.begin() as connection:
            row = connection.execute(_FOLDER, _key(mailbox, folder)).first()
        return None if row is None else _cursor(row)

    def begin(
        self, mailbox: str, folder: str, uidvalidity: int, last_uid: int, *, since_uid: int | None = None
    ) -> Cursor:
        """Start at this point; a folder that is numbered so already is left where it is.

        since_uid is last_uid unless told otherwise; begun_at stays what it was at the first poll.
        """
        key = _key(mailbox, folder)
        row = {"mailbox": mailbox, "folder": folder, "folder_key": key["of_key"], "uidvalidity": uidvalidity}
        row |= {"last_uid": last_uid, "since_uid": last_uid if since_uid is None else since_uid}
        with self._database.begin(write=True) as connection:
            connection.execute(self._begin, row | {"begun_at": self._clock.now()})
            return _cursor(connection.execute(_FOLDER, key).one())

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

        A mail whose place is known is not stored again; with `rescan` neither is a copy of bytes that a row of this
        mailbox holds which has no place any more, each such row for one copy. Raises RetryLater, with nothing stored,
        when the folder was not begun or has been begun anew under another UIDVALIDITY.
        """
        with self._database.begin(write=True) as connection:
            # Held to the end, so that of two that bring the same mails the second finds them.
            row = connection.execute(_HELD, _key(mailbox, folder)).first()
            if row is None or row.uidvalidity != uidvalidity:
                raise RetryLater(f"{mailbox}: the folder {folder!r:.200} was numbered anew meanwhile; it is read again")
            mails = {mail.uid: mail.raw for mail in fetched}
            rows = self._rows(connection, row.id, uidvalidity, mails, mailbox if rescan else None)
            place = {"folder_id": row.id, "uidvalidity": uidvalidity, "errand": errands}
            if places := [place | {"uid": uid, "message_id": rows[uid].id} for uid in sorted(rows)]:
                connection.execute(self._place, places)
            if not rescan:
                _tell_of(connection, [rows[uid] for uid, raw in mails.items() if not raw.historical])
            connection.execute(_MOVE_ON, {"of_folder": row.id, "now_read": last_uid})
        return [rows[mail.uid] for mail in fetched]

    def _rows(
        self,
        connection: sa.Connection,
        folder_id: int,
        uidvalidity: int,
        mails: Mapping[int, RawMessage],
        rescanned: str | None,
    ) -> dict[int, Accepted]:
        """The row of each mail by its UID. rescanned: the mailbox among whose rows of then it may be, if any."""
        rows = {uid: Accepted(id=known or 0, new=False)
                for uid, known in _known(connection, folder_id, uidvalidity, mails).items()}  # fmt: skip
        if rescanned is not None:
            unknown = {uid: raw for uid, raw in mails.items() if uid not in rows}
            rows |= _of_then(connection, rescanned, unknown)
        fresh = [uid for uid in mails if uid not in rows]
        return rows | dict(zip(fresh, self._arrivals.put(connection, [mails[uid] for uid in fresh]), strict=True))

    def stored(self, mailbox: str, folder: str, uidvalidity: int, uids: Collection[int]) -> set[int]:
        """Those of these UIDs that are stored; asked for AT_ONCE at a time."""
        with self._database.begin() as connection:
            row = connection.execute(_FOLDER, _key(mailbox, folder)).first()
            return set() if row is None else set(_known(connection, row.id, uidvalidity, uids))

    def errands(self, mailbox: str, folder: str, limit: int) -> list[Errand]:
        """What is still to be done on the server, oldest first."""
        with self._database.begin() as connection:
            found = connection.execute(_ERRANDS, _key(mailbox, folder) | {"at_most": limit})
            return [Errand._make(row) for row in found]

    def ran(self, mailbox: str, folder: str, errands: Collection[Errand]) -> None:
        """These are done, or need not be done any more."""
        # Done again when a power cut takes it back.
        with self._database.begin(write=True, lasting=False) as connection:
            row = connection.execute(_FOLDER, _key(mailbox, folder)).first()
            if row is None or not errands:
                return
            done = [{"of_folder": row.id, "of_validity": validity, "of_uid": uid} for validity, uid in sorted(errands)]
            connection.execute(_RAN, done)


def _key(mailbox: str, folder: str) -> dict[str, Any]:
    """What a folder's row is found by: names that differ in anything at all are two folders."""
    key = hashlib.sha256(folder.encode("utf-8", "surrogatepass")).hexdigest()
    return {"of_mailbox": mailbox, "of_key": key}


def _cursor(row: sa.Row[Any]) -> Cursor:
    return Cursor(row.uidvalidity, row.last_uid, row.since_uid, row.begun_at)


def _known(connection: sa.Connection, folder_id: int, uidvalidity: int, uids: Collection[int]) -> dict[int, int | None]:
    """The UIDs that are known here, with the number of the message; None when that is gone."""
    found: dict[int, int | None] = {}
    asked = sorted(uids)
    for start in range(0, len(asked), AT_ONCE):
        some = {"of_folder": folder_id, "of_validity": uidvalidity, "uids": asked[start : start + AT_ONCE]}
        found |= {row.uid: row.message_id for row in connection.execute(_KNOWN, some)}
    return found


def _tell_of(connection: sa.Connection, polled: Sequence[Accepted]) -> None:
    """What was imported as history a moment before it was polled is news all the same."""
    if known := [found.id for found in polled if not found.new]:
        for imported in connection.execute(_IMPORTED, {"ids": known}).scalars().all():
            wake_message(connection, imported)


def _of_then(connection: sa.Connection, mailbox: str, mails: Mapping[int, RawMessage]) -> dict[int, Accepted]:
    """The mails of which an earlier row holds the same bytes, each row for one of them."""
    hashes = {uid: content_hash(raw) for uid, raw in mails.items()}
    rows: dict[str | None, list[int]] = {}
    if hashes:
        sought = {"hashes": sorted({found for found in hashes.values() if found}), "of_mailbox": mailbox}
        for row in connection.execute(_HOMELESS, sought):
            rows.setdefault(row.content_hash, []).append(row.id)
    return {uid: Accepted(id=rows[found].pop(0), new=False) for uid, found in sorted(hashes.items()) if rows.get(found)}
