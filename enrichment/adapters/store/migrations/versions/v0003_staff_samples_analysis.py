"""What staff did, samples, a model's analysis, whose lead it is; two more views: the analysis and the CRM."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the columns, and a row for each lead in each new view."""
    op.add_column("messages", sa.Column("sample", sa.Boolean(), nullable=False, server_default=sa.false()))
    only = sa.text("sample")
    op.create_index("ix_messages_sample", "messages", ["id"], sqlite_where=only, postgresql_where=only)
    for column in (
        sa.Column("business", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("sample", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("analysis", Json, nullable=True),
        sa.Column("owner", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("owner_name", sa.String(200), nullable=False, server_default=sa.text("''")),
        sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''")),
    ):
        op.add_column("leads", column)
    op.create_index("ix_views_lead_id", "views", ["lead_id"])
    add = "INSERT INTO views (view, lead_id, wanted, shown, urgency, failures) SELECT "
    op.execute(add + "'crm', id, revision, 0, urgency, 0 FROM leads")
    op.execute(add + "'analysis', id, CASE WHEN revision > 0 THEN 1 ELSE 0 END, 0, urgency, 0 FROM leads")
