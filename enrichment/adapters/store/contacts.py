"""Who wrote: contacts and the addresses and numbers they were seen with. Linked by leads, never merged."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.schema import contact_points, contacts, leads, samples_only
from enrichment.lead import Contact
from enrichment.ports import name_key

Keys = Sequence[tuple[str, str]]
# An e-mail address counts before a phone.
KINDS = ("email", "phone")


def _oldest(*, sample: bool) -> sa.Select[Any]:
    """The oldest contact with one of `keys` of the kind `kind`; built once, for it is asked twice of every message."""
    samples = sa.select(leads.c.id).where(leads.c.contact_id == contact_points.c.contact_id, samples_only).exists()
    return sa.select(sa.func.min(contact_points.c.contact_id)).where(
        contact_points.c.kind == sa.bindparam("kind"),
        contact_points.c.value.in_(sa.bindparam("keys", expanding=True)),
        samples if sample else sa.not_(samples),
    )


_OLDEST = {sample: _oldest(sample=sample) for sample in (False, True)}
_INSERT = sa.insert(contacts).returning(contacts.c.id)


def _holding() -> sa.ColumnElement[bool]:
    points = contact_points.c
    kinds = (sa.and_(points.kind == kind, points.value.in_(sa.bindparam(kind, expanding=True))) for kind in KINDS)
    return sa.or_(*kinds)


# The contacts with one of the keys of each kind; its parameters are those of `by_kind`.
HOLDERS = sa.select(contact_points.c.contact_id).where(_holding())


def by_kind(keys: Keys) -> dict[str, list[str]]:
    """The values of each kind."""
    return {kind: [value for other, value in keys if other == kind] for kind in KINDS}


def find(connection: sa.Connection, keys: Keys, *, sample: bool = False) -> int | None:
    """The oldest contact with one of these keys; an e-mail address counts before a phone.

    sample: whether to look among the samples' contacts, which are nobody else's, or among all others.
    """
    for kind, of_kind in by_kind(keys).items():
        if of_kind and (found := connection.execute(_OLDEST[sample], {"kind": kind, "keys": of_kind}).scalar()):
            return int(found)
    return None


def addresses(connection: sa.Connection, limit: int) -> list[str]:
    """The e-mail addresses of all but the samples' contacts, newest first."""
    samples = sa.select(leads.c.id).where(leads.c.contact_id == contact_points.c.contact_id, samples_only).exists()
    query = sa.select(contact_points.c.value).where(contact_points.c.kind == "email", sa.not_(samples))
    return list(connection.execute(query.order_by(contact_points.c.id.desc()).limit(limit)).scalars())


def save(
    connection: sa.Connection, database: Database, contact: Contact, keys: Keys, now: datetime, *, sample: bool = False
) -> int:
    """The contact's row number: the one known by a key, or a new one; new keys are added to it."""
    contact_id = find(connection, keys, sample=sample)
    if contact_id is None:
        row = {
            "uuid": str(uuid.uuid4()),
            "name": contact.name,
            "name_key": name_key(contact.name),
            "company": contact.company,
            "created_at": now,
        }
        contact_id = connection.execute(_INSERT, row).scalar_one()
    if keys:
        points = [{"contact_id": contact_id, "kind": kind, "value": value} for kind, value in keys]
        connection.execute(database.insert(contact_points).on_conflict_do_nothing(), points)
    return contact_id
