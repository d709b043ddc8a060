"""When each view of the leads last got on: a view that stands still must not look like one that has nothing to do."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table; it fills itself with the next success of each view."""
    op.create_table(
        "view_successes",
        sa.Column("view", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("view", name="pk_view_successes"),
    )
