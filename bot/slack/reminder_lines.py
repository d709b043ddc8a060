"""What staff read when a lead is raised again. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from bot.slack import buttons, cards
from bot.slack.blocks import TEXT_LIMIT, SlackMessage, clipped, link, markup, one_line, section
from bot.slack.history import ago
from enrichment.adapters.store.reminder_scan import OUTCOME, UNCLAIMED
from enrichment.lead import Lead, UrgencyLabel

NAMED = 5
_ASK = 160
_USER = re.compile(r"[UW][A-Z0-9]{2,20}", re.ASCII)


def is_user(name: str) -> bool:
    """Whether this is a person's id in Slack, and not that of a channel or of somebody at the command line."""
    return _USER.fullmatch(name) is not None


def unclaimed(lead: Lead, now: datetime, *, again: bool = False) -> SlackMessage:
    """A hot lead that nobody has, shown in the channel as well."""
    sign, still = ("🚨", "still unclaimed") if again else ("⏰", "unclaimed")
    said = f"{sign} {lead.label} is hot {lead.triage.urgency} and {still} after {_waited(lead, now)}"
    return _line(said, lead, broadcast=True)


def outcome(lead: Lead) -> SlackMessage:
    """The question how a lead ended that somebody claimed days ago, with the buttons that answer it."""
    owner = one_line(lead.owner_name, cards.OWNER_LIMIT) or "Somebody"
    asked = _line(f"❔ {owner} has {lead.label}. How did it end?", lead)
    number = str(lead.id)
    answers = [
        buttons.button(buttons.WON, "Won", number),
        buttons.button(buttons.LOST, "Lost", number),
        buttons.button(buttons.MORE, "Snooze…", f"{buttons.SNOOZE}:{number}"),
    ]
    actions = {"type": "actions", "block_id": f"outcome:{number}", "elements": answers}
    return asked.model_copy(update={"blocks": (*asked.blocks, actions)})


def awake(lead: Lead) -> SlackMessage:
    """A snoozed lead that is back; one that is nobody's is shown in the channel as well."""
    return _line(f"🔔 {lead.label} is back: its snooze is over", lead, broadcast=not lead.owner)


def many(kind: str, leads: Sequence[Lead], now: datetime, *, again: bool = False) -> SlackMessage:
    """So many at once that a line each would bury the channel. leads: the most urgent first."""
    count = len(leads)
    if kind == UNCLAIMED:
        longest = max(leads, key=lambda lead: now - lead.received_at)
        sign, still = ("🚨", "still unclaimed") if again else ("⏰", "unclaimed")
        title = f"{sign} {count} hot leads are {still}; the longest has waited {_waited(longest, now)}"
    elif kind == OUTCOME:
        title = f"❔ {count} claimed leads have no outcome yet. How did they end?"
    else:
        title = f"🔔 {count} leads are back: their snooze is over"
    listed = "\n".join(cards.list_line(lead) for lead in leads[:NAMED])
    more = f"\nand {count - NAMED} more: /lead lists them" if count > NAMED else ""
    return SlackMessage(text=clipped(title, TEXT_LIMIT), blocks=(section(title), section(listed + more)))


def mentioning(message: SlackMessage, user: str) -> SlackMessage:
    """The same, and this person is pinged; a name that is no id is left out."""
    if not is_user(user):
        return message
    said, *rest = message.blocks
    return message.model_copy(update={"blocks": (said, markup(f"<@{user}>"), *rest)})


def linked(message: SlackMessage, url: str | None) -> SlackMessage:
    """The same, with the way to the card."""
    if not url:
        return message
    return message.model_copy(update={"blocks": (*message.blocks, markup(link(url, "Open the card")))})


def hot(lead: Lead) -> bool:
    """Whether it is to be raised again as long as nobody has it."""
    return lead.triage.label == UrgencyLabel.HOT


def _line(said: str, lead: Lead, *, broadcast: bool = False) -> SlackMessage:
    asked = one_line(cards.ask(lead, _ASK), _ASK)
    return SlackMessage(
        text=clipped(f"{said} · {asked}", TEXT_LIMIT), blocks=(section(f"{said}\n{asked}", 1200),), broadcast=broadcast
    )


def _waited(lead: Lead, now: datetime) -> str:
    told = ago(lead.received_at, now).removesuffix(" ago")
    return "a moment" if told == "just now" else told
