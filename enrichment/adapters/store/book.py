"""Leads as staff see them; reading only."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.lead_filters import OPEN_STATES, Filters, condition, oldest_searched
from enrichment.adapters.store.overlay import judged, overlaid
from enrichment.adapters.store.schema import leads, matches
from enrichment.lead import Lead, Match

__all__ = ["AT_ONCE", "OPEN_STATES", "Filters", "LeadBook"]

# Databases limit the parameters of a statement.
AT_ONCE = 1000
_RANK = (leads.c.urgency.desc(), leads.c.id)
# History is nobody's work until its customer writes again.
_OPEN = (leads.c.revision > 0, leads.c.status.in_(OPEN_STATES), sa.not_(leads.c.historical))


class LeadBook:
    """Leads as staff see them; reading only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, lead_id: int) -> Lead | None:
        """One lead with its matches, or None."""
        with self._database.begin() as connection:
            found = self._read(connection, leads.c.id == lead_id, 1)
        return found[0] if found else None

    def listed(self, *, every: bool = False, limit: int | None = None, samples: bool = True) -> list[Lead]:
        """Shown leads, most urgent first, then oldest first: the open ones, or all; with the samples or without."""
        shown = [leads.c.revision > 0] if every else [*_OPEN]
        return self._listed(sa.and_(*shown, *_world(samples)), limit)

    def these(self, lead_ids: Sequence[int]) -> list[Lead]:
        """These leads, most urgent first, then oldest first; unknown ids are left out. At most AT_ONCE of them."""
        return self._listed(leads.c.id.in_(lead_ids), None)

    def found(self, filters: Filters, limit: int, offset: int = 0) -> list[Lead]:
        """Leads that are so: most urgent first, then oldest first; with words, the newest first. AT_ONCE at most."""
        order = [leads.c.id.desc()] if filters.words.split() else [*_RANK]
        # Only the numbers are sorted: the rows are full of the customers' words.
        which = sa.select(leads.c.id).where(condition(filters, folds=self._database.one_writer)).order_by(*order)
        with self._database.begin() as connection:
            ids = connection.execute(which.limit(min(limit, AT_ONCE)).offset(offset)).scalars().all()
            found = {lead.id: lead for lead in self._read(connection, leads.c.id.in_(ids), None)} if ids else {}
        return [found[lead_id] for lead_id in ids if lead_id in found]

    def count(self, filters: Filters) -> int:
        """How many leads are so."""
        with self._database.begin() as connection:
            return int(
                connection.execute(
                    sa.select(sa.func.count(leads.c.id)).where(condition(filters, folds=self._database.one_writer))
                ).scalar_one()
            )

    def has_unsearched(self) -> bool:
        """Whether there are leads so old that no search for words looks at them."""
        old = sa.select(leads.c.id).where(leads.c.id <= oldest_searched(), leads.c.revision > 0).limit(1)
        with self._database.begin() as connection:
            return connection.execute(old).first() is not None

    def _listed(self, condition: sa.ColumnElement[bool], limit: int | None) -> list[Lead]:
        with self._database.begin() as connection:
            return self._read(connection, condition, limit)

    def count_open(self, *, samples: bool = True) -> int:
        """How many leads are open, with the samples or without."""
        query = sa.select(sa.func.count()).where(*_OPEN, *_world(samples))
        with self._database.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def _read(self, connection: sa.Connection, condition: sa.ColumnElement[bool], limit: int | None) -> list[Lead]:
        query = sa.select(leads).where(condition).order_by(*_RANK).limit(limit)
        rows = connection.execute(query).mappings().all()
        pairs = _pairs(connection, [row["id"] for row in rows])
        return [_lead(row, pairs.get(row["id"], [])) for row in rows]


def _world(samples: bool) -> list[sa.ColumnElement[bool]]:
    return [] if samples else [sa.not_(leads.c.sample)]


def _pairs(connection: sa.Connection, lead_ids: Sequence[int]) -> dict[int, list[Match]]:
    """The matches of each lead among the earlier ones, strongest first."""
    found: dict[int, list[Match]] = {}
    for start in range(0, len(lead_ids), AT_ONCE):
        of_some = matches.c.lead_id.in_(lead_ids[start : start + AT_ONCE])
        query = sa.select(matches).where(of_some).order_by(matches.c.score.desc(), matches.c.other_id)
        for row in connection.execute(query).mappings():
            found.setdefault(row["lead_id"], []).append(judged(row))
    return found


def _lead(row: sa.RowMapping, pairs: list[Match]) -> Lead:
    names = ("id", "uuid", "message_id", "status", "subject", "ask", "text", "channel", "received_at", "revision")
    more = ("analysis", "duplicate_of", "business", "sample", "owner", "owner_name", "note", "snoozed_until")
    found = {name: row[name] for name in (*names, *more, "whole", "historical")} | {"matches": tuple(pairs)}
    return Lead.model_validate(found | overlaid(row) | ({"origin": row["origin"]} if row["origin"] else {}))
