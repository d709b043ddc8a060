"""`leadbot doctor`: looks at each thing the bot needs, says what to do, and where each setting comes from."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

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
    staff_settings,
    values,
)
from bot.bootstrap import open_existing
from bot.followers import services_in_use
from bot.health import Check
from bot.origins import origin, plain_toml
from bot.settings import PREFIX, TOML, Settings, dotenv, listed, variable
from bot.staff_settings import Effective
from enrichment.errors import LeadbotError

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
    found += await slack_check.slack(settings, _chosen(found, settings).routes)
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
    names += [f"{name} in {TOML}" for name in plain_toml() if name not in Settings.model_fields and name not in known]
    if not names:
        return []
    return [Check(name="settings", state="off", detail=f"no such setting: {', '.join(sorted(names)[:5])}", advice="see .env.example")]  # fmt: skip  # noqa: E501


def origins(settings: Settings, chosen: Effective | None = None) -> list[str]:
    """`NAME = value (where it comes from)` for every setting; secrets only say that they are set.

    chosen: what counts of that which staff may set; without it, nothing of theirs is known.
    """
    counts = chosen or staff_settings.effective(settings, {})
    told = []
    for name, field in listed():
        key = variable(name, field)
        by_staff = name in staff_settings.NAMES and counts.origins[name].where == staff_settings.APP_HOME
        value = getattr(counts if by_staff else settings, name)
        shown = "(set)" if isinstance(value, SecretStr) else "(not set)" if value in (None, "") else _plain(value)
        where = _set_in_slack(counts.origins[name]) if by_staff else origin(name)
        told.append(f"{key} = {logs.without_passwords(shown)} ({where})")
    return told + _rules(counts)


def _rules(counts: Effective) -> list[str]:
    """The rules for channels and where they are set, then each in the order in which they are asked."""
    if not counts.routes:
        return []
    rules = [
        f"    {', '.join(f'{name} {wanted}' for name, wanted in route.when.items())} -> {route.channel}"
        for route in counts.routes
    ]
    return [f"channel rules = {len(counts.routes)} ({_set_in_slack(counts.origins['routes'])})", *rules]


def _set_in_slack(found: staff_settings.Origin) -> str:
    return f"{found.where}, by {found.actor} on {found.at:%Y-%m-%d}" if found.at else found.where


def _chosen(found: list[Check], settings: Settings) -> Effective:
    """What staff have set, as far as the database was there when it was looked at."""
    if not any(check.name == "database" and check.state == "ok" for check in found):
        return staff_settings.effective(settings, {})
    try:
        store = open_existing(settings)
    except LeadbotError:
        return staff_settings.effective(settings, {})
    try:
        return staff_settings.effective(settings, store.staff_settings.listed())
    except LeadbotError:
        return staff_settings.effective(settings, {})
    finally:
        store.engine.dispose()


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


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
    return [*told, "", *businesses(settings), "", *origins(settings, _chosen(found, settings)), "", "a bot is running" if folder.is_locked(settings.data_dir) else "no bot is running"]  # fmt: skip  # noqa: E501
