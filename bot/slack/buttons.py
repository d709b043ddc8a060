"""What can be pressed on a card: one main button, the others, and the rest behind the dots. Pure."""

from __future__ import annotations

import re
from typing import Any

from bot.slack.blocks import Block, inert
from enrichment.adapters.store.book import OPEN_STATES
from enrichment.models import Lead, LeadStatus

BLOCK = "lead_actions"
CLAIM = "lead_claim"
RELEASE = "lead_release"
CLOSE = "lead_close"
MORE = "lead_more"

# What stands behind the dots; the value of an option is one of these and the lead, `message:12`.
SHOW_MESSAGE = "message"
WHY = "why"
REOPEN = "reopen"

_VALUE = re.compile(r"(?:([a-z_]{1,32}):)?(\d{1,12})(?::(\d{1,6}))?")


def buttons(lead: Lead) -> Block:
    """The buttons of the lead's card as it is now."""
    opened = lead.status in OPEN_STATES
    more = [(SHOW_MESSAGE, "Show Full Message"), (WHY, "Why This Urgency?"), *([] if opened else [(REOPEN, "Reopen")])]
    options = [{"text": inert(text, 75), "value": f"{verb}:{lead.id}"} for verb, text in more]
    elements: list[Block] = []
    if lead.status == LeadStatus.OPEN:
        elements.append(button(CLAIM, "Claim", str(lead.id), style="primary"))
    if lead.status == LeadStatus.CLAIMED:
        elements.append(button(RELEASE, "Release", str(lead.id)))
    if opened:
        elements.append(button(CLOSE, "Close…", str(lead.id)))
    elements.append({"type": "overflow", "action_id": MORE, "options": options})
    return {"type": "actions", "block_id": BLOCK, "elements": elements}


def button(action_id: str, text: str, value: str, **looks: Any) -> Block:
    """A button; text in Title Case."""
    return {"type": "button", "action_id": action_id, "text": inert(text, 75), "value": value, **looks}


def pressed(value: str) -> tuple[str, int, int] | None:
    """(verb, lead id, page) of the value of a button or an option: `12`, `why:12` or `12:3`; None when it is none."""
    match = _VALUE.fullmatch(value)
    return None if match is None else (match[1] or "", int(match[2]), int(match[3] or 1))
