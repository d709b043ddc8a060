"""Where settings come from besides the environment: files that are named, `.env`, and leadbot.toml with its tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource, TomlConfigSettingsSource

from bot import businesses, mailboxes, routes
from enrichment.errors import StartupError

PREFIX = "LEADBOT_"
DOTENV, TOML = ".env", "leadbot.toml"
LONGEST_FILE = 65_536


class Toml(TomlConfigSettingsSource):
    """Reads leadbot.toml, where `business` may be a name or [[business]] tables, and `mailbox` is tables."""

    def __call__(self) -> dict[str, Any]:
        """The settings there, the tables under a key of their own: a name from elsewhere must not replace them."""
        found = dict(super().__call__())
        if "business" in found and not isinstance(found["business"], str):
            found[businesses.TABLE] = found.pop("business")
        if "mailbox" in found:
            found[mailboxes.TABLE] = found.pop("mailbox")
        if "route" in found:
            found[routes.TABLE] = found.pop("route")
        if isinstance(hours := found.get("hours"), dict) and "holidays" in hours:
            # In the file they stand where the hours do.
            found["hours"] = {day: times for day, times in hours.items() if day != "holidays"}
            found["holidays"] = hours["holidays"]
        return found


class NamedFiles(PydanticBaseSettingsSource):
    """Reads a setting from the file that <NAME>_FILE names, so that no secret need stand in the environment."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The file's text without the line end; None when there is no such file or it is empty."""
        named = f"{variable(field_name, field)}_FILE"
        path = os.environ.get(named) or self._dotenv.get(named)
        if not path:
            return None, field_name, False
        try:
            with Path(path).open(encoding="utf-8") as file:
                return file.read(LONGEST_FILE).strip() or None, field_name, False
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise StartupError(f"{named}: {path} cannot be read ({why}); name a file that holds the value") from error

    def __call__(self) -> dict[str, Any]:
        """Every setting that has such a file."""
        self._dotenv = dotenv()
        fields = self.settings_cls.model_fields.items()
        found = {name: self.get_field_value(field, name)[0] for name, field in fields}
        return {name: value for name, value in found.items() if value is not None}


def dotenv() -> dict[str, str | None]:
    """What stands in `.env`; empty when there is none."""
    return dict(dotenv_values(DOTENV)) if Path(DOTENV).is_file() else {}


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a setting."""
    return str(field.validation_alias or f"{PREFIX}{name.upper()}")
