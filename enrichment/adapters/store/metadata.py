"""What the modules with tables share: the catalogue that they are in, and how a table is numbered."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *columns: Any, **options: Any) -> sa.Table:
    """A table whose row numbers are never used again, so that `L-7` names one lead for ever."""
    return sa.Table(name, metadata, *columns, sqlite_autoincrement=True, **options)
