"""What somebody pressed or sent in, read out of Slack's payload; a part that is missing or odd is simply empty."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from enrichment.models import Model

LONGEST = 4000


class Interaction(Model):
    """One press of a button or one form sent in.

    user: Slack's id of who did it; username: their handle; value: the button's or the chosen option's.
    channel: where the message with the button is, or what the form remembers of it; view_id: the window it was in.
    response_url: where the presser of a button can be answered, member of the channel or not; a form has none.
    metadata: what we gave the form to remember; answers: field to what was entered or chosen.
    """

    user: str = ""
    username: str = ""
    value: str = ""
    trigger_id: str = ""
    channel: str = ""
    view_id: str = ""
    response_url: str = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    answers: dict[str, str] = Field(default_factory=dict)


def read(body: object) -> Interaction:
    """The facts of a `block_actions` or `view_submission` payload."""
    action = _part(_part(body, "actions"), 0)
    metadata = _remembered(_text(body, "view", "private_metadata"))
    return Interaction(
        user=_text(body, "user", "id"),
        username=_text(body, "user", "username") or _text(body, "user", "name"),
        value=_text(action, "value") or _text(action, "selected_option", "value"),
        trigger_id=_text(body, "trigger_id"),
        channel=_text(body, "channel", "id") or _text(metadata, "channel"),
        view_id=_text(body, "view", "id"),
        response_url=_text(body, "response_url"),
        metadata=metadata,
        answers=_answers(_part(body, "view", "state", "values")),
    )


def _part(value: object, *path: str | int) -> object:
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def _text(value: object, *path: str) -> str:
    found = _part(value, *path)
    return found[:LONGEST] if isinstance(found, str) else ""


def _remembered(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _answers(values: object) -> dict[str, str]:
    """By block: our forms have one field in each."""
    found = {}
    for block, fields in values.items() if isinstance(values, dict) else ():
        for field in fields.values() if isinstance(fields, dict) else ():
            found[str(block)] = _answer(field)
    return found


def _answer(field: object) -> str:
    """What was typed or chosen, by whichever kind of field it was."""
    keys = ("value", "selected_user", "selected_channel", "selected_date", "selected_time")
    chosen = (_text(field, key) for key in keys)
    return next((text for text in chosen if text), "") or _text(field, "selected_option", "value")
