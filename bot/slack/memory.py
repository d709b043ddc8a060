"""What is remembered of Slack while the bot runs: as much as fits, the oldest goes."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def remember(known: dict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Add it to what is known, of which there are never more than so many."""
    while len(known) >= most:
        del known[next(iter(known))]
    known[key] = value
