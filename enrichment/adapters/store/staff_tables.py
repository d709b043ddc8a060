"""The tables of what staff are reminded of, of who does not want to hear of it now, and of what they have set."""

from __future__ import annotations

import sqlalchemy as sa

from enrichment.adapters.store.columns import Id, Json, UtcDateTime
from enrichment.adapters.store.metadata import metadata

# A durable timer. kind: what for (`unclaimed`, `outcome`, `snooze`); step: the first, the second time, ...
# told_at: when staff were told, or when it turned out that there was nothing to tell any more.
reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("told_at", UtcDateTime),
)
untold_reminders = sa.text("told_at IS NULL")
sa.Index("ix_reminders_due", reminders.c.due_at,
         sqlite_where=untold_reminders, postgresql_where=untold_reminders)  # fmt: skip

# Who is not pinged until when, by Slack's id.
mutes = sa.Table(
    "mutes",
    metadata,
    sa.Column("user", sa.String(64), primary_key=True),
    sa.Column("until", UtcDateTime, nullable=False),
)

# What staff set in Slack, by the setting's name; the environment and leadbot.toml count for more.
staff_settings = sa.Table(
    "staff_settings",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", Json, nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

# Where a lead's card goes in a team, decided when it was first to be shown; empty: the lead channel, whichever it is.
lead_channels = sa.Table(
    "lead_channels",
    metadata,
    sa.Column("lead_id", Id, sa.ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("team", sa.String(32), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
)
