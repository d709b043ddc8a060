"""What staff put in the place of what the machine found: who the customer is, and how urgent it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from enrichment.adapters.store.acts import EDITED, Change, actor_of, clean, hold, name_of, standing
from enrichment.adapters.store.engine import Database
from enrichment.adapters.store.events import record
from enrichment.adapters.store.overlay import POINTS, URGENCY_BY, contact_with, edits_of
from enrichment.adapters.store.revise import rise
from enrichment.adapters.store.schema import contact_points, leads
from enrichment.errors import GiveUp
from enrichment.lead import Edits
from enrichment.ports import Clock
from enrichment.store_ports import TypedContacts

LONGEST_WORD = 200
LONGEST_FIELD = 1000
EMAIL, PHONE, URGENCY = "email", "phone", "urgency"
Given = Mapping[str, str | int | None]
_MOST = 100


class Editing:
    """Staff's corrections of a lead; every method is one transaction."""

    def __init__(self, database: Database, clock: Clock, typed: TypedContacts) -> None:
        self._database = database
        self._clock = clock
        self._typed = typed

    def edit(self, lead_id: int, actor: str, name: str, edits: Given) -> Change:
        """Correct these fields; the others stay as they were edited before.

        edits: name, email, phone, company, urgency; None takes the edit back, an empty word takes away what was found.
        What says no more than the lead does already changes nothing. Raises GiveUp with one line for a wrong value.
        """
        with self._database.begin(write=True) as connection:
            row = hold(connection, lead_id)
            before = edits_of(row.edits)
            read = {field: self._read(field, value, row.business) for field, value in edits.items()}
            after = before.model_copy(update=_changed(row, before, read))
            done = after != before
            if done:
                self._write(connection, lead_id, row, after, _by(row, before, after, name))
                rise(connection, lead_id)
                said = {"name": name_of(name), **_difference(before, after)}
                record(connection, self._clock.now(), actor_of(actor), EDITED, lead_id=lead_id, detail=said)
            return standing(connection, lead_id, done=done, actions=(EDITED,))

    def _read(self, field: str, value: str | int | None, business: str) -> str | int | None:
        """The value as it is stored. Raises GiveUp."""
        if field not in Edits.model_fields:
            raise GiveUp(f"{field[:40]} cannot be edited")
        if value is None:
            return None
        if field == URGENCY:
            return _urgency(value)
        word = clean(" ".join(str(value)[:LONGEST_FIELD].split()), LONGEST_FIELD)
        if word and field == EMAIL:
            return self._typed.email(word)
        if word and field == PHONE:
            return self._typed.phone(word, business)
        return word[:LONGEST_WORD]

    def _write(self, connection: sa.Connection, lead_id: int, row: Any, after: Edits, by: str) -> None:
        """The edits, and what else follows them: the lead's rank, and by what its customer is known again."""
        stored: dict[str, Any] = after.model_dump(exclude_none=True)
        points = self._points(connection, lead_id, row, after)
        stored |= ({URGENCY_BY: by} if by else {}) | ({POINTS: points} if points else {})
        urgency = row.triage["urgency"] if after.urgency is None else after.urgency
        mine = sa.update(leads).where(leads.c.id == lead_id)
        connection.execute(mine.values(edits=stored or sa.null(), urgency=urgency))

    def _points(self, connection: sa.Connection, lead_id: int, row: Any, after: Edits) -> list[list[str]]:
        """Make the contact known by the edited details, and no longer by what only an earlier edit had brought."""
        found = set(self._typed.keys(contact_with(row.contact, Edits())))
        wanted = {key for key in self._typed.keys(contact_with(row.contact, after)) if key not in found}
        ours = {(str(kind), str(value)) for kind, value in (row.edits or {}).get(POINTS, ())}
        if not _is_shared(connection, row.contact_id, lead_id):
            _forget(connection, row.contact_id, sorted(ours - wanted))
        new = sorted(wanted - ours)
        insert = self._database.insert(contact_points).on_conflict_do_nothing()
        for kind, value in new:
            point = {"contact_id": row.contact_id, "kind": kind, "value": value}
            if connection.execute(insert.returning(contact_points.c.id), point).scalar() is not None:
                ours.add((kind, value))
        return [list(key) for key in sorted(ours & wanted)]


def _urgency(value: str | int) -> int:
    text = str(value).strip()[:4]
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and int(text) <= _MOST):
        raise GiveUp("urgency is a number from 0 to 100")
    return int(text)


def _changed(row: Any, before: Edits, read: Mapping[str, Any]) -> dict[str, Any]:
    """Of what was given, what says something else than the lead does: a form sends back all its fields."""
    contact = contact_with(row.contact, before)
    urgency = row.triage["urgency"] if before.urgency is None else before.urgency
    shown = {
        "urgency": urgency,
        **{field: getattr(contact, field) or "" for field in Edits.model_fields if field != URGENCY},
    }
    return {field: value for field, value in read.items() if value is None or value != shown[field]}


def _by(row: Any, before: Edits, after: Edits, name: str) -> str:
    """Who is said to have set the urgency."""
    if after.urgency is None:
        return ""
    return name_of(name) if after.urgency != before.urgency else str((row.edits or {}).get(URGENCY_BY, ""))


def _difference(before: Edits, after: Edits) -> dict[str, Any]:
    was, now = before.model_dump(), after.model_dump()
    fields = [field for field in now if now[field] != was[field]]
    return {"fields": fields, "was": {f: was[f] for f in fields}, "now": {f: now[f] for f in fields}}


def _is_shared(connection: sa.Connection, contact_id: int, lead_id: int) -> bool:
    """Whether a later lead may have come by one of the contact's keys, which then are its own."""
    later = sa.select(leads.c.id).where(leads.c.contact_id == contact_id, leads.c.id > lead_id)
    return connection.execute(later.limit(1)).first() is not None


def _forget(connection: sa.Connection, contact_id: int, keys: Sequence[tuple[str, str]]) -> None:
    points = contact_points.c
    for kind, value in keys:
        mine = sa.and_(points.contact_id == contact_id, points.kind == kind, points.value == value)
        connection.execute(sa.delete(contact_points).where(mine))
