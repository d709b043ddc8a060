"""The tables of polled mailboxes: how far each folder was read, where each mail lies, how each mailbox fares."""

from __future__ import annotations

import sqlalchemy as sa

from enrichment.adapters.store.columns import Id, Text, UtcDateTime
from enrichment.adapters.store.metadata import metadata, table

# A folder of a mailbox, and how far it was read: see enrichment.mailboxes.Cursor.
mailbox_folders = table(
    "mailbox_folders",
    sa.Column("id", Id, primary_key=True),
    sa.Column("mailbox", sa.String(320), nullable=False),
    sa.Column("folder", Text, nullable=False),
    # Its hash: PostgreSQL's indexes take no key of a thousand characters.
    sa.Column("folder_key", sa.String(64), nullable=False),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    sa.Column("since_uid", sa.BigInteger, nullable=False),
    sa.Column("begun_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("mailbox", "folder_key"),
)

# Where each mail lies on its server. errand: something is still to be done with it there.
mailbox_mails = sa.Table(
    "mailbox_mails",
    metadata,
    sa.Column("folder_id", Id, sa.ForeignKey("mailbox_folders.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, primary_key=True),
    sa.Column("uid", sa.BigInteger, primary_key=True),
    # A mail whose message is gone has come all the same, and is not fetched again.
    sa.Column("message_id", Id, sa.ForeignKey("messages.id", ondelete="SET NULL"), index=True),
    sa.Column("errand", sa.Boolean, nullable=False, server_default=sa.false()),
)
errands_only = sa.text("errand")
sa.Index("ix_mailbox_mails_errand", mailbox_mails.c.folder_id, mailbox_mails.c.uidvalidity, mailbox_mails.c.uid,
         sqlite_where=errands_only, postgresql_where=errands_only)  # fmt: skip

# How each mailbox fares; noticed: what staff were told of that; told_at: since when the mailbox had not been read then.
mailbox_pulses = sa.Table(
    "mailbox_pulses",
    metadata,
    sa.Column("mailbox", sa.String(320), primary_key=True),
    sa.Column("last_success", UtcDateTime),
    sa.Column("error", Text, nullable=False, server_default=sa.text("''")),
    sa.Column("failing_since", UtcDateTime),
    sa.Column("noticed", sa.String(16), nullable=False, server_default=sa.text("''")),
    sa.Column("told_at", UtcDateTime),
)
