"""Indexes for a million messages: what waits to be dispatched, what the ledger counts, how many leads are open."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Replace the indexes that no query uses by ones that hold what is asked."""
    op.drop_index("ix_messages_waiting", "messages")
    undispatched = sa.text("dispatched_attempt < attempt")
    op.create_index(
        "ix_messages_undispatched", "messages", ["id"], sqlite_where=undispatched, postgresql_where=undispatched
    )
    op.create_index("ix_messages_ledger", "messages", ["channel", "state", "copy_of", "received_at"])
    op.drop_index("ix_leads_open", "leads")
    op.create_index("ix_leads_open", "leads", ["status", sa.literal_column("urgency DESC"), "id", "revision"])
