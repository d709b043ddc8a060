"""The tables of what is in trouble: neighbours that are left alone, and what the owner is mailed about."""

from __future__ import annotations

import sqlalchemy as sa

from enrichment.adapters.store.columns import Text, UtcDateTime
from enrichment.adapters.store.metadata import metadata

# A neighbour that is being left alone, since when and why; one without a row is well.
circuits = sa.Table(
    "circuits",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("error", Text, nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("noticed", sa.String(16), nullable=False),
    sa.Column("told_at", UtcDateTime),
    sa.Column("answered", sa.Boolean, nullable=False),
)

# What the owner is mailed about; see adapters/store/outages.py.
outages = sa.Table(
    "outages",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("token", sa.String(36), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("why", Text, nullable=False),
    sa.Column("seen", UtcDateTime, nullable=False),
    sa.Column("watched", sa.Float, nullable=False),
    sa.Column("ended", UtcDateTime),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("retry_at", UtcDateTime),
    sa.Column("error", Text, nullable=False),
)
