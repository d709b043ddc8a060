"""Circuit breakers: which neighbours are being left alone, since when and why, across workers and restarts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table; a breaker without a row is closed."""
    op.create_table(
        "circuits",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("noticed", sa.String(16), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_circuits"),
    )
