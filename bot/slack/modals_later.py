"""The windows in which a lead is put off, or given to somebody. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.slack import cards
from bot.slack.blocks import small
from bot.slack.interaction import Interaction
from bot.slack.modal_parts import Modal, choice, field, form
from enrichment.adapters.store.desk import LONGEST_SNOOZE
from enrichment.lead import Lead

SNOOZE_FORM = "lead_snooze_form"
ASSIGN_FORM = "lead_assign_form"
WHEN = "when"
DAY = "day"
HOUR = "hour"
OWNER = "owner"
SOON, TOMORROW, LATER = "hour", "tomorrow", "date"
_CHOICES = {SOON: "In 1 hour", TOMORROW: "Tomorrow at 9:00", LATER: "At a date"}
MORNING = time(9)


def snooze_form(lead: Lead, channel: str, zone: str) -> Modal:
    """Asks until when nobody is to be reminded of it. zone: the business's."""
    blocks = [
        small(cards.headline(lead), 1000),
        field(WHEN, "Bring It Back", choice("radio_buttons", _CHOICES, SOON)),
        field(DAY, "Date", {"type": "datepicker"}, optional=True),
        field(HOUR, "Time", {"type": "timepicker", "initial_time": "09:00"}, optional=True, hint=f"In {zone}"),
    ]
    told = {"lead": lead.id, "channel": channel, "zone": zone}
    return form(f"Snooze {lead.label}", blocks, callback_id=SNOOZE_FORM, submit="Snooze", remembers=told)


def assign_form(lead: Lead, channel: str) -> Modal:
    """Asks whose it is from now on."""
    picker = {"type": "users_select"} | ({"initial_user": lead.owner} if lead.owner else {})
    blocks = [small(cards.headline(lead), 1000), field(OWNER, "Who Takes It?", picker)]
    told = {"lead": lead.id, "channel": channel}
    return form(f"Assign {lead.label}", blocks, callback_id=ASSIGN_FORM, submit="Assign", remembers=told)


def unclear_snooze(given: Interaction, now: datetime) -> dict[str, str]:
    """What is missing in the window of a snooze."""
    if given.answers.get(WHEN) not in _CHOICES:
        return {WHEN: "Choose when it shall come back"}
    if given.answers[WHEN] != LATER:
        # The date was meant for something: neither of the two is thrown away without a word.
        return {DAY: f"Choose “{_CHOICES[LATER]}” above, or clear this date"} if given.answers.get(DAY) else {}
    if not given.answers.get(DAY):
        return {DAY: "Choose a date"}
    until = snoozed_until(given, now)
    if until is None or until <= now:
        return {DAY: "This moment has passed; choose a later one"}
    return {} if until <= now + LONGEST_SNOOZE else {DAY: "Choose a date within a year"}


def unclear_owner(given: Interaction) -> dict[str, str]:
    """What is missing in the window of an assignment."""
    return {} if given.answers.get(OWNER) else {OWNER: "Choose who takes it"}


def snoozed_until(given: Interaction, now: datetime) -> datetime | None:
    """The moment that was chosen, in UTC; None when it is none."""
    zone = _zone(given.metadata)
    match given.answers.get(WHEN):
        case "hour":
            return now + timedelta(hours=1)
        case "tomorrow":
            return _at(now.astimezone(zone).date() + timedelta(days=1), MORNING, zone)
        case _:
            return _chosen(given.answers.get(DAY, ""), given.answers.get(HOUR) or "09:00", zone)


def _chosen(day: str, hour: str, zone: ZoneInfo) -> datetime | None:
    try:
        return _at(date.fromisoformat(day), time.fromisoformat(hour).replace(tzinfo=None), zone)
    except (ValueError, OverflowError):
        return None


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)


def _zone(metadata: Mapping[str, object]) -> ZoneInfo:
    name = metadata.get("zone")
    try:
        return ZoneInfo(name if isinstance(name, str) else "UTC")
    except (KeyError, ValueError, OSError):  # whatever a payload holds
        return ZoneInfo("UTC")
