"""What is wrong with a setting, in one line that names it and gives an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from bot.settings_sources import variable


def why(error: ValueError | OSError) -> str:
    """Why a file of settings cannot be read, on one line."""
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error).splitlines()[0]


def line(problem: Any, fields: Mapping[str, FieldInfo]) -> str:
    """One problem in words: which variable, what is wrong, an example."""
    if not problem["loc"]:
        return str(problem["msg"].removeprefix("Value error, "))
    named = str(problem["loc"][0])
    by_variable = {variable(name, field): field for name, field in fields.items()}
    field = fields.get(named.lower()) or by_variable.get(named.upper())
    what = problem["msg"].removeprefix("Value error, ")
    if field is None:
        return f"{named} in .env or leadbot.toml is no setting of Leadbot; see .env.example"
    name = variable(named.lower(), field)
    return f"{name}: {what[:1].lower()}{what[1:]}; example: {name}={(field.examples or [''])[0]}"
