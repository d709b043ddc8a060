"""The windows that a card opens: how a lead ended, its whole message, why it is as urgent as it is. Pure."""

from __future__ import annotations

import json
from typing import Any

from bot.slack import cards
from bot.slack.blocks import (
    Block,
    context,
    header,
    inert,
    one_line,
    paragraphs,
    section,
    small,
)
from bot.slack.buttons import button
from enrichment.adapters.store.desk import LONGEST_NOTE, OUTCOMES
from enrichment.models import Evidence, Lead

Modal = dict[str, Any]

CLOSE_FORM = "lead_close_form"
OUTCOME = "outcome"
NOTE = "note"
PREVIOUS_PAGE = "message_previous"
NEXT_PAGE = "message_next"
TITLE_LIMIT = 24
# A view may weigh 250,000 bytes as JSON, in which an emoji weighs 12: six paragraphs of nothing else still fit.
PAGE = 6
REASON_LIMIT = 400


def close_form(lead: Lead, channel: str) -> Modal:
    """Asks how the lead ended. channel: where it was asked, for who must be told something there."""
    options = [{"text": inert(cards.STATUS_WORDS[status], 75), "value": status.value} for status in OUTCOMES]
    outcome = {"type": "radio_buttons", "action_id": OUTCOME, "options": options}
    note = {"type": "plain_text_input", "action_id": NOTE, "multiline": True, "max_length": LONGEST_NOTE}
    return _modal(
        f"Close {lead.label}",
        [small(cards.headline(lead), 1000), _input(OUTCOME, "Outcome", outcome), _input(NOTE, "Note", note)],
        callback_id=CLOSE_FORM,
        submit=inert("Close Lead", TITLE_LIMIT),
        close=inert("Cancel", TITLE_LIMIT),
        private_metadata=json.dumps({"lead": lead.id, "channel": channel}),
    )


def _input(name: str, label: str, element: Block) -> Block:
    """A field whose block and action share one name; only the outcome must be given."""
    named: Block = {"type": "input", "block_id": name, "label": inert(label, 75), "element": element}
    return named | {"optional": name != OUTCOME}


def message(lead: Lead, page: int = 1) -> Modal:
    """All that came, in pages that Slack takes; a page that does not exist is the nearest that does."""
    words = lead.whole or lead.text
    # Escaped, no character becomes longer than five.
    parts = paragraphs(words, 5 * len(words) + 1) or [section("(no text)")]
    pages = -(-len(parts) // PAGE)
    here = max(1, min(page, pages))
    subject = one_line(lead.subject, 300)
    who = f"From {cards.sender(lead)}" + (f": {subject}" if subject else "")
    return _modal(
        f"{lead.label} Message",
        [small(who, 1500), *parts[(here - 1) * PAGE : here * PAGE], *_turning(lead, here, pages)],
        close=inert("Close", TITLE_LIMIT),
    )


def _turning(lead: Lead, here: int, pages: int) -> list[Block]:
    if pages == 1:
        return []
    back = [button(PREVIOUS_PAGE, "Previous Page", f"{lead.id}:{here - 1}")] if here > 1 else []
    on = [button(NEXT_PAGE, "Next Page", f"{lead.id}:{here + 1}")] if here < pages else []
    return [context(f"Page {here} of {pages}"), {"type": "actions", "block_id": "pages", "elements": [*back, *on]}]


def urgency(lead: Lead) -> Modal:
    """Every reason for the lead's urgency in the customer's words, and what the language model made of it."""
    triage = lead.triage
    told = [section(_reason(item), REASON_LIMIT) for item in triage.evidence[:30]] or [section(cards.reasons(()))]
    by = small(f"Judged by {one_line(triage.method, 100)}. {cards.scale()} From 70 a lead is hot, from 40 warm.", 300)
    return _modal(f"Why {lead.label}?", [_score(lead), *told, *_opinion(lead), by], close=inert("Close", TITLE_LIMIT))


def _score(lead: Lead) -> Block:
    label = lead.triage.label
    return header(f"{cards.SIGNS[label]} {label.value.title()} {lead.triage.urgency} of 100")


def _opinion(lead: Lead) -> list[Block]:
    """Where rules and model differ; the model's reasons stand among the others."""
    made = lead.analysis
    if made is None:
        return []
    alone = f"The rules alone say {made.rules.urgency}. " if made.rules is not None else ""
    said = f"{one_line(made.model, 100)} says {made.urgency}: {one_line(made.summary, 400)}"
    return [{"type": "divider"}, section(alone + said, 1000)]


def _reason(item: Evidence) -> str:
    points = f"{item.points:+d}  " if item.points else ""
    quote = f"\n“{one_line(item.quote, 300)}”" if item.quote else ""
    return f"{points}{one_line(item.rule, 200)}{quote}"


def _modal(title: str, blocks: list[Block], **more: Any) -> Modal:
    return {"type": "modal", "title": inert(title, TITLE_LIMIT), "blocks": blocks, **more}
