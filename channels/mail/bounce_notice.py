"""Amazon SES tells of bounces as JSON in a mail of its notification service: read as a delivery report."""

from __future__ import annotations

import json
from typing import Any

from channels.mail.bounce_fields import Outcome, status_field
from channels.mail.headers import Headers

_READ = 65_536
_SENDERS = ("amazonaws.com", "amazonses.com")


def read_notice(headers: Headers, text: str) -> tuple[Outcome, str | None] | None:
    """The outcome and the Message-ID that a notification is about; None when the mail is none."""
    sender = headers.text("from", 500).rstrip("> ").lower()
    start = text.find("{", 0, 2_000)
    if start < 0 or not sender.endswith(_SENDERS):
        return None
    found = _load(text[start : start + _READ])
    if isinstance(found.get("Message"), str):
        found = _load(str(found["Message"])[:_READ])
    kind = str(found.get("notificationType") or found.get("eventType") or "").lower()
    if kind not in {"bounce", "delivery"}:
        return None
    return _outcome(kind, _dict(found.get(kind))), _message_id(_dict(found.get("mail")))


def _load(text: str) -> dict[str, Any]:
    """The first JSON object of the text; mail programs may have folded its lines."""
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return _dict(found)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _outcome(kind: str, report: dict[str, Any]) -> Outcome:
    recipients = report.get("bouncedRecipients") or report.get("recipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else {}
    fields = _dict(first)
    words = str(fields.get("diagnosticCode") or report.get("smtpResponse") or "").removeprefix("smtp; ")
    hard = report.get("bounceType") == "Permanent" and report.get("bounceSubType") in {"NoEmail", "Suppressed"}
    return Outcome(
        str(fields.get("emailAddress") or (first if isinstance(first, str) else "")).lower(),
        "failed" if kind == "bounce" else "delivered",
        status_field(str(fields.get("status") or "")) or ("5.1.1" if hard else None),
        words,
    )


def _message_id(mail: dict[str, Any]) -> str | None:
    headers = _dict(mail.get("commonHeaders"))
    found = str(headers.get("messageId") or "").strip("<> ")
    return found or None
