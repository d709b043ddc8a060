"""`leadbot doctor`: looks at each thing the bot needs, says what to do, and where each setting comes from."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from pydantic import SecretStr

from bot import checks, folder, logs
from bot.health import Check
from bot.settings import DOTENV, PREFIX, TOML, Settings, dotenv, variable
from bot.slack.app import Connection, check_app_token, identify, web_client
from bot.slack.client import Slack
from enrichment.errors import LeadbotError

MARKS = {"ok": "✓", "off": "-", "failed": "✗"}


async def examine(settings: Settings) -> list[Check]:
    """Every check, in the order in which a start needs them."""
    found = [checks.data_folder(settings)]
    if found[0].state == "ok":
        found.append(checks.database(settings))
    found.append(checks.model(settings))
    running = folder.is_locked(settings.data_dir)
    for name, host, port in (
        ("smtp", settings.smtp_host, settings.smtp_port),
        ("http", settings.http_host, settings.http_port),
    ):
        found.append(checks.port(name, host, port, f"LEADBOT_{name.upper()}_PORT", expected=running))
    found.append(await _slack(settings))
    found += _unknown()
    return found


async def _slack(settings: Settings) -> Check:
    if settings.local_workspace:
        workspace = checks.port("workspace", settings.workspace_host, settings.workspace_port, "LEADBOT_WORKSPACE_PORT")
        advice = "set SLACK_BOT_TOKEN and SLACK_APP_TOKEN to use your own Slack"
        return workspace.model_copy(update={"detail": f"local workspace, {workspace.detail}", "advice": advice})
    if settings.slack_bot_token is None or settings.slack_app_token is None:
        return Check(name="slack", state="failed", detail="SLACK_APP_TOKEN is missing", advice="make one with connections:write")  # fmt: skip  # noqa: E501
    connection = Connection(
        bot_token=settings.slack_bot_token.get_secret_value(), app_token=settings.slack_app_token.get_secret_value()
    )
    try:
        await check_app_token(connection)
        identity = await identify(Slack(web_client(connection)), settings.slack_channel)
    except LeadbotError as error:
        return Check(name="slack", state="failed", detail=str(error), advice="mend the token or the channel")
    return Check(name="slack", state="ok", detail=f"team {identity.team_id}, channel {identity.channel}")


def _unknown() -> list[Check]:
    known = {variable(name, field) for name, field in Settings.model_fields.items()}
    given = {name for name in (*os.environ, *dotenv()) if name.startswith(PREFIX)}
    names = [name for name in given if name.removesuffix("_FILE") not in known]
    names += [f"{name} in {TOML}" for name in _toml() if name not in Settings.model_fields and name not in known]
    if not names:
        return []
    return [Check(name="settings", state="off", detail=f"no such setting: {', '.join(sorted(names)[:5])}", advice="see .env.example")]  # fmt: skip  # noqa: E501


def origins(settings: Settings) -> list[str]:
    """`NAME = value (where it comes from)` for every setting; secrets only say that they are set."""
    told = []
    for name, field in Settings.model_fields.items():
        key = variable(name, field)
        value = getattr(settings, name)
        shown = "(set)" if isinstance(value, SecretStr) else "(not set)" if value in (None, "") else _plain(value)
        told.append(f"{key} = {logs.without_passwords(shown)} ({_origin(key, name)})")
    return told


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _origin(key: str, name: str) -> str:
    written = dotenv()
    if os.environ.get(key):
        return "environment"
    if os.environ.get(f"{key}_FILE") or written.get(f"{key}_FILE"):
        return "file"
    if written.get(key):
        return DOTENV
    return TOML if {name, key} & set(_toml()) else "default"


def _toml() -> dict[str, object]:
    return tomllib.loads(Path(TOML).read_text(encoding="utf-8")) if Path(TOML).is_file() else {}


def report(found: list[Check], settings: Settings) -> list[str]:
    """The findings as lines for a terminal."""
    told = []
    for check in found:
        told.append(f"{MARKS[check.state]} {check.name}: {check.detail}")
        if check.advice and check.state != "ok":
            told.append(f"    {check.advice}")
    return [*told, "", *origins(settings), "", "a bot is running" if folder.is_locked(settings.data_dir) else "no bot is running"]  # fmt: skip  # noqa: E501
