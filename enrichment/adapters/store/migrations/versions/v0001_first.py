"""The first schema: messages, contacts, leads, matches, their views, what was posted, and who did what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    _messages()
    _contacts()
    _leads()
    _views()
    _records()


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", Id, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=320), nullable=False),
        sa.Column("identity", sa.String(length=96), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("mail_from", sa.Text(), nullable=True),
        sa.Column("rcpt_tos", Json, nullable=False),
        sa.Column("client_ip", sa.String(length=64), nullable=True),
        sa.Column("helo", sa.Text(), nullable=True),
        sa.Column("tls", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("dispatched_attempt", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_stage", sa.String(length=32), nullable=True),
        sa.Column("mime_id", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=True),
        sa.Column("participants", Json, nullable=True),
        sa.Column("excerpt", sa.Text(), nullable=True),
        sa.Column("noticed", sa.Boolean(), nullable=False),
        sa.Column("copy_of", Id, nullable=True),
        sa.Column("lead_id", Id, nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["copy_of"], ["messages.id"], name="fk_messages_copy_of_messages"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("identity", name="uq_messages_identity"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_lead_id", "messages", ["lead_id"], unique=False)
    op.create_index("ix_messages_mime_id", "messages", ["mime_id"], unique=False)
    op.create_index("ix_messages_state", "messages", ["state"], unique=False)
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["not_before"],
        unique=False,
        sqlite_where=sa.text("state = 'in_progress'"),
        postgresql_where=sa.text("state = 'in_progress'"),
    )
    op.create_index(
        "uq_messages_content",
        "messages",
        ["mime_id", "body_hash"],
        unique=True,
        sqlite_where=sa.text("mime_id IS NOT NULL AND copy_of IS NULL"),
        postgresql_where=sa.text("mime_id IS NOT NULL AND copy_of IS NULL"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", Id, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint("uuid", name="uq_contacts_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contacts_name_key", "contacts", ["name_key"], unique=False)
    op.create_table(
        "contact_points",
        sa.Column("id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_contact_points_contact_id_contacts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contact_points"),
        sa.UniqueConstraint("contact_id", "kind", "value", name="uq_contact_points_contact_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_points_value", "contact_points", ["value", "kind"], unique=False)


def _leads() -> None:
    op.create_table(
        "leads",
        sa.Column("id", Id, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("message_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=False),
        sa.Column("contact", Json, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("triage", Json, nullable=False),
        sa.Column("duplicate_of", Id, nullable=True),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.Column("embedder", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_leads_contact_id_contacts"),
        sa.ForeignKeyConstraint(["duplicate_of"], ["leads.id"], name="fk_leads_duplicate_of_leads"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_leads_message_id_messages"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sa.UniqueConstraint("message_id", name="uq_leads_message_id"),
        sa.UniqueConstraint("uuid", name="uq_leads_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_leads_contact_id", "leads", ["contact_id"], unique=False)
    op.create_index("ix_leads_open", "leads", ["status", sa.literal_column("urgency DESC"), "id"], unique=False)
    op.create_table(
        "matches",
        sa.Column("lead_id", Id, nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_matches_lead_id_leads", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["leads.id"], name="fk_matches_other_id_leads", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id", "other_id", name="pk_matches"),
    )
    op.create_index("ix_matches_other_id", "matches", ["other_id"], unique=False)


def _views() -> None:
    op.create_table(
        "views",
        sa.Column("view", sa.String(length=16), nullable=False),
        sa.Column("lead_id", Id, nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_views_lead_id_leads", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("view", "lead_id", name="pk_views"),
    )
    op.create_index(
        "ix_views_behind",
        "views",
        ["view", sa.literal_column("urgency DESC"), "lead_id"],
        unique=False,
        sqlite_where=sa.text("shown < wanted"),
        postgresql_where=sa.text("shown < wanted"),
    )
    op.create_table(
        "postings",
        sa.Column("id", Id, nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("lead_id", Id, nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("thread_ts", sa.String(length=32), nullable=True),
        sa.Column("dispatch_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("ts", sa.String(length=32), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_postings_lead_id_leads", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_postings"),
        sa.UniqueConstraint("dispatch_id", name="uq_postings_dispatch_id"),
        sa.UniqueConstraint("team", "key", name="uq_postings_team"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_postings_lead_id", "postings", ["lead_id"], unique=False)


def _records() -> None:
    op.create_table(
        "events",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("lead_id", Id, nullable=True),
        sa.Column("message_id", Id, nullable=True),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_lead_id", "events", ["lead_id"], unique=False)
    op.create_index("ix_events_message_id", "events", ["message_id"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("free_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_limits"),
    )
