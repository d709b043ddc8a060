"""What is not connected yet on a first run, and what to do about each. Pure."""

from __future__ import annotations

from bot import model_check
from bot.circuits import AIRTABLE, OLLAMA
from bot.settings import Settings
from bot.status import Status
from enrichment.models import Model

PARTS = 5
_NOBODY = "leads@localhost"


class Todo(Model):
    """One part that is not connected. title: its name; advice: what to do."""

    title: str
    advice: str


def todo(settings: Settings, status: Status) -> tuple[Todo, ...]:
    """In the order in which most people connect them; a part that is not wanted is none."""
    wanted = (_mail(settings), _mailbox(settings, status), _slack(settings), _model(settings, status))
    return tuple(part for part in (*wanted, _airtable(settings, status)) if part is not None)


def _mail(settings: Settings) -> Todo | None:
    if set(settings.all_recipients) != {_NOBODY}:
        return None
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    advice = (
        f"set LEADBOT_RECIPIENTS to the address that customers write to, and let your mail server pass it to {where}"
    )
    return Todo(title="Mail address", advice=advice)


def _mailbox(settings: Settings, status: Status) -> Todo | None:
    if not settings.mailboxes:
        advice = "add a [[mailbox]] table to leadbot.toml, or leave this out when mail comes by SMTP"
        return Todo(title="Mailbox", advice=advice)
    unread = next((mailbox for mailbox in status.mailboxes if mailbox.last_success is None), None)
    if unread is None:
        return None
    why = f" ({unread.error})" if unread.error else ""
    return Todo(title=f"Mailbox {unread.name}", advice=f"it was never read{why}; “leadbot doctor” says what to do")


def _slack(settings: Settings) -> Todo | None:
    if not settings.local_workspace:
        return None
    advice = "this is the workspace for trying things out; set SLACK_BOT_TOKEN and SLACK_APP_TOKEN for your own"
    return Todo(title="Your Slack", advice=advice)


def _model(settings: Settings, status: Status) -> Todo | None:
    if not model_check.is_wanted(settings) or _answered(status, OLLAMA):
        return None
    advice = f"install Ollama and type “ollama pull {settings.ollama_model}”, or set OLLAMA_BASE_URL=off to do without"
    return Todo(title="Language model", advice=advice)


def _airtable(settings: Settings, status: Status) -> Todo | None:
    if not settings.crm_on:
        return Todo(title="Airtable", advice="set AIRTABLE_API_KEY and AIRTABLE_BASE_ID, or leave this out")
    wrong = next((c for c in status.circuits if c.name == AIRTABLE and c.state == "open" and not c.answered), None)
    if wrong is None:
        return None
    return Todo(title="Airtable", advice=f"it has never answered ({wrong.error}); “leadbot doctor” says what to do")


def _answered(status: Status, name: str) -> bool:
    return any(circuit.answered for circuit in status.circuits if circuit.name == name)
