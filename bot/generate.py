"""Writes the files that are made from the code: the settings' two and the Slack manifest. `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.settings import listed, variable
from bot.slack import manifest
from enrichment.stages import profiles

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
TABLE_BEGINS, TABLE_ENDS = "<!-- settings: made by python -m bot.generate -->", "<!-- /settings -->"
README_SETTINGS = (
    "LEADBOT_RECIPIENTS",
    "LEADBOT_SMTP_HOST",
    "LEADBOT_SMTP_PORT",
    "LEADBOT_BUSINESS",
    "LEADBOT_COUNTRY",
    "LEADBOT_TIMEZONE",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "LEADBOT_SLACK_CHANNEL",
    "OLLAMA_BASE_URL",
    "OLLAMA_MODEL",
    "AIRTABLE_API_KEY",
    "AIRTABLE_BASE_ID",
    "LEADBOT_DATA_DIR",
)
_INTRODUCTION = """# Settings

Each setting is read from the environment, then from the file that `NAME_FILE` names, then from `.env`, then from
`leadbot.toml` (as the name in lower case without `LEADBOT_`, e.g. `smtp_port = 2525`), and else has its default.
`LEADBOT_DIGEST_TIME`, `LEADBOT_DIGEST_WEEKDAY`, `LEADBOT_QUIET_FROM` and `LEADBOT_QUIET_UNTIL` staff may also set on
the bot's home tab in Slack, as long as they stand in none of these; a change there counts at once, without a restart.
`leadbot doctor` shows every value and where it came from. This page is made by `python -m bot.generate`.

| variable | default | what it is |
|---|---|---|
"""
BUSINESSES_EXAMPLE = """\
[[business]]
name = "Northside Garage"
profile = "automotive"
recipients = ["service@northside.example", "quotes@northside.example"]
timezone = "America/Denver"
hours = { saturday = "closed" }

[[business]]
name = "Lindenhof Haustechnik"
profile = "home_services"
recipients = ["anfrage@lindenhof.example"]
country = "DE"
timezone = "Europe/Berlin"

[business.hours]
monday = "07:30-12:00, 13:00-17:00"
friday = "07:30-12:00"
"""
_BUSINESSES = f"""
## Several businesses

One bot can work for several businesses: give each a table in `leadbot.toml`. A mail belongs to the business whose
address it was sent to, and is read with that business's profile and country; what was sent to none of them belongs to
the default one, which is the first table or the one that `LEADBOT_BUSINESS` names.

```toml
{BUSINESSES_EXAMPLE}```

`name` and `recipients` are needed. Without `profile` a business is `general`; without `country` and `timezone` it has
those of `LEADBOT_COUNTRY` (else its profile's) and `LEADBOT_TIMEZONE`; `hours` changes the days that it names.
Addresses of `LEADBOT_RECIPIENTS` that no table has go to the default business.

| profile | for | services that it knows |
|---|---|---|
"""


_MAILBOXES = """
## Mailboxes

Mailboxes that Leadbot reads stand in `leadbot.toml` too, a `[[mailbox]]` table for each: [mailboxes.md](mailboxes.md).
"""


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def env_example() -> str:
    """Every setting as a comment with its meaning, an example, and its default."""
    parts = ["# Copy to .env and change what you need; everything has a default. Made by `python -m bot.generate`.\n"]
    for name, field in listed():
        key = variable(name, field)
        example = (field.examples or [""])[0]
        parts.append(f"\n# {field.description}. Example: {key}={example}\n#{key}={_default(field)}\n")
    return "".join(parts)


def settings_page() -> str:
    """The table of settings, and how to set up several businesses."""
    rows = [f"| `{variable(name, field)}` | {_shown(field)} | {field.description} |\n" for name, field in listed()]
    return (
        _INTRODUCTION + "".join(rows) + _BUSINESSES + "".join(_profile(name) for name in profiles.names()) + _MAILBOXES
    )


def readme() -> str:
    """The README with its table of the settings that most people need."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(TABLE_BEGINS)
    after = rest.split(TABLE_ENDS)[1]
    fields = {variable(name, field): field for name, field in listed()}
    rows = [f"| `{key}` | {_shown(fields[key])} | {fields[key].description} |\n" for key in README_SETTINGS]
    table = "\n| variable | default | what it is |\n|---|---|---|\n" + "".join(rows)
    return before + TABLE_BEGINS + table + TABLE_ENDS + after


def _shown(field: FieldInfo) -> str:
    return f"`{_default(field)}`" if _default(field) else ""


def _profile(name: str) -> str:
    known = profiles.profile(name)
    return f"| `{name}` | {known.title} | {', '.join(known.service_names)} |\n"


def main() -> int:
    """Write the files, or with `--check` tell which of them are stale; 1 when one is."""
    docs = ROOT / "docs"
    made = {
        ROOT / ".env.example": env_example(),
        docs / "settings.md": settings_page(),
        docs / "slack-manifest.json": manifest.text(),
        README: readme(),
    }
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
