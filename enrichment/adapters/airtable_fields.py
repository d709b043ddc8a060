"""What the Airtable table looks like, what of a lead it can take, and what a person should change, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pyairtable.models.schema import SingleSelectFieldSchema, TableSchema

from enrichment.adapters.airtable_errors import NO_KEY
from enrichment.adapters.lead_record import COLUMNS, KEY, Column, Kind, Value, record
from enrichment.errors import GiveUp, NeedsPerson
from enrichment.lead import Lead

_TEXT = ("singleLineText", "multilineText")
# The first is the one to make. Rich text is none of them: a customer's words could disguise a link in it.
TYPES: dict[Kind, tuple[str, ...]] = {
    Kind.KEY: _TEXT,
    Kind.LINE: _TEXT,
    Kind.TERM: (*_TEXT, "singleSelect"),
    Kind.TEXT: ("multilineText", "singleLineText"),
    Kind.EMAIL: ("email", *_TEXT),
    Kind.PHONE: ("phoneNumber", *_TEXT),
    Kind.NUMBER: ("number", *_TEXT),
    Kind.CHOICE: ("singleSelect", *_TEXT),
    Kind.MOMENT: ("dateTime", "date", *_TEXT),
}
STAYS_OUT = ", or it stays out"
# As Airtable's own menu calls them.
TYPE_NAMES = {
    "singleLineText": "single line text",
    "multilineText": "long text",
    "richText": "long text with rich text formatting",
    "email": "email",
    "phoneNumber": "phone number",
    "number": "number",
    "singleSelect": "single select",
    "dateTime": "date with time",
    "date": "date",
}
COMPUTED = frozenset(
    {"aiText", "autoNumber", "button", "count", "createdBy", "createdTime", "externalSyncSource", "formula",
     "lastModifiedBy", "lastModifiedTime", "multipleLookupValues", "rollup"}
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """The fields that can be written.

    types: Airtable's type by field name, choices: the options by single select; both empty when they are not known.
    problems: what a person should change, a line each.
    """

    columns: tuple[Column, ...] = COLUMNS
    types: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def without(self, name: str) -> Shape:
        """The same without a field that the table turned out not to have."""
        rest = tuple(column for column in self.columns if column.name != name)
        return replace(self, columns=rest, problems=(*self.problems, _missing(name) + STAYS_OUT))


UNCHECKED = Shape(
    problems=("the table's fields cannot be checked: give the token the scope schema.bases:read",),
)


def shape_of(table: TableSchema) -> Shape:
    """What the table can take. Raises NeedsPerson when it has no field for the key."""
    types = {each.name: str(getattr(each.type, "value", each.type)) for each in table.fields}
    choices = {
        each.name: frozenset(choice.name for choice in each.options.choices)
        for each in table.fields
        if isinstance(each, SingleSelectFieldSchema)
    }
    wrong = {column.name: _wrong(column, types.get(column.name)) for column in COLUMNS}
    if KEY not in types:
        raise NeedsPerson(NO_KEY)
    if wrong[KEY]:
        raise NeedsPerson(f"nothing can be written to Airtable: {wrong[KEY]}")
    lacking = [_lacking(column, choices[column.name]) for column in COLUMNS if column.name in choices]
    return Shape(
        columns=tuple(column for column in COLUMNS if not wrong[column.name]),
        types=types,
        choices=choices,
        problems=(*(words + STAYS_OUT for words in wrong.values() if words), *(words for words in lacking if words)),
    )


def _missing(name: str) -> str:
    return f"the table has no field {name}: add it"


def _wrong(column: Column, kind: str | None) -> str:
    """Why nothing can be written to this column's field; empty when all is well."""
    if kind is None:
        return _missing(column.name)
    if kind in TYPES[column.kind]:
        return ""
    is_now = f"is computed ({kind})" if kind in COMPUTED else f"has the type {TYPE_NAMES.get(kind, kind)}"
    return f"the field {column.name} {is_now}: change it to {TYPE_NAMES[TYPES[column.kind][0]]}"


def _lacking(column: Column, options: frozenset[str]) -> str:
    """Which of the words that we shall write a single select lacks."""
    missing = [choice for choice in column.choices if choice not in options]
    if not missing:
        return ""
    plural = "options" if len(missing) > 1 else "option"
    return f"the field {column.name} lacks the {plural} {', '.join(missing)}: add what is missing, or make it a text field"  # fmt: skip  # noqa: E501


def fields_of(lead: Lead, shape: Shape) -> dict[str, Value]:
    """What is written of a lead. Raises GiveUp when a single select lacks the option."""
    values = record(lead)
    written: dict[str, Value] = {}
    for column in shape.columns:
        value = values[column.name]
        if value is None and column.kept:
            continue
        written[column.name] = _fitting(column, value, shape)
    return written


def _fitting(column: Column, value: Value, shape: Shape) -> Value:
    """The value as the field's type wants it."""
    options = shape.choices.get(column.name)
    if value is not None and options is not None and value not in options:
        raise GiveUp(f"add the option {value} to the Airtable field {column.name}, or make it a text field")
    kind = shape.types.get(column.name, "")
    if kind == "date" and isinstance(value, str):
        return value[:10]
    return str(value) if kind in _TEXT and isinstance(value, int) else value
