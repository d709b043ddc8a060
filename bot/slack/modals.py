"""The windows that show something of a lead: its whole message, why it is as urgent as it is. Pure."""

from __future__ import annotations

from bot.slack import cards
from bot.slack.blocks import Block, context, header, inert, one_line, paragraphs, section, small
from bot.slack.buttons import EDIT, button
from bot.slack.card_facts import sender
from bot.slack.modal_parts import TITLE_LIMIT, Modal, window
from enrichment.lead import Evidence, Lead

PREVIOUS_PAGE = "message_previous"
NEXT_PAGE = "message_next"
# A view may weigh 250,000 bytes as JSON, in which an emoji weighs 12: six paragraphs of nothing else still fit.
PAGE = 6
REASON_LIMIT = 400


def message(lead: Lead, page: int = 1) -> Modal:
    """All that came, in pages that Slack takes; a page that does not exist is the nearest that does."""
    words = lead.whole or lead.text
    # Escaped, no character becomes longer than five.
    parts = paragraphs(words, 5 * len(words) + 1) or [section("(no text)")]
    pages = -(-len(parts) // PAGE)
    here = max(1, min(page, pages))
    subject = one_line(lead.subject, 300)
    who = f"From {sender(lead)}" + (f": {subject}" if subject else "")
    shown = parts[(here - 1) * PAGE : here * PAGE]
    return window(
        f"{lead.label} Message",
        [small(who, 1500), *shown, *_turning(lead, here, pages), _edit(lead)],
        close=inert("Close", TITLE_LIMIT),
    )


def _turning(lead: Lead, here: int, pages: int) -> list[Block]:
    if pages == 1:
        return []
    back = [button(PREVIOUS_PAGE, "Previous Page", f"{lead.id}:{here - 1}")] if here > 1 else []
    on = [button(NEXT_PAGE, "Next Page", f"{lead.id}:{here + 1}")] if here < pages else []
    return [context(f"Page {here} of {pages}"), {"type": "actions", "block_id": "pages", "elements": [*back, *on]}]


def _edit(lead: Lead) -> Block:
    return {"type": "actions", "block_id": "edit", "elements": [button(EDIT, "Edit Lead…", str(lead.id))]}


def urgency(lead: Lead) -> Modal:
    """Every reason for the lead's urgency in the customer's words, and what the language model made of it."""
    triage = lead.triage
    told = [section(_reason(item), REASON_LIMIT) for item in triage.evidence[:30]] or [section(cards.reasons(()))]
    by = small(f"Judged by {one_line(triage.method, 100)}. {cards.scale()} From 70 a lead is hot, from 40 warm.", 300)
    blocks = [_score(lead), *told, *_opinion(lead), by, _edit(lead)]
    return window(f"Why {lead.label}?", blocks, close=inert("Close", TITLE_LIMIT))


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
