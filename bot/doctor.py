"""`leadbot doctor`: looks at each thing the bot needs, says what to do, and where each setting comes from."""

from __future__ import annotations

import asyncio
import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from bot import (
    alert_check,
    checks,
    crm_check,
    folder,
    logs,
    mail_doors,
    mailbox_check,
    mailboxes,
    model_check,
    sender_check,
    slack_check,
    values,
)
from bot.followers import services_in_use
from bot.health import Check
from bot.settings import DOTENV, PREFIX, TOML, Settings, dotenv, listed, variable

MARKS = {"ok": "✓", "off": "-", "failed": "✗"}


async def examine(settings: Settings, *, send_test_alert: bool = False) -> list[Check]:
    """Every check, in the order in which a start needs them; it mails nobody unless told to."""
    found = [checks.data_folder(settings)]
    if found[0].state == "ok":
        found.append(checks.database(settings))
        found += checks.circuits(settings, services_in_use(settings))
    found.append(checks.model(settings))
    running = folder.is_locked(settings.data_dir)
    addresses = [
        ("smtp", settings.smtp_host, settings.smtp_port),
        ("http", settings.http_host, settings.http_port),
    ]
    for name, host, port in addresses:
        found.append(checks.port(name, host, port, f"LEADBOT_{name.upper()}_PORT", expected=running))
    lmtp = values.endpoint(settings.lmtp_listen)
    if isinstance(lmtp, tuple):
        found.append(checks.port("lmtp", *lmtp, mail_doors.LMTP, expected=running))
    found += mail_doors.readable_mail(settings)
    found += await mailbox_check.mailboxes(settings)
    found += await slack_check.slack(settings)
    found += await asyncio.gather(
        model_check.language_model(settings),
        crm_check.crm(settings),
        sender_check.sender_dns(settings),
        sender_check.rspamd(settings),
        alert_check.alert(settings, send=send_test_alert),
        alert_check.heartbeat(settings),
    )
    found += _unknown(settings)
    return found


def _unknown(settings: Settings) -> list[Check]:
    known = {variable(name, field) for name, field in Settings.model_fields.items()}
    known |= mailboxes.variables(settings.mailboxes)
    given = {name for name in (*os.environ, *dotenv()) if name.startswith(PREFIX)}
    names = [name for name in given if name.removesuffix("_FILE") not in known]
    names += [f"{name} in {TOML}" for name in _plain_toml() if name not in Settings.model_fields and name not in known]
    if not names:
        return []
    return [Check(name="settings", state="off", detail=f"no such setting: {', '.join(sorted(names)[:5])}", advice="see .env.example")]  # fmt: skip  # noqa: E501


def origins(settings: Settings) -> list[str]:
    """`NAME = value (where it comes from)` for every setting; secrets only say that they are set."""
    told = []
    for name, field in listed():
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
    return TOML if {name, key} & set(_plain_toml()) else "default"


def _plain_toml() -> dict[str, object]:
    """What is set there, without the [[business]] and [[mailbox]] tables."""
    return {
        name: value for name, value in _toml().items() if name not in {"business", "mailbox"} or isinstance(value, str)
    }


def _toml() -> dict[str, object]:
    return tomllib.loads(Path(TOML).read_text(encoding="utf-8")) if Path(TOML).is_file() else {}


def businesses(settings: Settings) -> list[str]:
    """A line for each business, the default one first."""
    return [
        f"business {business.name}: profile {business.profile.name}, {business.country}, {business.timezone}, "
        f"{'open' if business.opens(datetime.now(UTC)) else 'closed'} now, " + ", ".join(business.recipients)
        for business in settings.businesses
    ]


def report(found: list[Check], settings: Settings) -> list[str]:
    """The findings as lines for a terminal."""
    told = []
    for check in found:
        told.append(f"{MARKS[check.state]} {check.name}: {check.detail}")
        if check.advice and check.state != "ok":
            told.append(f"    {check.advice}")
    return [*told, "", *businesses(settings), "", *origins(settings), "", "a bot is running" if folder.is_locked(settings.data_dir) else "no bot is running"]  # fmt: skip  # noqa: E501
