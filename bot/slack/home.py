"""The home tab: what is not connected, my leads, unclaimed ones, the week in numbers, settings. Pure.

Slack takes 100 blocks in a view; with every list full these are some 90.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from bot.slack import buttons, cards, home_settings
from bot.slack.blocks import Block, fields, header, inert, one_line, section, small
from bot.slack.card_facts import sender
from bot.slack.home_checklist import PARTS, Todo
from bot.staff_settings import Effective
from enrichment.lead import Lead
from enrichment.models import Model

LISTED = 10
OPEN_CARD, HIDE_CHECKLIST = "home_open", "home_hide_checklist"
LINE_LIMIT = 380
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))

View = dict[str, Any]


class Week(Model):
    """What came of the last seven days."""

    leads: int = 0
    claimed: int = 0
    won: int = 0
    median_claim_seconds: float | None = None


class Shared(Model):
    """What everybody's home tab shows alike. unclaimed_count: how many there are beyond those that are listed."""

    todo: tuple[Todo, ...] = ()
    unclaimed: tuple[Lead, ...] = ()
    unclaimed_count: int = 0
    week: Week = Week()
    chosen: Effective
    zone: str = "UTC"


class Facts(Model):
    """All that one person's home tab is made of. links: lead id to its card; names: Slack's ids to what people say."""

    shared: Shared
    mine: tuple[Lead, ...] = ()
    mine_count: int = 0
    hidden: bool = False
    links: Mapping[int, str] = Field(default_factory=dict)
    names: Mapping[str, str] = Field(default_factory=dict)


def view(facts: Facts) -> View:
    """The home tab of somebody who may use the cards."""
    shared = facts.shared
    checklist = [] if facts.hidden else _checklist(shared)
    return _home(
        [
            *checklist,
            *_mine(facts),
            *_unclaimed(facts),
            {"type": "divider"},
            *_numbers(shared.week),
            {"type": "divider"},
            *home_settings.shown(shared.chosen, facts.names, shared.zone),
        ]
    )


def refusal(why: str) -> View:
    """The home tab of anybody else: one line."""
    return _home([section(f"Leads are shown here to those who answer them. {one_line(why, 300)}.", 600)])


def _home(blocks: list[Block]) -> View:
    return {"type": "home", "blocks": blocks}


def _checklist(shared: Shared) -> list[Block]:
    if not shared.todo:
        return []
    hide = buttons.button(HIDE_CHECKLIST, "Hide This List", "hide")
    return [
        header("Getting started"),
        small(f"Connected: {PARTS - len(shared.todo)} of {PARTS} parts. Leadbot works without the others too."),
        *(section(f"☐ {one_line(part.title, 100)}: {one_line(part.advice, 500)}", 700) for part in shared.todo[:PARTS]),
        {"type": "actions", "block_id": "home_checklist", "elements": [hide]},
        {"type": "divider"},
    ]


def _mine(facts: Facts) -> list[Block]:
    shown = [block for lead in facts.mine[:LISTED] for block in _own(lead, facts.links)]
    empty = [] if shown else [small("You have claimed none. Press Claim on a lead below, or on its card.")]
    return [header("My leads"), *shown, *empty, *_more(facts.mine_count, len(facts.mine[:LISTED]), "/lead mine")]


def _own(lead: Lead, links: Mapping[int, str]) -> list[Block]:
    number = str(lead.id)
    nap = (buttons.WAKE, "End Snooze") if lead.snoozed_until is not None else (buttons.SNOOZE, "Snooze…")
    more = [nap, (buttons.SHOW_MESSAGE, "Show Full Message"), (buttons.WHY, "Why This Urgency?")]
    options = [{"text": inert(text, 75), "value": f"{verb}:{number}"} for verb, text in more]
    pressed = [buttons.button(buttons.WON, "Won", number), buttons.button(buttons.LOST, "Lost", number)]
    dots = {"type": "overflow", "action_id": buttons.MORE, "options": options}
    return _row("mine", lead, [*pressed, *_link(lead, links), dots])


def _unclaimed(facts: Facts) -> list[Block]:
    leads = facts.shared.unclaimed[:LISTED]
    shown = [block for lead in leads for block in _free(lead, facts.links)]
    empty = [] if shown else [small("None: somebody has every lead.")]
    more = _more(facts.shared.unclaimed_count, len(leads), "/lead unclaimed")
    return [header("Unclaimed, most urgent first"), *shown, *empty, *more]


def _free(lead: Lead, links: Mapping[int, str]) -> list[Block]:
    return _row("free", lead, [buttons.button(buttons.CLAIM, "Claim", str(lead.id)), *_link(lead, links)])


def _row(kind: str, lead: Lead, elements: list[Block]) -> list[Block]:
    return [
        section(_line(lead), LINE_LIMIT),
        {"type": "actions", "block_id": f"{kind}_{lead.id}", "elements": elements},
    ]


def _line(lead: Lead) -> str:
    """One lead, not escaped; what we know comes before what others wrote."""
    label = lead.triage.label
    asleep = " 💤" if lead.snoozed_until is not None else ""
    sample = " (sample)" if lead.sample else ""
    words = f"{cards.ask(lead, 160)}, from {one_line(sender(lead), 60)}"
    return f"{cards.SIGNS[label]} {lead.triage.urgency} · {lead.label}{asleep}{sample} · {words}"


def _link(lead: Lead, links: Mapping[int, str]) -> list[Block]:
    url = links.get(lead.id, "")
    return [buttons.button(OPEN_CARD, "Open", str(lead.id), url=url)] if url and len(url) <= 3000 else []


def _more(count: int, listed: int, command: str) -> list[Block]:
    return [small(f"and {count - listed} more: {command} lists them")] if count > listed else []


def _numbers(week: Week) -> list[Block]:
    told = [("Leads", str(week.leads)), ("Claimed", str(week.claimed))]
    told += [("Median time to claim", duration(week.median_claim_seconds)), ("Won", str(week.won))]
    return [header("The last 7 days"), fields(told)]


def duration(seconds: float | None) -> str:
    """`none yet`, `under a minute`, `12 min`, `3 h`, `2 d`."""
    if seconds is None:
        return "none yet"
    found = next(((int(seconds // length), unit) for length, unit in _UNITS if seconds >= length), None)
    return "under a minute" if found is None else f"{found[0]} {found[1]}"
