"""Batch cards: one posting that lists the cold leads of a backlog."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the tables; they begin empty."""
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "batches",
        sa.Column("id", identity, nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("wanted", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("shown", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sqlite_autoincrement=True,
    )
    edited = sa.text("posted AND shown < wanted")
    op.create_index("ix_batches_behind", "batches", ["team", "id"], sqlite_where=edited, postgresql_where=edited)
    op.create_table(
        "batch_leads",
        sa.Column("lead_id", identity, nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("batch_id", identity, nullable=False),
        sa.Column("opened", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("lead_id", "team", name="pk_batch_leads"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_batch_leads_lead_id_leads", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name="fk_batch_leads_batch_id_batches", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_batch_leads_batch_id", "batch_leads", ["batch_id"])
