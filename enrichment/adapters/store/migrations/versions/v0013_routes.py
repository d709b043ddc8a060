"""Which Slack channel a lead's card, and a batch card, is in."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the table; what is a batch already stays in the lead channel."""
    op.create_table(
        "lead_channels",
        sa.Column("lead_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("team", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("lead_id", "team", name="pk_lead_channels"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_lead_channels_lead_id_leads", ondelete="CASCADE"),
    )
    op.add_column("batches", sa.Column("channel", sa.String(32), nullable=False, server_default=sa.text("''")))
