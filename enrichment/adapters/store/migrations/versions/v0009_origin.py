"""How a lead came in and all that came with it; filtered messages that staff brought back, or have not heard of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns; of older leads no more is known than that they came."""
    op.add_column("leads", sa.Column("origin", sa.JSON().with_variant(JSONB(), "postgresql")))
    op.add_column("leads", sa.Column("whole", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("messages", sa.Column("restored", sa.Boolean, nullable=False, server_default=sa.false()))
    untold = sa.text("state = 'filtered' AND NOT noticed")
    op.create_index("ix_messages_untold", "messages", ["id"], sqlite_where=untold, postgresql_where=untold)
