"""A table as Airtable keeps it: typed fields, rows, upserts that happen as a whole or not at all."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

LONGEST_TEXT = 100_000
COMPUTED = {"formula", "rollup", "count", "autoNumber", "createdTime", "lastModifiedTime", "createdBy", "button"}
# What pyairtable's models want to see with a type.
OPTIONS: dict[str, dict[str, Any]] = {
    "number": {"precision": 0},
    "dateTime": {
        "timeZone": "utc",
        "dateFormat": {"name": "iso", "format": "YYYY-MM-DD"},
        "timeFormat": {"name": "24hour", "format": "HH:mm"},
    },
    "date": {"dateFormat": {"name": "iso", "format": "YYYY-MM-DD"}},
    "formula": {"formula": "1", "isValid": True},
    "checkbox": {"icon": "check", "color": "greenBright"},
}
# What a person makes who follows docs/airtable.md.
LEADS = (
    *(
        (name, "singleLineText")
        for name in ("Leadbot Key", "Lead ID", "Name", "Company", "Request", "Intent", "Service")
    ),
    *((name, "singleLineText") for name in ("Owner", "Business", "Duplicate Of")),
    *((name, "multilineText") for name in ("Message", "Summary", "Note", "Why")),
    ("Email", "email"),
    ("Phone", "phoneNumber"),
    ("Urgency", "number"),
    ("Received", "dateTime"),
)
SELECTS = {
    "Priority": ("Hot", "Warm", "Cold"),
    "Status": ("Open", "Claimed", "Won", "Lost", "Not a lead"),
    "Channel": ("Email", "Slack"),
}


class Refused(Exception):
    """Airtable's 422: its name for the error, and its words."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class FieldOf:
    """One field: its type, and a select's options."""

    kind: str
    choices: list[str] = field(default_factory=list)

    def described(self, number: int, name: str) -> dict[str, Any]:
        """The field as the schema shows it."""
        shown: dict[str, Any] = {"id": f"fld{number:014d}", "name": name, "type": self.kind}
        options = OPTIONS.get(self.kind)
        if self.kind == "singleSelect":
            options = {"choices": [{"id": f"sel{n:014d}", "name": choice} for n, choice in enumerate(self.choices)]}
        return shown | ({"options": options} if options else {})


class Table:
    """Rows by id, in the order in which they were made."""

    def __init__(self, name: str, fields: dict[str, FieldOf], number: int = 1) -> None:
        self.name = name
        self.id = f"tbl{number:014d}"
        self.fields = fields
        self.rows: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    @classmethod
    def leads(cls, name: str = "Leads") -> Table:
        """The table that docs/airtable.md describes."""
        plain = {each: FieldOf(kind) for each, kind in LEADS}
        return cls(name, plain | {each: FieldOf("singleSelect", list(options)) for each, options in SELECTS.items()})

    def described(self) -> dict[str, Any]:
        """The table as the schema shows it."""
        fields = [each.described(number, name) for number, (name, each) in enumerate(self.fields.items())]
        return {"id": self.id, "name": self.name, "primaryFieldId": fields[0]["id"], "fields": fields, "views": []}

    def shown(self, row_id: str, only: Sequence[str] = ()) -> dict[str, Any]:
        """A row as Airtable answers it: empty cells are left out."""
        cells = self.rows[row_id]
        kept = {name: value for name, value in cells.items() if not only or name in only}
        return {"id": row_id, "createdTime": "2026-11-20T09:00:00.000Z", "fields": kept}

    def upsert(self, records: Any, merge_on: Any, *, typecast: bool) -> dict[str, Any]:
        """Write all records or none. Raises Refused."""
        if not isinstance(records, list) or not 1 <= len(records) <= 10:
            raise Refused("INVALID_REQUEST_UNKNOWN", "Invalid request: parameter validation failed. Check your request data.")  # fmt: skip  # noqa: E501
        if not isinstance(merge_on, list) or not 1 <= len(merge_on) <= 3:
            raise Refused("INVALID_REQUEST_UNKNOWN", "fieldsToMergeOn must have 1 to 3 fields")
        for name in merge_on:
            self._check_key(name)
        checked = [self._checked(record["fields"], typecast=typecast) for record in records]
        found = [self._found(cells, merge_on) for cells in checked]
        known = [row_id for row_id in found if row_id]
        if len(set(known)) < len(known):
            raise Refused("INVALID_REQUEST_UNKNOWN", "Two records in the request match the same row")
        written = [self._put(cells, row_id) for cells, row_id in zip(checked, found, strict=True)]
        return {
            "records": [self.shown(row_id) for row_id in written],
            "updatedRecords": known,
            "createdRecords": [row_id for row_id in written if row_id not in known],
        }

    def _check_key(self, name: str) -> None:
        if name not in self.fields:
            raise Refused("UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')
        if self.fields[name].kind not in {"singleLineText", "multilineText", "number", "singleSelect", "date"}:
            raise Refused("INVALID_REQUEST_UNKNOWN", f'Field "{name}" cannot be merged on')

    def _found(self, cells: dict[str, Any], merge_on: list[str]) -> str | None:
        key = [cells.get(name) for name in merge_on]
        matches = [row_id for row_id, row in self.rows.items() if [row.get(name) for name in merge_on] == key]
        if len(matches) > 1:
            raise Refused("INVALID_REQUEST_UNKNOWN", "Multiple records match the fields to merge on")
        return matches[0] if matches else None

    def _put(self, cells: dict[str, Any], row_id: str | None) -> str:
        made = row_id or f"rec{next(self._numbers):014d}"
        row = self.rows.get(made, {}) | cells
        self.rows[made] = {name: value for name, value in row.items() if value not in (None, "")}
        return made

    def _checked(self, cells: dict[str, Any], *, typecast: bool) -> dict[str, Any]:
        for name in cells:
            if name not in self.fields:
                raise Refused("UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')
        return {name: self._value(name, self.fields[name], value, typecast=typecast) for name, value in cells.items()}

    def _value(self, name: str, of: FieldOf, value: Any, *, typecast: bool) -> Any:
        if of.kind in COMPUTED:
            words = f'Field "{name}" cannot accept a value because the field is computed'
            raise Refused("INVALID_VALUE_FOR_COLUMN", words)
        if value is None:
            return None
        if of.kind == "singleSelect" and isinstance(value, str):
            return self._choice(of, value, typecast=typecast)
        if typecast and of.kind == "number":
            value = float(value)
        if not fits(of.kind, value):
            raise Refused("INVALID_VALUE_FOR_COLUMN", f'Field "{name}" cannot accept the provided value')
        return value

    def _choice(self, of: FieldOf, value: str, *, typecast: bool) -> str:
        if value not in of.choices and not typecast:
            words = f'Insufficient permissions to create new select option ""{value}""'
            raise Refused("INVALID_MULTIPLE_CHOICE_OPTIONS", words)
        if value not in of.choices:
            of.choices.append(value)
        return value


def fits(kind: str, value: Any) -> bool:
    """Whether a field of this type takes the value as it is."""
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "checkbox":
        return isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if kind in {"date", "dateTime"}:
        return _is_moment(kind, value)
    broken = "\0" in value or any("\ud800" <= each <= "\udfff" for each in value)
    return len(value.encode("utf-16-le", "surrogatepass")) <= 2 * LONGEST_TEXT and not broken


def _is_moment(kind: str, value: str) -> bool:
    try:
        date.fromisoformat(value) if kind == "date" and len(value) == 10 else _with_time(kind, value)
    except ValueError:
        return False
    return True


def _with_time(kind: str, value: str) -> None:
    if kind == "date":
        raise ValueError("a date has no time")
    datetime.fromisoformat(value)
