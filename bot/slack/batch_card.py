"""The card that lists the leads of a backlog that can wait, rendered whole from them: pure functions.

Told from outside: a row with the block id `lead:12` is where L-12 is shown; one with `opened:12` says that L-12 has a
card of its own, whose fallback text ends in `(L-12)`. The fallback text of a batch card names all leads that it shows,
for a Slack that refuses the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.slack.blocks import TEXT_LIMIT, Block, SlackMessage, clipped, context, link, section, size, small
from bot.slack.buttons import button
from bot.slack.card_facts import sender
from bot.slack.cards import MESSAGE_LIMIT, SIGNS, Links, ask, list_line
from enrichment.lead import Lead

OPEN = "lead_open"
# 45 of them, with what stands around them, stay below what Slack takes in one message.
ROW_LIMIT = 250
OPENED_LIMIT = 90
_HINT = "None of these is hot. Open gives a lead a card of its own, with all of the buttons."


def batch_card(leads: Sequence[Lead], opened: Collection[int], links: Links) -> SlackMessage:
    """All leads of a batch in this order; opened: those that have cards of their own; links: to these cards."""
    waiting = [lead for lead in leads if lead.id not in opened]
    title = _title(waiting, len(leads) - len(waiting))
    named = f"{title}: {', '.join(lead.label for lead in waiting)}" if waiting else title
    blocks = _blocks(title, leads, opened, links)
    if size(blocks) > MESSAGE_LIMIT:
        blocks = _blocks(title, leads, opened, {})
    return SlackMessage(text=clipped(named, TEXT_LIMIT), blocks=tuple(blocks))


def _title(waiting: Sequence[Lead], opened: int) -> str:
    if not waiting:
        return "🔵 Every lead of this list has a card of its own now"
    labels = {lead.triage.label for lead in waiting}
    most = labels.pop() if len(labels) == 1 else None
    rank = f"{most} " if most else ""
    more = f", {opened} more with own cards" if opened else ""
    count = f"{len(waiting)} {rank}{'lead' if len(waiting) == 1 else 'leads'}"
    return f"{SIGNS[waiting[0].triage.label]} {count} in one list, most urgent first{more}"


def _blocks(title: str, leads: Sequence[Lead], opened: Collection[int], links: Links) -> list[Block]:
    rows = [_opened(lead, links) if lead.id in opened else _row(lead) for lead in leads]
    return [section(title), *rows, small(_HINT)]


def _row(lead: Lead) -> Block:
    pressed = button(f"{OPEN}:{lead.id}", "Open", str(lead.id))
    return section(list_line(lead), ROW_LIMIT) | {"block_id": f"lead:{lead.id}", "accessory": pressed}


def _opened(lead: Lead, links: Links) -> Block:
    name = link(links[lead.id], lead.label) if lead.id in links else lead.label
    words = f"{ask(lead, 60)} · {sender(lead)}"
    return context(f"↗️ {name} has its own card", words, OPENED_LIMIT) | {"block_id": f"opened:{lead.id}"}
