"""The one reply below a card: duplicate warnings that staff can judge, related and similar leads, why. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.slack.blocks import TEXT_LIMIT, Block, SlackMessage, clipped, context, markup, one_line, section
from bot.slack.buttons import button
from bot.slack.cards import OWNER_LIMIT, Links, because, named, reasons, scale, warning
from enrichment.lead import Lead, Match, MatchKind, Verdict

# The action id of a button: `lead_verdict:same:3`, so that no two of a message are equal; its value `same:12:3`.
VERDICT = "lead_verdict"
UNDO = "undo"
WARNINGS = 5
OTHERS = 6
_BUTTONS = {Verdict.SAME: "Same", Verdict.RELATED: "Related", Verdict.DIFFERENT: "Different"}
VERDICT_WORDS: Mapping[str, str] = {
    Verdict.SAME: "the same request",
    Verdict.RELATED: "related, but another request",
    Verdict.DIFFERENT: "different",
}
_KIND_WORDS = {
    MatchKind.DUPLICATE: "May also repeat",
    MatchKind.RELATED: "Same customer, another request:",
    MatchKind.SIMILAR: "Similar request:",
}


def details(lead: Lead, links: Links) -> SlackMessage:
    """The reply: what to judge first, then related and similar leads, then the evidence.

    links: lead id to the permalink of its card, for those that have one.
    """
    judged = [match for match in _ranked(lead) if _is_warning(lead, match)][:WARNINGS]
    others = [match for match in lead.matches if match not in judged][:OTHERS]
    blocks = [block for match in judged for block in _warning(lead, match, links)]
    if lead.duplicate_of is not None and all(match.other_id != lead.duplicate_of for match in judged):
        blocks.insert(0, markup(f"⚠️ *Possible duplicate of* {named(lead.duplicate_of, links)}"))
    blocks += [_match_line(match, links) for match in others]
    blocks.append(section(f"Urgency {lead.triage.urgency} by {lead.triage.method}:\n{_points(lead)}", 2000))
    text = warning(lead) or f"Why {lead.label} is {lead.triage.label.value} {lead.triage.urgency}"
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=tuple(blocks))


def _ranked(lead: Lead) -> list[Match]:
    """The lead that this one repeats first; the others as matching ranked them."""
    return sorted(lead.matches, key=lambda match: match.other_id != lead.duplicate_of)


def _is_warning(lead: Lead, match: Match) -> bool:
    return match.other_id == lead.duplicate_of or match.kind == MatchKind.DUPLICATE or match.verdict is not None


def _warning(lead: Lead, match: Match, links: Links) -> list[Block]:
    if match.verdict is not None:
        return _judged(lead, match, match.verdict)
    title = "*Possible duplicate of*" if match.other_id == lead.duplicate_of else "*May also repeat*"
    told = _reasons_of(match)
    why = section(f"Why: {told}\nIs it the same request?" if told else "Is it the same request?", 1200)
    pressed = [_button(lead, match, verdict.value, words) for verdict, words in _BUTTONS.items()]
    return [markup(f"⚠️ {title} {named(match.other_id, links)}"), why, _row(match, pressed)]


def _judged(lead: Lead, match: Match, verdict: Verdict) -> list[Block]:
    """Who said what, and the way back."""
    who = one_line(match.judged_by_name, OWNER_LIMIT) or "Somebody"
    said = section(f"⚖️ {who} said: {lead.label} and L-{match.other_id} are {VERDICT_WORDS[verdict]}", 600)
    return [said, _row(match, [_button(lead, match, UNDO, "Undo")])]


def _row(match: Match, pressed: list[Block]) -> Block:
    return {"type": "actions", "block_id": f"verdict:{match.other_id}", "elements": pressed}


def _button(lead: Lead, match: Match, verb: str, words: str) -> Block:
    return button(f"{VERDICT}:{verb}:{match.other_id}", words, f"{verb}:{lead.id}:{match.other_id}")


def _reasons_of(match: Match) -> str:
    return because(match.reasons, 1000)


def _match_line(match: Match, links: Links) -> Block:
    told = f"{_KIND_WORDS[match.kind]} {named(match.other_id, links)} ({match.score:.0%})"
    return context(told, _reasons_of(match), 300)


def _points(lead: Lead) -> str:
    lines = [f"{item.points:+d}  {reasons([item])}" for item in lead.triage.evidence]
    return "\n".join([scale(), *lines])
