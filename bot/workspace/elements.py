"""Block elements as they live: their ids, what a person chose in them, and the state of a form."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

# Where each kind of element keeps its value in an action or in a view's state, and where its first value comes from.
VALUE_KEYS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
STATELESS = frozenset({"button", "overflow", "image"})


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with a block_id and action_id wherever the app gave none, as Slack returns them."""
    return [_with_ids(block) for block in blocks]


def _with_ids(block: Json) -> Json:
    block = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
    if block["type"] == "actions":
        block["elements"] = [_named(element) for element in block["elements"]]
    for key in ("accessory", "element"):
        if key in block and block[key]["type"] != "image":
            block[key] = _named(block[key])
    return block


def _named(element: Json) -> Json:
    return {**element, "action_id": element.get("action_id") or secrets.token_urlsafe(4)}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each block with each of its interactive elements."""
    for block in blocks:
        found = block.get("elements", []) if block["type"] == "actions" else []
        for element in [*found, *(block[key] for key in ("accessory", "element") if key in block)]:
            if element["type"] != "image":
                yield block, element


def find(blocks: list[Json], action_id: str, value: str | None = None) -> tuple[Json, Json] | None:
    """The block and the element of that action_id; where several share it, the one with that value."""
    found = [pair for pair in elements(blocks) if pair[1].get("action_id") == action_id]
    exact = [pair for pair in found if value is not None and _offers(pair[1], value)]
    return next(iter([*exact, *found]), None)


def _offers(element: Json, value: str) -> bool:
    return element.get("value") == value or any(option.get("value") == value for option in _options(element))


def _options(element: Json) -> list[Json]:
    groups = element.get("option_groups", [])
    return [*element.get("options", []), *(option for group in groups for option in group["options"])]


def action(block: Json, element: Json, choice: Json, action_ts: str) -> Json:
    """The entry of a block_actions payload. choice: the request's value, selected_option and the like."""
    entry: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "button":
        entry |= {key: element[key] for key in ("text", "value", "style") if key in element}
    else:
        key, _ = VALUE_KEYS[element["type"]]
        entry |= {key: chosen(element, choice.get(key, choice.get("value")))}
    return {**entry, "action_ts": action_ts}


def chosen(element: Json, given: Any) -> Any:
    """What Slack sends for a choice given as an option's value, a list of them, or already in Slack's form."""
    key, _ = VALUE_KEYS[element["type"]]
    if key == "selected_options":
        return [_option(element, item) for item in given or []]
    if key == "selected_option" and given is not None:
        return _option(element, given)
    return given


def _option(element: Json, given: Any) -> Any:
    value = given.get("value") if isinstance(given, dict) else given
    return next((option for option in _options(element) if option.get("value") == value), given)


def state(blocks: list[Json], values: Json | None = None) -> Json:
    """The `state` of a form: what was filled in (block_id → action_id → value), else each element's first value."""
    filled: Json = {}
    for block, element in elements(blocks):
        if element["type"] in STATELESS:
            continue
        key, first = VALUE_KEYS[element["type"]]
        given = ((values or {}).get(block["block_id"]) or {}).get(element["action_id"], element.get(first))
        given = given.get(key) if isinstance(given, dict) and key in given else given
        entry = {"type": element["type"], key: chosen(element, given)}
        filled.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return {"values": filled}
