"""What Slack's clients would not let through is refused before the bot hears of it, each with its own words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.workspace.elements import state, with_ids
from bot.workspace.forms import REQUIRED, mistakes

Json = dict[str, Any]
OPTIONS = [{"text": {"type": "plain_text", "text": value}, "value": value} for value in ("a", "b")]
NUMBER: Json = {"type": "number_input", "is_decimal_allowed": False, "min_value": "-1", "max_value": "9"}


def told(element: Json, value: Any, *, optional: bool = False) -> str:
    """What is told beside a field with that value; "" when it is good."""
    label = {"type": "plain_text", "text": "x"}
    blocks = with_ids([{"type": "input", "block_id": "x", "label": label, "optional": optional, "element": element}])
    values = {"x": {blocks[0]["element"]["action_id"]: value}}
    return mistakes(blocks, state(blocks, values)).get("x", "")


@pytest.mark.parametrize(
    ("element", "good", "bad"),
    [
        ({"type": "plain_text_input", "min_length": 2, "max_length": 3}, ["ab", "abc"], ["a", "abcd", "x" * 4000]),
        ({"type": "plain_text_input"}, ["a"], ["x" * 3001]),
        (NUMBER, ["0", "-1", "9", 5], ["-2", "10", "1.5", "x", "nan", "inf", "1e999999999", {"a": 1}]),
        ({"type": "number_input", "is_decimal_allowed": True}, ["1.5"], ["1,5"]),
        ({"type": "email_text_input"}, ["a@b.example"], ["a", "a@b", "a b@c.d", "@b.c", "a@b@c.d"]),
        ({"type": "url_text_input"}, ["https://a.example/x"], ["a.example", "javascript:alert(1)", "http://[", "ftp://a"]),
        ({"type": "datepicker"}, ["2026-05-04"], ["4.5.2026", "2026-13-01", ["2026-05-04"]]),
        ({"type": "timepicker"}, ["23:59"], ["24:00", "9:5"]),
        ({"type": "multi_static_select", "options": OPTIONS, "max_selected_items": 1}, [["a"]], [["a", "b"]]),
        ({"type": "users_select"}, ["U0STAFF1"], []),
    ],
)  # fmt: skip
def test_values(element: Json, good: list[Any], bad: list[Any]) -> None:
    """Good values pass; bad ones get a line; nothing at all is told of only where something is required."""
    assert [told(element, value) for value in good] == [""] * len(good)
    assert [value for value in bad if told(element, value) in ("", REQUIRED)] == []
    assert told(element, None) == REQUIRED
    assert told(element, None, optional=True) == ""
    assert bad == [] or told(element, bad[0], optional=True)


def test_only_inputs_are_asked_for() -> None:
    """A menu beside a text may stay unchosen."""
    text = {"type": "plain_text", "text": "x"}
    blocks = with_ids([{"type": "section", "text": text, "accessory": {"type": "static_select", "options": OPTIONS}}])
    assert mistakes(blocks, state(blocks)) == {}
