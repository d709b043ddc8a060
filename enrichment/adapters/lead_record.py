"""A lead as one flat record: the one mapping that the CRM's table and the CSV export share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum

from enrichment.lead import Evidence, Lead, LeadStatus, UrgencyLabel

Value = str | int | None

KEY = "Leadbot Key"
LINE_LIMIT = 1000
# What Airtable takes in a long text, counted as its own language counts: in UTF-16 units.
TEXT_LIMIT = 100_000
REASONS = 10
CUT = " … (cut)"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


PRIORITIES = tuple(_words(label) for label in UrgencyLabel)
STATUSES = tuple(_words(status) for status in LeadStatus)
CHANNELS = ("Email", "Slack")

_LINE_END = re.compile(r"\r\n?")
_CONTROL = re.compile(r"[\x01-\x08\x0b-\x1f\x7f]")


class Kind(StrEnum):
    """What a column holds, and so which types a table's field may have. TERM: one of few; LINE: anybody's words."""

    KEY = "key"
    LINE = "line"
    TERM = "term"
    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    NUMBER = "number"
    CHOICE = "choice"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """One field of the record.

    read: the value in a lead, None when there is none; holds: what it is, for the documentation.
    choices: all that a CHOICE may say.
    kept: what somebody else wrote there stays when the lead has nothing to say.
    """

    name: str
    kind: Kind
    read: Callable[[Lead], Value]
    holds: str
    choices: tuple[str, ...] = ()
    kept: bool = False


def _priority(lead: Lead) -> str:
    return _words(lead.triage.label)


def _status(lead: Lead) -> str:
    return _words(lead.status)


def _channel(lead: Lead) -> str:
    return "Slack" if lead.channel == "slack" else "Email"


def _summary(lead: Lead) -> str:
    return lead.analysis.summary if lead.analysis else ""


def _received(lead: Lead) -> str:
    return f"{lead.received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _duplicate_of(lead: Lead) -> str:
    return f"L-{lead.duplicate_of}" if lead.duplicate_of is not None else ""


def _why(lead: Lead) -> str:
    return ", ".join(map(_reason, lead.triage.evidence[:REASONS]))


def _reason(item: Evidence) -> str:
    return f"{item.rule} (“{one_line(item.quote, 200)}”)" if item.quote else item.rule


COLUMNS: tuple[Column, ...] = (
    Column(KEY, Kind.KEY, lambda lead: lead.uuid, "the lead's own key; a row is found again by it"),
    Column("Lead ID", Kind.LINE, lambda lead: lead.label, "the lead's name for people, `L-12`"),
    Column("Name", Kind.LINE, lambda lead: lead.contact.name, "who wrote", kept=True),
    Column("Email", Kind.EMAIL, lambda lead: lead.contact.email, "their e-mail address", kept=True),
    Column("Phone", Kind.PHONE, lambda lead: lead.contact.phone, "their phone, as `+15551234567`", kept=True),
    Column("Company", Kind.LINE, lambda lead: lead.contact.company, "their company", kept=True),
    Column("Request", Kind.LINE, lambda lead: lead.ask, "what they want, in one line"),
    Column("Message", Kind.TEXT, lambda lead: lead.text, "their own words, up to 100,000 characters"),
    Column("Urgency", Kind.NUMBER, lambda lead: lead.triage.urgency, "how soon someone should answer, 0 to 100"),
    Column("Priority", Kind.CHOICE, _priority, "the urgency in one word", choices=PRIORITIES),
    Column(
        "Intent",
        Kind.TERM,
        lambda lead: _words(lead.triage.intent),
        "what kind of message it is: `Booking`, `Quote`, `Question` …",
    ),
    Column("Service", Kind.TERM, lambda lead: lead.triage.service, "the service asked for"),
    Column("Summary", Kind.TEXT, _summary, "the language model's summary; empty without one"),
    Column("Status", Kind.CHOICE, _status, "what staff did with it", choices=STATUSES),
    Column("Owner", Kind.TERM, lambda lead: lead.owner_name or lead.owner, "who claimed it"),
    Column("Note", Kind.TEXT, lambda lead: lead.note, "what staff wrote when they closed it"),
    Column("Channel", Kind.CHOICE, _channel, "how it came", choices=CHANNELS),
    Column("Business", Kind.TERM, lambda lead: lead.business, "whose lead it is"),
    Column("Received", Kind.MOMENT, _received, "when it came, in UTC"),
    Column("Duplicate Of", Kind.LINE, _duplicate_of, "the earlier lead that it may repeat, `L-7`"),
    Column("Why", Kind.TEXT, _why, "what makes it as urgent as it is"),
)


def record(lead: Lead) -> dict[str, Value]:
    """The lead by column name: clean, bounded texts, whole numbers, None for what is not there."""
    return {column.name: _value(column, lead) for column in COLUMNS}


def _value(column: Column, lead: Lead) -> Value:
    value = column.read(lead)
    if not isinstance(value, str):
        return value
    return (whole_text(value) if column.kind is Kind.TEXT else one_line(value)) or None


def clean(text: str) -> str:
    r"""Text that any table takes: \n line ends, no control characters, U+FFFD for NUL and lone surrogates."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    return _CONTROL.sub("", _LINE_END.sub("\n", whole))


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Clean text on one line, cut to a length."""
    line = " ".join(clean(text[: 20 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def whole_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Clean text on many lines, cut to a length in UTF-16 units."""
    cleaned = clean(text[: 2 * limit]).strip()
    units = cleaned.encode("utf-16-le")
    if len(units) <= 2 * limit and len(text) <= 2 * limit:
        return cleaned
    return units[: 2 * (limit - len(CUT))].decode("utf-16-le", "ignore") + CUT
