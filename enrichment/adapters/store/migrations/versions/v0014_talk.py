"""An index of what was said in Slack, by who said it when: what one person writes within minutes is one lead."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add it; mail has no part in it."""
    talk = sa.text("channel = 'slack'")
    columns = ["account", "mail_from", "received_at"]
    op.create_index("ix_messages_talk", "messages", columns, sqlite_where=talk, postgresql_where=talk)
