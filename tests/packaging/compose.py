"""Reads docker-compose.yml as Compose does: YAML with ${NAME:-default} filled in and $$ for a dollar."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]  # its stubs are not everywhere

ROOT = Path(__file__).parent.parent.parent
_VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::-([^}]*))?\}|\$")


def load(environment: dict[str, str] | None = None) -> dict[str, Any]:
    """The project with these variables set, as in its .env."""
    found: dict[str, Any] = _filled(
        yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8")), environment or {}
    )
    return found


def _filled(value: Any, environment: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inside, environment) for key, inside in value.items()}
    if isinstance(value, list):
        return [_filled(inside, environment) for inside in value]
    return _VARIABLE.sub(lambda found: _one(found, environment), value) if isinstance(value, str) else value


def _one(found: re.Match[str], environment: dict[str, str]) -> str:
    if found[0] == "$$":
        return "$"
    assert found[1], "a lone $ is an error to Compose: write $$"
    value = environment.get(found[1]) or found[2]
    assert value is not None, f"{found[1]} has no default"
    return str(value)
