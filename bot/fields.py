"""How a setting is declared."""

from __future__ import annotations

from typing import Any

from pydantic import Field


def own(default: Any, description: str, example: str, *, shown: bool = True) -> Any:
    """A setting of ours, read from LEADBOT_<NAME>; one that is not `shown` may hold a password, as a URL does."""
    return Field(default, description=description, examples=[example], validate_default=True, repr=shown)


def usual(name: str, default: Any, description: str, example: str, *, shown: bool = True) -> Any:
    """A setting that other programs know under this name too."""
    return Field(default, validation_alias=name, description=description, examples=[example], repr=shown)
