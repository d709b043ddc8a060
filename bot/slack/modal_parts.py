"""What windows are made of: a title, fields, and what a form remembers. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.slack.blocks import Block, inert, visible

Modal = dict[str, Any]

TITLE_LIMIT = 24
LABEL_LIMIT = 75


def window(title: str, blocks: list[Block], **more: Any) -> Modal:
    """A window that only shows something."""
    return {"type": "modal", "title": inert(title, TITLE_LIMIT), "blocks": blocks, **more}


def form(title: str, blocks: list[Block], *, callback_id: str, submit: str, remembers: Mapping[str, Any]) -> Modal:
    """A window that is sent in; remembers: what it gives back with the answers."""
    return window(
        title,
        blocks,
        callback_id=callback_id,
        submit=inert(submit, TITLE_LIMIT),
        close=inert("Cancel", TITLE_LIMIT),
        # Not as ASCII: Slack counts characters.
        private_metadata=json.dumps(dict(remembers), ensure_ascii=False),
    )


def field(name: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    """A field whose block and action share one name."""
    named: Block = {"type": "input", "block_id": name, "label": inert(label, LABEL_LIMIT)}
    named |= {"element": element | {"action_id": name}, "optional": optional}
    return named | ({"hint": inert(hint, 150)} if hint else {})


def words(limit: int, initial: str = "", *, lines: bool = False) -> Block:
    """A place to type in, at most so many characters."""
    typed = visible(initial)[:limit]
    element: Block = {"type": "plain_text_input", "multiline": lines, "max_length": limit}
    return element | ({"initial_value": typed} if typed else {})


def choice(kind: str, options: Mapping[str, str], first: str = "") -> Block:
    """radio_buttons or a static_select. options: value to words; first: the one that is chosen already."""
    made = [{"text": inert(text, LABEL_LIMIT), "value": value} for value, text in options.items()]
    chosen = [option for option in made if option["value"] == first]
    return {"type": kind, "options": made} | ({"initial_option": chosen[0]} if chosen else {})
