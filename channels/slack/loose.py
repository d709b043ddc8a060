"""Reading JSON that somebody else wrote: a part that is missing or of another kind is simply empty."""

from __future__ import annotations

from typing import Any


def part(value: object, *path: str) -> object:
    """What stands at the end of the path, None when it is not there."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def text(value: object, *path: str, limit: int = 4000) -> str:
    """The text there, cut at `limit`; empty when it is none."""
    found = part(value, *path)
    return found[:limit] if isinstance(found, str) else ""


def record(value: object, *path: str) -> dict[str, Any]:
    """The object there; empty when it is none."""
    found = part(value, *path)
    return found if isinstance(found, dict) else {}


def records(value: object, *path: str, limit: int = 100) -> list[dict[str, Any]]:
    """The objects of the list there, at most `limit`."""
    found = part(value, *path)
    return [each for each in found[:limit] if isinstance(each, dict)] if isinstance(found, list) else []
