"""Block Kit: each row of the table accepts what keeps it and refuses what breaks it; Slack's figures are pinned."""

from __future__ import annotations

from typing import Any

import pytest

from bot.workspace import block_kit
from bot.workspace.block_kit import check_message, check_view, table

Json = dict[str, Any]
PLAIN: Json = {"type": "plain_text", "text": "words"}
OPTION: Json = {"text": PLAIN, "value": "one"}
BUTTON: Json = {"type": "button", "text": PLAIN}
URL = "https://example.com/picture.png"

# The smallest valid object of each kind that has required or tied fields; the others are valid with their type alone.
SAMPLES: dict[str, Json] = {
    "message": {},
    "text plain_text": {"text": "words"},
    "text mrkdwn": {"text": "words"},
    "context plain_text": {"text": "words"},
    "context mrkdwn": {"text": "words"},
    "context image": {"image_url": URL, "alt_text": "a picture"},
    "view modal": {"title": PLAIN, "blocks": []},
    "view home": {"blocks": []},
    "block section": {"text": PLAIN},
    "block header": {"text": PLAIN},
    "block context": {"elements": [PLAIN]},
    "block actions": {"elements": [BUTTON]},
    "block image": {"image_url": URL, "alt_text": "a picture"},
    "block input": {"label": PLAIN, "element": {"type": "plain_text_input"}},
    "block markdown": {"text": "words"},
    "block rich_text": {"elements": []},
    "rich rich_text_section": {"elements": []},
    "rich rich_text_quote": {"elements": []},
    "rich rich_text_preformatted": {"elements": []},
    "rich rich_text_list": {"style": "bullet", "elements": [{"type": "rich_text_section", "elements": []}]},
    "inline text": {"text": "words"},
    "inline link": {"url": URL},
    "inline user": {"user_id": "U1"},
    "inline channel": {"channel_id": "C1"},
    "inline usergroup": {"usergroup_id": "S1"},
    "inline emoji": {"name": "fire"},
    "inline broadcast": {"range": "here"},
    "inline date": {"timestamp": 1, "format": "{date}"},
    "inline color": {"value": "#fff"},
    "element button": {"text": PLAIN},
    "element image": {"image_url": URL, "alt_text": "a picture"},
    "element static_select": {"options": [OPTION]},
    "element multi_static_select": {"options": [OPTION]},
    "element radio_buttons": {"options": [OPTION]},
    "element checkboxes": {"options": [OPTION]},
    "element overflow": {"options": [OPTION]},
    "element number_input": {"is_decimal_allowed": True},
    "slack file": {"id": "F1"},
    "option": OPTION,
    "rich option": OPTION,
    "option group": {"label": PLAIN, "options": [OPTION]},
    "confirm": {"title": PLAIN, "text": PLAIN, "confirm": PLAIN, "deny": PLAIN},
}
UNTYPED = {"rich option", "option group", "slack file"}
# Fields that Slack lets stand only in another's place.
INSTEAD_OF = {"slack_file": "image_url", "option_groups": "options", "url": "id"}
ROWS = [row for rows in table().fields.values() for row in rows]
KINDS_OF_OBJECT = sorted({row["of"] for row in ROWS if not row["of"].endswith(" *")})


def problems(of: str, value: Json) -> list[str]:
    """What is wrong with an object of the kind that a row names."""
    return [str(problem) for problem in block_kit._object(of, value, "", typed=" " in of)]


def sample(of: str) -> Json:
    """A valid object of that kind; for a whole family, of its first member."""
    family = of.removesuffix(" *")
    name = next(kind for kind in KINDS_OF_OBJECT if kind.startswith(family + " ")) if of.endswith(" *") else of
    typed = {"type": name.partition(" ")[2]} if " " in name and name not in UNTYPED else {}
    return {**typed, **SAMPLES.get(name, {})}


def checked_kind(of: str) -> str:
    """The kind of object whose check shows this row at work."""
    if not of.endswith(" *"):
        return of
    return next(str(kind) for kind in KINDS_OF_OBJECT if kind.startswith(of.removesuffix("*")))


def largest(row: Json, default: int) -> int:
    """The largest number or length that a row allows."""
    number: int = row.get("max") or row.get("min") or default
    return number


def good(row: Json) -> Any:  # noqa: PLR0911 - one line for each kind of value
    """The largest value that a row allows."""
    match row["is"]:
        case "string":
            choices: list[str] = row.get("choices", [])
            if "example" in row:
                return row["example"]
            start: str = row.get("prefix", [""])[0]
            return choices[0] if choices else start.ljust(largest(row, 5), "x")
        case "boolean":
            return True
        case "integer":
            return largest(row, 1)
        case "typed":
            kinds = row["any"] if isinstance(row["any"], list) else table().groups[row["any"]]
            value = sample(f"{row['family']} {kinds[0]}")
            return {**value, "text": "x" * row["max"]} if "max" in row else value
        case "object":
            return sample(row["as"])
        case "list":
            return [good(row["item"])] * largest(row, 1)
        case _:
            return {"anything": 1}


def bad(row: Json) -> list[Any]:  # noqa: PLR0911 - one line for each kind of value
    """Values that break a row, each in another way."""
    most: Any = row.get("max")
    least: Any = row.get("min")
    match row["is"]:
        case "string":
            texts = [7, *(["x" * (most + 1)] if most else []), *([""] if least else [])]
            texts += ["nonsense", row["example"] + "0"] if "example" in row else []
            return texts + ["nonsense"] * ("choices" in row) + ["ftp://example.com"] * ("prefix" in row)
        case "boolean":
            return ["true", 1, None]
        case "integer":
            return ["1", True, *([most + 1] if most is not None else []), *([least - 1] if least is not None else [])]
        case "typed":
            long = [{**good(row), "text": "x" * (most + 1)}] if most else []
            return ["words", {}, {"type": "nonsense"}, *long]
        case "object":
            return ["words", {"nonsense": 1}]
        case "list":
            many = [[good(row["item"])] * (most + 1)] if most else []
            return [{}, *many, *([[]] if least else []), [bad(row["item"])[0]]]
        case _:
            return []


def name(row: Json) -> str:
    """How a row's test is called."""
    return f"{row['of']}.{row['field']}"


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_a_field_row_accepts_what_keeps_it(row: Json) -> None:
    """The largest allowed value passes."""
    value = {**sample(row["of"]), row["field"]: good(row)}
    value.pop(INSTEAD_OF.get(row["field"], ""), None)
    assert problems(checked_kind(row["of"]), value) == []


@pytest.mark.parametrize("row", [row for row in ROWS if row["is"] != "free"], ids=name)
def test_a_field_row_refuses_what_breaks_it(row: Json) -> None:
    """Every kind of wrong value is refused, and the answer points at the field."""
    for value in bad(row):
        found = problems(checked_kind(row["of"]), {**sample(row["of"]), row["field"]: value})
        assert any(f"[json-pointer:/{row['field']}" in problem for problem in found), value


@pytest.mark.parametrize("row", [row for row in ROWS if row.get("required")], ids=name)
def test_a_required_field_may_not_be_missing(row: Json) -> None:
    """Leaving it out is refused by its name."""
    value = sample(row["of"])
    del value[row["field"]]
    assert f"missing required field: {row['field']} [json-pointer:]" in problems(checked_kind(row["of"]), value)


@pytest.mark.parametrize("of", KINDS_OF_OBJECT)
def test_unknown_fields_are_refused(of: str) -> None:
    """Every kind of object refuses a field that no row names."""
    assert problems(of, sample(of)) == []
    assert problems(of, {**sample(of), "nonsense": 1}) == ["invalid additional property: nonsense [json-pointer:]"]


def section(text: str, **more: Any) -> Json:
    """A section block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def actions(*elements: Json) -> Json:
    """An actions block."""
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> Json:
    """A button."""
    return {**BUTTON, **more}


def options(count: int) -> list[Json]:
    """Options of a menu."""
    return [{"text": PLAIN, "value": str(number)} for number in range(count)]


def plain(length: int) -> Json:
    """Plain text of that many characters."""
    return {"type": "plain_text", "text": "x" * length}


SELECT: Json = {"type": "static_select", "options": options(2)}

# Slack's published figures, one by one: what is still taken, what no longer is, and the refusal.
MESSAGE_LIMITS: list[tuple[str, list[Json], list[Json], str]] = [
    ("50 blocks", [section("x")] * 50, [section("x")] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    (
        "section 3000",
        [section("x" * 3000)],
        [section("x" * 3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "section text not empty",
        [section("x")],
        [section("")],
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "10 fields",
        [{"type": "section", "fields": [plain(1)] * 10}],
        [{"type": "section", "fields": [plain(1)] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        "field 2000",
        [{"type": "section", "fields": [plain(2000)]}],
        [{"type": "section", "fields": [plain(2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    (
        "header 150",
        [{"type": "header", "text": plain(150)}],
        [{"type": "header", "text": plain(151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        "header is plain text",
        [{"type": "header", "text": PLAIN}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    (
        "10 context elements",
        [{"type": "context", "elements": [PLAIN] * 10}],
        [{"type": "context", "elements": [PLAIN] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        "25 actions",
        [actions(*[BUTTON] * 25)],
        [actions(*[BUTTON] * 26)],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        "button text 75",
        [actions(button(text=plain(75)))],
        [actions(button(text=plain(76)))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        "button value 2000",
        [actions(button(value="x" * 2000))],
        [actions(button(value="x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        "action_id 255",
        [actions(button(action_id="x" * 255))],
        [actions(button(action_id="x" * 256))],
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        "block_id 255",
        [section("x", block_id="x" * 255)],
        [section("x", block_id="x" * 256)],
        "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ),
    (
        "100 options",
        [actions({"type": "static_select", "options": options(100)})],
        [actions({"type": "static_select", "options": options(101)})],
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        "overflow of 5",
        [section("x", accessory={"type": "overflow", "options": options(5)})],
        [section("x", accessory={"type": "overflow", "options": options(6)})],
        "no more than 5 items allowed [json-pointer:/blocks/0/accessory/options]",
    ),
    (
        "option text 75",
        [actions({"type": "overflow", "options": [{"text": plain(75), "value": "1"}]})],
        [actions({"type": "overflow", "options": [{"text": plain(76), "value": "1"}]})],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    (
        "unique block_id",
        [section("x", block_id="a"), section("x", block_id="b"), section("x"), section("x")],
        [section("x", block_id="a"), section("x", block_id="a")],
        "`block_id` already exists [json-pointer:/blocks/1/block_id]",
    ),
    (
        "unique action_id",
        [actions(button(action_id="a"), button(action_id="b")), actions(button(action_id="a"))],
        [actions(button(action_id="a"), button(action_id="a"))],
        "`action_id` already exists [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    (
        "section needs text or fields",
        [{"type": "section", "fields": [PLAIN]}],
        [{"type": "section"}],
        "must define either `text` or `fields` [json-pointer:/blocks/0]",
    ),
    (
        "an image has one source",
        [{"type": "image", "alt_text": "x", "slack_file": {"id": "F1"}}],
        [{"type": "image", "alt_text": "x"}],
        "must define exactly one of `image_url`, `slack_file` [json-pointer:/blocks/0]",
    ),
    (
        "an image accessory has one source",
        [section("x", accessory={"type": "image", "alt_text": "x", "image_url": URL})],
        [section("x", accessory={"type": "image", "alt_text": "x", "image_url": URL, "slack_file": {"id": "F1"}})],
        "must define exactly one of `image_url`, `slack_file` [json-pointer:/blocks/0/accessory]",
    ),
    (
        "a file is named once",
        [section("x", accessory={"type": "image", "alt_text": "x", "slack_file": {"url": URL}})],
        [section("x", accessory={"type": "image", "alt_text": "x", "slack_file": {"id": "F1", "url": URL}})],
        "must define exactly one of `id`, `url` [json-pointer:/blocks/0/accessory/slack_file]",
    ),
    *(
        (
            f"what is chosen at first in {kind} is among the options",
            [section("x", accessory={"type": kind, "options": [OPTION], "initial_options": [OPTION]})],
            [
                section(
                    "x", accessory={"type": kind, "options": [OPTION], "initial_options": [{**OPTION, "value": "2"}]}
                )
            ],
            "must be among the provided options [json-pointer:/blocks/0/accessory/initial_options]",
        )
        for kind in ("checkboxes", "multi_static_select")
    ),
    (
        "a context image has one source",
        [{"type": "context", "elements": [{"type": "image", "alt_text": "x", "image_url": URL}]}],
        [{"type": "context", "elements": [{"type": "image", "alt_text": "x"}]}],
        "must define exactly one of `image_url`, `slack_file` [json-pointer:/blocks/0/elements/0]",
    ),
    (
        "a menu has options or groups",
        [actions({"type": "static_select", "option_groups": [{"label": PLAIN, "options": options(1)}]})],
        [actions({"type": "static_select"})],
        "must define exactly one of `options`, `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    (
        "a multiple menu has options or groups",
        [section("x", accessory={"type": "multi_static_select", "options": options(1)})],
        [section("x", accessory={"type": "multi_static_select"})],
        "must define exactly one of `options`, `option_groups` [json-pointer:/blocks/0/accessory]",
    ),
    (
        "a menu's first choice is an option",
        [actions({**SELECT, "initial_option": options(2)[1]})],
        [actions({**SELECT, "initial_option": options(3)[2]})],
        "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    (
        "a radio group's first choice is an option",
        [actions({**SELECT, "type": "radio_buttons", "initial_option": options(2)[1]})],
        [actions({**SELECT, "type": "radio_buttons", "initial_option": options(3)[2]})],
        "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    (
        "13,000 characters in all",
        [section("x" * 2600)] * 5,
        [*[section("x" * 2600)] * 5, section("x")],
        "must be less than 13001 characters [json-pointer:/blocks]",
    ),
    (
        "no view-only element",
        [actions(BUTTON)],
        [actions({"type": "plain_text_input"})],
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
]


@pytest.mark.parametrize("case", MESSAGE_LIMITS, ids=lambda case: case[0])
def test_slacks_figures_for_messages(case: tuple[str, list[Json], list[Json], str]) -> None:
    """Slack's limit is the last value taken; one more is refused with the rule and its place."""
    _, accepted, refused, refusal = case
    assert check_message(accepted) == []
    assert refusal in [str(problem) for problem in check_message(refused)]


def modal(*blocks: Json, **more: Any) -> Json:
    """A modal."""
    return {"type": "modal", "title": PLAIN, "blocks": list(blocks), **more}


INPUT: Json = {"type": "input", "label": PLAIN, "element": {"type": "plain_text_input", "action_id": "a"}}
TWINS = [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]
VIEW_LIMITS: list[tuple[str, Json, Json, str]] = [
    (
        "100 blocks",
        modal(*[section("x")] * 100),
        modal(*[section("x")] * 101),
        "no more than 100 items allowed [json-pointer:/view/blocks]",
    ),
    (
        "title 24",
        modal(title=plain(24)),
        modal(title=plain(25)),
        "must be less than 25 characters [json-pointer:/view/title/text]",
    ),
    (
        "an input needs submit",
        modal(INPUT, submit=PLAIN),
        modal(INPUT),
        "missing required field: submit [json-pointer:/view]",
    ),
    (
        "private_metadata 3000",
        modal(private_metadata="x" * 3000),
        modal(private_metadata="x" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    (
        "unique block_id in a modal",
        modal(TWINS[0]),
        modal(*TWINS),
        "`block_id` already exists [json-pointer:/view/blocks/1/block_id]",
    ),
    (
        "unique block_id in a home tab",
        {"type": "home", "blocks": TWINS[:1]},
        {"type": "home", "blocks": TWINS},
        "`block_id` already exists [json-pointer:/view/blocks/1/block_id]",
    ),
    (
        "no markdown block in a view",
        modal(section("x")),
        modal({"type": "markdown", "text": "x"}),
        "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
    ),
]


@pytest.mark.parametrize("case", VIEW_LIMITS, ids=lambda case: case[0])
def test_slacks_figures_for_views(case: tuple[str, Json, Json, str]) -> None:
    """The same for modals and home tabs."""
    _, accepted, refused, refusal = case
    assert check_view(accepted) == []
    assert refusal in [str(problem) for problem in check_view(refused)]


def test_every_tying_rule_has_a_refusal_above() -> None:
    """A new row among the rules needs a case: each row is broken by some case's refused side."""
    broken: set[str] = set()
    for rule_name, rule in block_kit.RULES.items():
        for row in (row for rows in table().rules.values() for row in rows if row["rule"] == rule_name):
            for value in _refused_objects(row["on"]):
                if list(rule(row, value, "")):
                    broken.add(str(row))
    assert broken == {str(row) for rows in table().rules.values() for row in rows}


def _refused_objects(kind: str) -> list[Json]:
    """The objects of a kind in the refused sides."""
    found: list[Json] = []
    waiting: list[tuple[str, Any]] = [("message", {"blocks": refused}) for _, _, refused, _ in MESSAGE_LIMITS]
    waiting += [("view", refused) for _, _, refused, _ in VIEW_LIMITS]
    families = {
        "blocks": "block",
        "elements": "element",
        "accessory": "element",
        "element": "element",
        "slack_file": "slack file",
    }
    while waiting:
        family, value = waiting.pop()
        name = f"{family} {value['type']}" if "type" in value else family
        if name == kind:
            found.append(value)
        for key, inner in ((key, value[key]) for key in families if key in value):
            inside = "context" if value.get("type") == "context" else families[key]
            waiting += [(inside, item) for item in (inner if isinstance(inner, list) else [inner])]
    return found


def test_hostile_shapes_are_refused_in_few_words() -> None:
    """Whatever is sent in place of blocks is refused, and a long list of mistakes is cut."""
    shapes: list[Any] = [7, "x", {}, [7], [None], [{"type": []}], [{"type": {"a": 1}}], [[[]]]]
    for value in shapes:
        assert check_message(value)
    assert len(check_message([{"type": "nonsense"}] * 50)) == block_kit.MAX_PROBLEMS
