"""What staff did, in words: a line in the lead's thread for each action, and what a presser is told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.slack.blocks import TEXT_LIMIT, Block, SlackMessage, clipped, context, one_line, section, small
from bot.slack.cards import STATUS_SIGNS, STATUS_WORDS, stamp
from bot.slack.details import VERDICT_WORDS
from enrichment.adapters.store.acts import (
    ASSIGNED,
    AWOKEN,
    CLAIMED,
    CLOSED,
    CUSTOMER,
    EDITED,
    JUDGED,
    LEADBOT,
    RELEASED,
    REOPENED,
    SNOOZED,
    UNSNOOZED,
    Change,
)
from enrichment.adapters.store.events import Event
from enrichment.lead import Edits, Lead, LeadStatus

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


def _assigned(label: str, event: Event) -> str:
    owner = one_line(event.said("owner_name"), NAMED) or "somebody"
    return f"{STATUS_SIGNS[LeadStatus.CLAIMED]} {_who(event)} gave {label} to {owner}"


def _awoken(label: str, event: Event) -> str:
    return f"⏰ {label} is back" + (": its customer wrote again" if event.actor == CUSTOMER else "")


def _edited(label: str, event: Event) -> str:
    """Which fields; what they say now is on the card."""
    names = [str(name) for name in event.detail.get("fields") or () if name in Edits.model_fields]
    what = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return f"✏️ {_who(event)} edited {label}" + (f": {what}" if what else "")


def _judged(label: str, event: Event) -> str:
    said, other = VERDICT_WORDS.get(event.said("verdict")), f"L-{event.said('other')}"
    if said is None:
        return f"⚖️ {_who(event)} took back what was said of {label} and {other}"
    return f"⚖️ {_who(event)} said: {label} and {other} are {said}"


# One row an action that is told of in the thread; a new action is a new row.
WORDS: Mapping[str, Words] = {
    CLAIMED: lambda label, event: f"{STATUS_SIGNS[LeadStatus.CLAIMED]} {_who(event)} claimed {label}",
    RELEASED: _released,
    CLOSED: _closed,
    REOPENED: lambda label, event: f"🔄 {_who(event)} reopened {label}",
    ASSIGNED: _assigned,
    SNOOZED: lambda label, event: f"💤 {_who(event)} snoozed {label}",
    UNSNOOZED: lambda label, event: f"⏰ {_who(event)} ended the snooze of {label}",
    AWOKEN: _awoken,
    EDITED: _edited,
    JUDGED: _judged,
}
_DONE = {JUDGED: "judged a duplicate of", UNSNOOZED: "ended the snooze of", AWOKEN: "brought back"}


def _who(event: Event) -> str:
    return one_line(event.said("name"), NAMED) or "Somebody"


def is_told_by_timer(event: Event) -> bool:
    """Whether the reminder of a snooze that is over says it already, with a ping where one is due."""
    return event.action == AWOKEN and event.actor == LEADBOT


def line(lead: Lead, event: Event) -> SlackMessage:
    """The line in the lead's thread, with the note below when one was written."""
    text = WORDS[event.action](lead.label, event)
    note = event.said("note")
    words = [section(note)] if note.strip() else []
    said = f"{text}: {one_line(note, 400)}" if words else text
    return SlackMessage(text=clipped(said, TEXT_LIMIT), blocks=(small(text, 600), *_until(event), *words))


def _until(event: Event) -> list[Block]:
    """When a snoozed lead comes back, in the reader's own time."""
    if event.action != SNOOZED:
        return []
    try:
        return [context(f"Back {stamp(datetime.fromisoformat(event.said('until')))}")]
    except ValueError:
        return []


def standing(lead_id: int, change: Change, user: str, now: datetime) -> SlackMessage:
    """What somebody is told whose button came too late: `Maya Brooks claimed L-12 2 minutes ago`."""
    label = f"L-{lead_id}"
    text = f"{label} is {STATUS_WORDS[change.status].lower()}"
    if change.at is not None:
        who = "You" if change.by == user else one_line(change.by_name, NAMED) or "Somebody"
        how = f" as {STATUS_WORDS[change.status].lower()}" if change.action == CLOSED else ""
        whose = f" to {one_line(change.owner_name, NAMED) or 'somebody'}" if change.action == ASSIGNED else ""
        did = _DONE.get(change.action, change.action)
        text = f"{who} {did} {label}{how}{whose} {ago(change.at, now)}"
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=(section(text),))


def ago(then: datetime, now: datetime) -> str:
    """`just now`, `2 minutes ago`, `3 days ago`."""
    seconds = (now - then).total_seconds()
    for length, unit in _UNITS:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
