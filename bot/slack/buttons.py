"""What can be pressed on a card: one main button, the others, and the rest behind the dots. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.slack.blocks import Block, inert
from enrichment.adapters.store.book import OPEN_STATES
from enrichment.lead import Lead, LeadStatus

BLOCK = "lead_actions"
CLAIM = "lead_claim"
RELEASE = "lead_release"
WON = "lead_won"
LOST = "lead_lost"
REOPEN_NOW = "lead_reopen"
MORE = "lead_more"
EDIT = "lead_edit"
# No card is drawn with it any more, but older ones that nobody has touched since still have it.
CLOSE = "lead_close"

# What stands behind the dots; the value of an option is one of these and the lead, `message:12`.
SNOOZE = "snooze"
WAKE = "wake"
ASSIGN = "assign"
NOT_A_LEAD = "not_a_lead"
SHOW_MESSAGE = "message"
WHY = "why"
REOPEN = "reopen"

_VALUE = re.compile(r"(?:([a-z_]{1,32}):)?(\d{1,12})(?::(\d{1,12}))?")


def buttons(lead: Lead) -> Block:
    """The buttons of the lead's card as it is now."""
    options = [{"text": inert(text, 75), "value": f"{verb}:{lead.id}"} for verb, text in _more(lead)]
    dots = {"type": "overflow", "action_id": MORE, "options": options}
    return {"type": "actions", "block_id": BLOCK, "elements": [*_plain(lead), dots]}


def _plain(lead: Lead) -> Sequence[Block]:
    number = str(lead.id)
    if lead.status not in OPEN_STATES:
        return [button(REOPEN_NOW, "Reopen", number)]
    lost = button(LOST, "Lost", number)
    if lead.status == LeadStatus.CLAIMED:
        return [button(WON, "Won", number, style="primary"), lost, button(RELEASE, "Release", number)]
    return [button(CLAIM, "Claim", number, style="primary"), button(WON, "Won", number), lost]


def _more(lead: Lead) -> Sequence[tuple[str, str]]:
    """At most five, which is Slack's limit."""
    read = [(SHOW_MESSAGE, "Show Full Message"), (WHY, "Why This Urgency?")]
    if lead.status not in OPEN_STATES:
        return read
    rest = (WAKE, "End Snooze") if lead.snoozed_until is not None else (SNOOZE, "Snooze…")
    return [rest, (ASSIGN, "Assign…"), (NOT_A_LEAD, "Not a Lead"), *read]


def button(action_id: str, text: str, value: str, **looks: Any) -> Block:
    """A button; text in Title Case."""
    return {"type": "button", "action_id": action_id, "text": inert(text, 75), "value": value, **looks}


def pressed(value: str) -> tuple[str, int, int] | None:
    """(verb, lead id, page or other lead) of a value: `12`, `why:12`, `12:3` or `same:12:3`; None when it is none."""
    match = _VALUE.fullmatch(value)
    return None if match is None else (match[1] or "", int(match[2]), int(match[3] or 1))
