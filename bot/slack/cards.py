"""A lead as staff see it, rendered whole from the lead alone: pure functions, no Slack call, no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.slack.blocks import (
    TEXT_LIMIT,
    Block,
    SlackMessage,
    clipped,
    context,
    escape,
    fields,
    header,
    link,
    markup,
    one_line,
    section,
)
from enrichment.models import Evidence, Lead, LeadStatus, Match, MatchKind, UrgencyLabel

SIGNS = {UrgencyLabel.HOT: "🔴", UrgencyLabel.WARM: "🟠", UrgencyLabel.COLD: "🔵"}
CHANNEL_WORDS = {"smtp": "e-mail", "imap": "e-mail", "slack": "Slack"}
STATUS_WORDS = {
    LeadStatus.OPEN: "Open",
    LeadStatus.CLAIMED: "Claimed",
    LeadStatus.WON: "Won",
    LeadStatus.LOST: "Lost",
    LeadStatus.NOT_A_LEAD: "Not a lead",
}
EXCERPT = 400

Links = Mapping[int, str]


def sender(lead: Lead) -> str:
    """Who wrote, in the best words there are."""
    return lead.contact.name or lead.contact.email or lead.contact.phone or "unknown sender"


def headline(lead: Lead) -> str:
    """`🔴 Hot 85 · Brakes are grinding`, not escaped."""
    label = lead.triage.label
    return f"{SIGNS[label]} {label.value.title()} {lead.triage.urgency} · {lead.ask or 'No subject'}"


def card(lead: Lead) -> SlackMessage:
    """The root message: headline, contact, urgency and why, the customer's words."""
    text = f"{headline(lead)}, from {sender(lead)} ({lead.label})"
    blocks = [
        header(headline(lead)),
        fields(_contact(lead)),
        section(f"Why {lead.triage.urgency}: {reasons(lead.triage.evidence)}", 600),
        section(one_line(lead.text, EXCERPT) or "(no text)", SECTION_EXCERPT),
        context(_footer(lead)),
    ]
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=tuple(blocks))


SECTION_EXCERPT = 1200


def _contact(lead: Lead) -> list[tuple[str, str]]:
    contact = lead.contact
    known = [("From", sender(lead)), ("E-mail", contact.email), ("Phone", contact.phone), ("Company", contact.company)]
    return [(label, value) for label, value in known if value]


def reasons(evidence: Sequence[Evidence]) -> str:
    """Why, in the customer's words: `says it is urgent (“asap”), gives a phone number`."""
    told = [f"{item.rule} (“{item.quote}”)" if item.quote else item.rule for item in evidence[:5]]
    return ", ".join(told) or "nothing says that it is urgent"


def _footer(lead: Lead) -> str:
    moment = lead.received_at
    stamp = f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"
    parts = [lead.label, STATUS_WORDS[lead.status], f"by {CHANNEL_WORDS[lead.channel]}", stamp]
    if lead.duplicate_of is not None:
        parts.append(f"⚠️ Possible duplicate of L-{lead.duplicate_of}")
    return " · ".join(parts)


def details(lead: Lead, links: Links) -> SlackMessage:
    """The one reply in the thread: the duplicate warning first, then related and similar leads, then the evidence.

    links: lead id to the permalink of its card, for those that have one.
    """
    blocks: list[Block] = []
    text = f"Why {lead.label} is {lead.triage.label.value} {lead.triage.urgency}"
    if lead.duplicate_of is not None:
        text = warning(lead)
        blocks.append(markup(_warning_markup(lead, links)))
    others = [match for match in lead.matches if match.other_id != lead.duplicate_of]
    if others:
        blocks.append(markup("\n".join(_match_line(match, links) for match in others[:6])))
    blocks.append(section(f"Urgency {lead.triage.urgency} by {lead.triage.method}:\n{_points(lead)}", 2000))
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=tuple(blocks))


def warning(lead: Lead) -> str:
    """`Possible duplicate of L-7: same e-mail jo@example.com, both are about brakes`, not escaped."""
    match = next((match for match in lead.matches if match.other_id == lead.duplicate_of), None)
    why = f": {', '.join(match.reasons)}" if match and match.reasons else ""
    return f"Possible duplicate of L-{lead.duplicate_of}{why}"


def _warning_markup(lead: Lead, links: Links) -> str:
    assert lead.duplicate_of is not None  # noqa: S101 - the caller has looked
    _, _, why = warning(lead).partition(": ")
    named = f"⚠️ *Possible duplicate of* {_name(lead.duplicate_of, links)}"
    return f"{named}\n{clipped(why, 1000)}" if why else named


def _name(lead_id: int, links: Links) -> str:
    return link(links[lead_id], f"L-{lead_id}") if lead_id in links else f"L-{lead_id}"


_KIND_WORDS = {
    MatchKind.DUPLICATE: "May also repeat",
    MatchKind.RELATED: "Same customer, another request:",
    MatchKind.SIMILAR: "Similar request:",
}


def _match_line(match: Match, links: Links) -> str:
    why = clipped(", ".join(match.reasons), 300)
    return f"{_KIND_WORDS[match.kind]} {_name(match.other_id, links)} ({match.score:.0%}) {why}".rstrip()


def _points(lead: Lead) -> str:
    lines = [f"{item.points:+d}  {reasons([item])}" for item in lead.triage.evidence]
    return "\n".join(lines) or reasons(())


def pointer(lead: Lead, links: Links) -> SlackMessage:
    """The one line in the earlier lead's thread."""
    text = f"{lead.label} may be the same request again"
    where = _name(lead.id, links)
    return SlackMessage(text=text, blocks=(markup(f"↪️ {where} may be the same request again, from {escape(one_line(sender(lead), 100))}"),))  # fmt: skip  # noqa: E501


def reply(lead: Lead, excerpt: str) -> SlackMessage:
    """What the customer wrote after the lead, in its thread."""
    text = f"{sender(lead)} wrote again about {lead.label}: {one_line(excerpt, 200)}"
    blocks = (
        markup(f"✉️ *{clipped(one_line(sender(lead), 100), 200)} wrote again*"),
        section(one_line(excerpt, EXCERPT) or "(no text)", SECTION_EXCERPT),
    )
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=blocks)


def list_line(lead: Lead) -> str:
    """One lead in a list, mrkdwn with everything escaped."""
    label = lead.triage.label
    duplicate = f" · ⚠️ duplicate of L-{lead.duplicate_of}" if lead.duplicate_of is not None else ""
    ask = clipped(one_line(lead.ask or "No subject", 120), 300)
    who = clipped(one_line(sender(lead), 60), 150)
    return f"{SIGNS[label]} *{lead.triage.urgency}* {lead.label} {ask} · {who}{duplicate}"
