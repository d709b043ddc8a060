"""Where a setting's value comes from: the environment, a named file, `.env`, leadbot.toml, or its default."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from bot.settings import DOTENV, TOML, Settings, dotenv, variable

DEFAULT = "default"


def origin(name: str) -> str:
    """Where the setting of this name is read from now, in a word for people."""
    key = variable(name, Settings.model_fields[name])
    written = dotenv()
    if os.environ.get(key):
        return "environment"
    if os.environ.get(f"{key}_FILE") or written.get(f"{key}_FILE"):
        return "file"
    if written.get(key):
        return DOTENV
    return TOML if {name, key} & set(plain_toml()) else DEFAULT


def plain_toml() -> dict[str, object]:
    """What is set in leadbot.toml, without its [[business]], [[mailbox]] and [[route]] tables."""
    tables = {"business", "mailbox", "route"}
    return {name: value for name, value in _toml().items() if name not in tables or isinstance(value, str)}


def _toml() -> dict[str, object]:
    return tomllib.loads(Path(TOML).read_text(encoding="utf-8")) if Path(TOML).is_file() else {}
