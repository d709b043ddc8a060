"""What staff were told of the mailboxes, beside how each fares: so that they hear of a trouble once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.mailbox_tables import mailbox_pulses
from enrichment.models import Model

UNREAD, READ = "unread", "read"
# A statement may name no more.
_AT_ONCE = 500


class MailboxNote(Model):
    """One mailbox. noticed: what staff were told last, `unread`, `read` or nothing.

    told_at: since when it had not been read, as they were told; it names the notice.
    """

    mailbox: str
    last_success: datetime | None = None
    error: str = ""
    failing_since: datetime | None = None
    noticed: str = ""
    told_at: datetime | None = None


class MailboxNotes:
    """Reads the pulses and marks what was told; every method is one transaction and raises RetryLater."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, mailboxes: Collection[str]) -> dict[str, MailboxNote]:
        """Those of these mailboxes that there is news of, by name."""
        query = sa.select(mailbox_pulses).where(mailbox_pulses.c.mailbox.in_(sorted(mailboxes)[:_AT_ONCE]))
        with self._database.begin() as connection:
            return {
                row["mailbox"]: MailboxNote.model_validate(dict(row)) for row in connection.execute(query).mappings()
            }

    def told(self, mailbox: str, noticed: str, since: datetime) -> None:
        """Staff were told that it has not been read since then, or that it is read again after that."""
        insert = self._database.insert(mailbox_pulses).values(mailbox=mailbox, noticed=noticed, told_at=since)
        now = {"noticed": noticed, "told_at": since}
        # One that nobody has ever polled has no row yet.
        statement = insert.on_conflict_do_update(index_elements=["mailbox"], set_=now)
        with self._database.begin() as connection:
            connection.execute(statement)
