"""What staff did, in words: a line in the lead's thread for each action, and what a presser is told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, one_line, section, small
from bot.slack.cards import STATUS_SIGNS, STATUS_WORDS
from enrichment.adapters.store.desk import CLAIMED, CLOSED, RELEASED, REOPENED, Change
from enrichment.adapters.store.events import Event
from enrichment.models import Lead, LeadStatus

NAMED = 80
_UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"))

Words = Callable[[str, Event], str]


def _closed(label: str, event: Event) -> str:
    status = LeadStatus(event.said("status"))
    return f"{STATUS_SIGNS[status]} {_who(event)} closed {label} as {STATUS_WORDS[status].lower()}"


def _released(label: str, event: Event) -> str:
    owner = one_line(event.said("was_owner_name"), NAMED)
    others = f", which {owner} had" if owner and owner != _who(event) else ""
    return f"↩️ {_who(event)} released {label}{others}"


# One row an action that is told of in the thread; a new action is a new row.
WORDS: Mapping[str, Words] = {
    CLAIMED: lambda label, event: f"{STATUS_SIGNS[LeadStatus.CLAIMED]} {_who(event)} claimed {label}",
    RELEASED: _released,
    CLOSED: _closed,
    REOPENED: lambda label, event: f"🔄 {_who(event)} reopened {label}",
}


def _who(event: Event) -> str:
    return one_line(event.said("name"), NAMED) or "Somebody"


def line(lead: Lead, event: Event) -> SlackMessage:
    """The line in the lead's thread, with the note below when one was written."""
    text = WORDS[event.action](lead.label, event)
    note = event.said("note")
    words = [section(note)] if note.strip() else []
    said = f"{text}: {one_line(note, 400)}" if words else text
    return SlackMessage(text=clipped(said, TEXT_LIMIT), blocks=(small(text, 600), *words))


def standing(lead_id: int, change: Change, user: str, now: datetime) -> SlackMessage:
    """What somebody is told whose button came too late: `Maya Brooks claimed L-12 2 minutes ago`."""
    label = f"L-{lead_id}"
    text = f"{label} is {STATUS_WORDS[change.status].lower()}"
    if change.at is not None:
        who = "You" if change.by == user else one_line(change.by_name, NAMED) or "Somebody"
        how = f" as {STATUS_WORDS[change.status].lower()}" if change.action == CLOSED else ""
        text = f"{who} {change.action} {label}{how} {ago(change.at, now)}"
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=(section(text),))


def ago(then: datetime, now: datetime) -> str:
    """`just now`, `2 minutes ago`, `3 days ago`."""
    seconds = (now - then).total_seconds()
    for length, unit in _UNITS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
