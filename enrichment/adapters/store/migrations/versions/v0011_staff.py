"""What staff do beyond taking a lead: edits, snoozes, verdicts on duplicates, reminders, settings of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

Json = sa.JSON().with_variant(JSONB(), "postgresql")
revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns and tables; nobody had edited, snoozed or judged anything."""
    moment = sa.DateTime(timezone=True)
    op.add_column("leads", sa.Column("edits", Json))
    op.add_column("leads", sa.Column("snoozed_until", moment))
    op.add_column("matches", sa.Column("verdict", sa.String(16)))
    for name, length in (("judged_by", 64), ("judged_by_name", 200)):
        op.add_column("matches", sa.Column(name, sa.String(length), nullable=False, server_default=sa.text("''")))
    op.add_column("matches", sa.Column("judged_at", moment))
    op.create_table(
        "reminders",
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("told_at", moment),
        sa.PrimaryKeyConstraint("lead_id", "kind", "step", name="pk_reminders"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_reminders_lead_id_leads", ondelete="CASCADE"),
    )
    untold = sa.text("told_at IS NULL")
    op.create_index("ix_reminders_due", "reminders", ["due_at"], sqlite_where=untold, postgresql_where=untold)
    op.create_table(
        "mutes",
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("user", name="pk_mutes"),
    )
    op.create_table(
        "staff_settings",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_staff_settings"),
    )
