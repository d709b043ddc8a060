"""Indexes for what removes rows: without them each row that goes costs a reading of all mail and of all leads."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them; they hold the few rows alone that point at others, and the samples' leads."""
    for name, table, column, rows in (
        ("ix_messages_copy_of", "messages", "copy_of", sa.text("copy_of IS NOT NULL")),
        ("ix_leads_duplicate_of", "leads", "duplicate_of", sa.text("duplicate_of IS NOT NULL")),
        ("ix_leads_sample", "leads", "contact_id", sa.text("sample")),
    ):
        op.create_index(name, table, [column], sqlite_where=rows, postgresql_where=rows)
