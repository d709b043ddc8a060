"""Indexes of what staff ask for: lists by owner, time and snooze, and the numbers of the week."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Widen one index, add two."""
    more = ("sample", "owner", "received_at", "snoozed_until")
    op.drop_index("ix_leads_open", "leads")
    op.create_index(
        "ix_leads_open", "leads", ["status", sa.text("urgency DESC"), "id", "revision", "historical", *more]
    )
    op.create_index("ix_leads_received", "leads", ["received_at", "revision", "historical", "sample", "urgency"])
    staff = sa.text("action IN ('claimed', 'assigned', 'closed')")
    op.create_index(
        "ix_events_staff", "events", ["at", "action", "lead_id"], sqlite_where=staff, postgresql_where=staff
    )
