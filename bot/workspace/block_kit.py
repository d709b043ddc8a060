"""Checks blocks and views against Slack's Block Kit rules, which are the rows of block_kit.json.

A row of "fields" says what one field of one kind of object may hold: `of` names the object ("block section"; "block *"
is all of that family), `is` the kind of value. A row of "rules" ties fields of an object together. A new limit is a new
row; only a new kind of value or of rule needs code here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

MAX_PROBLEMS = 20
Row = dict[str, Any]


class Problem(NamedTuple):
    """A broken rule; pointer: where, as a JSON pointer; error: Slack's code when the rule has one of its own."""

    text: str
    pointer: str
    error: str | None = None

    def __str__(self) -> str:
        return f"{self.text} [json-pointer:{self.pointer}]"


class Table(NamedTuple):
    """The rows by the object that they speak of."""

    groups: dict[str, list[str]]
    fields: dict[str, list[Row]]
    rules: dict[str, list[Row]]


@cache
def table() -> Table:
    """The rules as shipped."""
    data = json.loads(Path(__file__).with_name("block_kit.json").read_text(encoding="utf-8"))
    fields: dict[str, list[Row]] = {}
    rules: dict[str, list[Row]] = {}
    for row in data["fields"]:
        fields.setdefault(row["of"], []).append(row)
    for row in data["rules"]:
        rules.setdefault(row["on"], []).append(row)
    return Table(data["groups"], fields, rules)


def check_message(blocks: Any) -> list[Problem]:
    """What Slack would refuse in a message's blocks; empty when it would take them."""
    return _first(_object("message", {"blocks": blocks}, ""))


def check_view(view: Any, kinds: tuple[str, ...] = ("modal", "home")) -> list[Problem]:
    """What Slack would refuse in a view of one of these kinds."""
    return _first(_typed({"family": "view", "any": list(kinds)}, view, "/view"))


def _first(problems: Iterator[Problem]) -> list[Problem]:
    return [problem for problem, _ in zip(problems, range(MAX_PROBLEMS), strict=False)]


def _value(row: Row, value: Any, pointer: str) -> Iterator[Problem]:
    yield from KINDS[row["is"]](row, value, pointer)


def _object(name: str, value: Any, pointer: str, *, typed: bool = False) -> Iterator[Problem]:
    """Check an object's fields, then, if each is good, what ties them together."""
    if not isinstance(value, dict):
        yield Problem("must provide an object", pointer)
        return
    family = name.partition(" ")[0]
    rows = {row["field"]: row for of in (f"{family} *", name) for row in table().fields.get(of, [])}
    broken = False
    for problem in _fields(rows, value, pointer, typed=typed):
        broken = True
        yield problem
    if not broken:
        for rule in table().rules.get(name, []):
            yield from RULES[rule["rule"]](rule, value, pointer)


def _fields(rows: dict[str, Row], value: Row, pointer: str, *, typed: bool) -> Iterator[Problem]:
    for field, row in rows.items():
        if field in value:
            yield from _value(row, value[field], f"{pointer}/{field}")
        elif row.get("required"):
            yield Problem(f"missing required field: {field}", pointer)
    for field in value:
        if field not in rows and not (typed and field == "type"):
            yield Problem(f"invalid additional property: {field}", pointer)


def _typed(row: Row, value: Any, pointer: str) -> Iterator[Problem]:
    """An object whose "type" says which rows hold; max is the length of its text."""
    if not isinstance(value, dict):
        yield Problem("must provide an object", pointer)
        return
    allowed = row["any"] if isinstance(row["any"], list) else table().groups[row["any"]]
    kind = value.get("type")
    if kind is None:
        yield Problem("missing required field: type", pointer)
    elif kind not in allowed:
        yield Problem(f"unsupported type: {kind}", f"{pointer}/type")
    else:
        yield from _object(f"{row['family']} {kind}", value, pointer, typed=True)
        if isinstance(text := value.get("text"), str):  # a row here is tighter than the text object's own
            yield from _length(row, text, f"{pointer}/text")


def _length(row: Row, text: str, pointer: str) -> Iterator[Problem]:
    if "max" in row and len(text) > row["max"]:
        yield Problem(f"must be less than {row['max'] + 1} characters", pointer)
    if len(text) < row.get("min", 0):
        yield Problem(f"must be more than {row['min'] - 1} characters", pointer)


def _string(row: Row, value: Any, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem("must provide a string", pointer)
        return
    yield from _length(row, value, pointer)
    if "choices" in row and value not in row["choices"]:
        yield Problem("value is not one of the allowed values: " + ", ".join(row["choices"]), pointer)
    if "prefix" in row and not value.startswith(tuple(row["prefix"])):
        yield Problem("must provide a valid URL", pointer)
    if "pattern" in row and not re.fullmatch(row["pattern"], value, re.ASCII):
        yield Problem(f"must be like {row['example']}", pointer)


def _integer(row: Row, value: Any, pointer: str) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield Problem("must provide an integer", pointer)
    elif value < row.get("min", value):
        yield Problem(f"must be greater than or equal to {row['min']}", pointer)
    elif value > row.get("max", value):
        yield Problem(f"must be less than or equal to {row['max']}", pointer)


def _boolean(_: Row, value: Any, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem("must provide a boolean", pointer)


def _list(row: Row, value: Any, pointer: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem("must provide an array", pointer)
    elif len(value) > row.get("max", len(value)):
        yield Problem(f"no more than {row['max']} items allowed", pointer)
    elif len(value) < row.get("min", 0):
        yield Problem(f"no less than {row['min']} items allowed", pointer)
    else:
        for number, item in enumerate(value):
            yield from _value(row["item"], item, f"{pointer}/{number}")


def _unique(rule: Row, value: Row, pointer: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, item in enumerate(value.get(rule["list"], [])):
        name = item.get(rule["field"])
        if name in seen:
            yield Problem(f"`{rule['field']}` already exists", f"{pointer}/{rule['list']}/{number}/{rule['field']}")
        if name:
            seen.add(name)


def _needs(rule: Row, value: Row, pointer: str) -> Iterator[Problem]:
    present = any(item["type"] == rule["type"] for item in value[rule["list"]])
    if present and rule["field"] not in value:
        yield Problem(f"missing required field: {rule['field']}", pointer)


def _some(rule: Row, value: Row, pointer: str) -> Iterator[Problem]:
    if not any(field in value for field in rule["fields"]):
        yield Problem("must define either " + " or ".join(f"`{field}`" for field in rule["fields"]), pointer)


def _one(rule: Row, value: Row, pointer: str) -> Iterator[Problem]:
    if sum(field in value for field in rule["fields"]) != 1:
        yield Problem("must define exactly one of " + ", ".join(f"`{field}`" for field in rule["fields"]), pointer)


def _member(rule: Row, value: Row, pointer: str) -> Iterator[Problem]:
    if rule["field"] in value and rule["list"] in value and value[rule["field"]] not in value[rule["list"]]:
        yield Problem("must be one of the provided options", f"{pointer}/{rule['field']}")


def _members(rule: Row, value: Row, pointer: str) -> Iterator[Problem]:
    if rule["list"] in value and any(one not in value[rule["list"]] for one in value.get(rule["field"], [])):
        yield Problem("must be among the provided options", f"{pointer}/{rule['field']}")


def _total_text(rule: Row, value: Row, pointer: str) -> Iterator[Problem]:
    total, waiting = 0, [value]
    while waiting:
        item: Any = waiting.pop()
        if isinstance(item, dict):
            total += len(item["text"]) if isinstance(item.get("text"), str) else 0
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    if total > rule["max"]:
        yield Problem(f"must be less than {rule['max'] + 1} characters", f"{pointer}/blocks", rule["error"])


KINDS: dict[str, Callable[[Row, Any, str], Iterator[Problem]]] = {
    "boolean": _boolean,
    "free": lambda _row, _value, _pointer: iter(()),
    "integer": _integer,
    "list": _list,
    "object": lambda row, value, pointer: _object(row["as"], value, pointer),
    "string": _string,
    "typed": _typed,
}
RULES: dict[str, Callable[[Row, Row, str], Iterator[Problem]]] = {
    "member": _member,
    "members": _members,
    "needs": _needs,
    "one": _one,
    "some": _some,
    "total_text": _total_text,
    "unique": _unique,
}
