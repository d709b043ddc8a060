"""Writes the files that are made from the settings: `.env.example` and `docs/settings.md`. `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.settings import Settings, variable

ROOT = Path(__file__).parent.parent
_INTRODUCTION = """# Settings

Each setting is read from the environment, then from the file that `NAME_FILE` names, then from `.env`, then from
`leadbot.toml` (as the name in lower case without `LEADBOT_`, e.g. `smtp_port = 2525`), and else has its default.
`leadbot doctor` shows every value and where it came from. This page is made by `python -m bot.generate`.

| variable | default | what it is |
|---|---|---|
"""


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or isinstance(value, SecretStr):
        return ""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def env_example() -> str:
    """Every setting as a comment with its meaning, an example, and its default."""
    parts = ["# Copy to .env and change what you need; everything has a default. Made by `python -m bot.generate`.\n"]
    for name, field in Settings.model_fields.items():
        key = variable(name, field)
        example = (field.examples or [""])[0]
        parts.append(f"\n# {field.description}. Example: {key}={example}\n#{key}={_default(field)}\n")
    return "".join(parts)


def settings_page() -> str:
    """The table of settings."""
    rows = [
        f"| `{variable(name, field)}` | {f'`{_default(field)}`' if _default(field) else ''} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return _INTRODUCTION + "".join(rows)


def main() -> int:
    """Write the files, or with `--check` tell which of them are stale; 1 when one is."""
    made = {ROOT / ".env.example": env_example(), ROOT / "docs" / "settings.md": settings_page()}
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale: run `python -m bot.generate`\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
