"""Reads a call: arguments from query, form with JSON strings or JSON body, the token from the header or the body."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.workspace.errors import SlackError
from bot.workspace.json_text import read_json

MAX_FIELDS = 200
# Fields that a form carries as JSON, and what Slack says when they are not.
JSON_FIELDS = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
}
TIMESTAMP = re.compile(r"(\d{1,10})(?:\.(\d{1,6}))?", re.ASCII)
Json = dict[str, Any]


async def read_arguments(request: Request) -> tuple[str, Json]:
    """The token ("" when there is none) and the arguments. Raises SlackError for a body that cannot be read."""
    arguments: Json = _fields(request.url.query)
    arguments.pop("token", None)  # Slack takes none from an address: a picture of any site could name one
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body() if request.method == "POST" else b""
    if kind == "application/json":
        arguments |= _json_object(body or b"{}")
    elif kind in ("", "application/x-www-form-urlencoded"):
        arguments |= _fields(body.decode("utf-8", "replace"))
    else:
        raise SlackError("invalid_post_type")
    for name, error in JSON_FIELDS.items():
        if isinstance(arguments.get(name), str):
            arguments[name] = _parsed(arguments[name], error)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = arguments.pop("token", "")
    return (token.strip() if scheme.lower() == "bearer" else str(given)), arguments


def _fields(encoded: str) -> Json:
    try:
        return dict(parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise SlackError("invalid_form_data") from error


def _json_object(body: bytes) -> Json:
    value = _parsed(body, "invalid_json")
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value


def _parsed(text: str | bytes, error: str) -> Any:
    try:
        return read_json(text)
    except (ValueError, RecursionError) as reason:
        raise SlackError(error) from reason


def flag(arguments: Json, name: str) -> bool:
    """A boolean argument, false by default."""
    return arguments.get(name) in (True, 1, "1", "true", "True")


def text(arguments: Json, name: str) -> str:
    """A string argument. Raises SlackError when it is missing or no string."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise SlackError(
            "invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]}
        )
    return value


def limit(arguments: Json, default: int, most: int) -> int:
    """The page size asked for."""
    try:
        value = int(arguments.get("limit") or default)
    except (TypeError, ValueError) as error:
        raise SlackError("invalid_limit") from error
    if value < 1:
        raise SlackError("invalid_limit")
    return min(value, most)


def timestamp(value: object, error: str) -> str:
    """A message timestamp in its full width, so that timestamps compare as strings."""
    match = TIMESTAMP.fullmatch(str(value))
    if match is None:
        raise SlackError(error)
    return f"{int(match[1]):010d}.{match[2] or '':0<6}"
