"""Polled mailboxes: how far each folder was read, where each mail lies, how each fares; leads from before the bot."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the tables and columns; no message of then came from a mailbox."""
    for name in ("junk", "historical"):
        op.add_column("messages", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("messages", sa.Column("cut_from", sa.BigInteger))
    op.add_column("messages", sa.Column("content_hash", sa.String(64)))
    hashed = sa.text("content_hash IS NOT NULL")
    op.create_index(
        "ix_messages_content_hash",
        "messages",
        ["content_hash", "account"],
        sqlite_where=hashed,
        postgresql_where=hashed,
    )
    op.add_column("leads", sa.Column("historical", sa.Boolean, nullable=False, server_default=sa.false()))
    op.drop_index("ix_leads_open", "leads")
    op.create_index(
        "ix_leads_open", "leads", ["status", sa.literal_column("urgency DESC"), "id", "revision", "historical"]
    )
    op.drop_index("ix_messages_undispatched", "messages")
    undispatched = sa.text("dispatched_attempt < attempt")
    op.create_index(
        "ix_messages_undispatched",
        "messages",
        ["historical", "id"],
        sqlite_where=undispatched,
        postgresql_where=undispatched,
    )
    op.drop_index("ix_messages_ledger", "messages")
    op.create_index("ix_messages_ledger", "messages", ["channel", "state", "copy_of", "received_at", "historical"])
    _add_folders()
    _add_mails()
    _add_pulses()


def _add_folders() -> None:
    op.create_table(
        "mailbox_folders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mailbox", sa.String(320), nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("folder_key", sa.String(64), nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("uidvalidity", "last_uid", "since_uid")),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox_folders"),
        sa.UniqueConstraint("mailbox", "folder_key", name="uq_mailbox_folders_mailbox"),
        sqlite_autoincrement=True,
    )


def _add_mails() -> None:
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    key = ["folder_id", "uidvalidity", "uid"]
    op.create_table(
        "mailbox_mails",
        sa.Column("folder_id", identity, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in key[1:]),
        sa.Column("message_id", identity),
        sa.Column("errand", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint(*key, name="pk_mailbox_mails"),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            ["mailbox_folders.id"],
            name="fk_mailbox_mails_folder_id_mailbox_folders",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_mailbox_mails_message_id_messages", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_mailbox_mails_message_id", "mailbox_mails", ["message_id"])
    errand = sa.text("errand")
    op.create_index("ix_mailbox_mails_errand", "mailbox_mails", key, sqlite_where=errand, postgresql_where=errand)


def _add_pulses() -> None:
    op.create_table(
        "mailbox_pulses",
        sa.Column("mailbox", sa.String(320), nullable=False),
        sa.Column("last_success", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("noticed", sa.String(16), nullable=False, server_default=sa.text("''")),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("mailbox", name="pk_mailbox_pulses"),
    )
