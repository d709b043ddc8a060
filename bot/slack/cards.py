"""A lead as staff see it, rendered whole from the lead alone: pure functions, no Slack call, no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.slack.blocks import (
    TEXT_LIMIT,
    Block,
    SlackMessage,
    clipped,
    context,
    fields,
    header,
    link,
    markup,
    one_line,
    paragraphs,
    section,
    size,
)
from bot.slack.buttons import buttons
from enrichment.adapters.store.book import OPEN_STATES
from enrichment.models import Evidence, Lead, LeadStatus, Match, MatchKind, UrgencyLabel
from enrichment.stages.phones import readable
from enrichment.stages.rules import default_rules
from enrichment.stages.thread import Joined

SIGNS = {UrgencyLabel.HOT: "🔴", UrgencyLabel.WARM: "🟠", UrgencyLabel.COLD: "🔵"}
CHANNEL_WORDS = {"smtp": "e-mail", "imap": "e-mail", "slack": "Slack"}
STATUS_WORDS = {
    LeadStatus.OPEN: "Open",
    LeadStatus.CLAIMED: "Claimed",
    LeadStatus.WON: "Won",
    LeadStatus.LOST: "Lost",
    LeadStatus.NOT_A_LEAD: "Not a lead",
}
STATUS_SIGNS = {
    LeadStatus.OPEN: "🆕",
    LeadStatus.CLAIMED: "🙋",
    LeadStatus.WON: "🏆",
    LeadStatus.LOST: "❌",
    LeadStatus.NOT_A_LEAD: "🚫",
}
EXCERPT = 400
# Escaped, an excerpt of nothing but `&` is five times as long.
EXCERPT_LIMIT = 1200
REASONS_LIMIT = 600
CAUTIONS = 3
CAUTIONS_LIMIT = 800
NAME_LIMIT = 200
OWNER_LIMIT = 80
# With 30 of them a list stays within what Slack takes in one message.
LINE_LIMIT = 380
# All text of a message may have some 13,000 characters.
MESSAGE_LIMIT = 12_500

Links = Mapping[int, str]


def sender(lead: Lead) -> str:
    """Who wrote, in the best words there are, on one line."""
    contact = lead.contact
    known = (one_line(words or "", NAME_LIMIT) for words in (contact.name, contact.email, contact.phone))
    return next((words for words in known if words), "unknown sender")


def ask(lead: Lead, limit: int) -> str:
    """What is wanted, on one line."""
    return one_line(lead.ask, limit) or "No subject"


def headline(lead: Lead) -> str:
    """`🔴 Hot 85 · Brakes are grinding`, not escaped."""
    label = lead.triage.label
    return f"{SIGNS[label]} {label.value.title()} {lead.triage.urgency} · {ask(lead, EXCERPT)}"


def summary(lead: Lead) -> str:
    """The card in one line, escaped: the fallback text of notifications."""
    point = headline(lead) if lead.status in OPEN_STATES else ask(lead, EXCERPT)
    taken = f"{_signed(lead)} · " if lead.status != LeadStatus.OPEN else ""
    return clipped(f"{taken}{point}, from {sender(lead)} ({lead.label})", TEXT_LIMIT)


def standing(lead: Lead) -> str:
    """`Open`, `Claimed by Maya Brooks`, `Won · Maya Brooks`, not escaped."""
    owner = one_line(lead.owner_name, OWNER_LIMIT)
    between = " by " if lead.status == LeadStatus.CLAIMED else " · "
    return STATUS_WORDS[lead.status] + (f"{between}{owner}" if owner and lead.status != LeadStatus.OPEN else "")


def _signed(lead: Lead) -> str:
    return f"{STATUS_SIGNS[lead.status]} {standing(lead)}"


def card(lead: Lead) -> SlackMessage:
    """The root message: headline, who has it, what is wanted, contact, urgency and why, the customer's words."""
    if lead.status not in OPEN_STATES:
        return _closed(lead)
    excerpt = section(one_line(lead.text, EXCERPT) or "(no text)", EXCERPT_LIMIT)
    return SlackMessage(text=summary(lead), blocks=(*_head(lead), excerpt, buttons(lead), _footer(lead)))


def _closed(lead: Lead) -> SlackMessage:
    """What is left of the card: how the lead ended, whose it was, the note."""
    note = [section(one_line(lead.note, EXCERPT), EXCERPT_LIMIT)] if lead.note.strip() else []
    told = section(f"{_signed(lead)}\n{ask(lead, EXCERPT)}, from {sender(lead)}", EXCERPT_LIMIT)
    return SlackMessage(text=summary(lead), blocks=(told, *note, buttons(lead), _footer(lead)))


def full(lead: Lead) -> SlackMessage:
    """The card with all of the customer's words, in as many paragraphs as Slack's limits ask for."""
    warned = [section(warning(lead), 1000)] if lead.duplicate_of is not None else []
    head, footer = [*_head(lead), *warned], _footer(lead)
    words = paragraphs(lead.text, MESSAGE_LIMIT - size([*head, footer])) or [section("(no text)")]
    return SlackMessage(text=summary(lead), blocks=(*head, *words, footer))


def _head(lead: Lead) -> list[Block]:
    taken = [section(_signed(lead), 600)] if lead.status != LeadStatus.OPEN else []
    wanted = [section(one_line(lead.analysis.summary, EXCERPT), 600)] if lead.analysis is not None else []
    why = section(f"Why {lead.triage.urgency}: {reasons(lead.triage.evidence)}", REASONS_LIMIT)
    return [header(headline(lead)), *taken, *wanted, fields(_facts(lead)), *_cautions(lead), why]


def _cautions(lead: Lead) -> list[Block]:
    """What to know of the sender before answering."""
    told = "\n".join(f"⚠️ {one_line(caution, NAME_LIMIT)}" for caution in lead.origin.cautions[:CAUTIONS])
    return [section(told, CAUTIONS_LIMIT)] if told else []


def _facts(lead: Lead) -> list[tuple[str, str]]:
    contact = lead.contact
    known = [("From", sender(lead)), ("E-mail", contact.email), ("Phone", readable(contact.phone or ""))]
    known += [("Company", contact.company), ("Service", lead.triage.service)]
    known += [("Answer to", lead.origin.reply_to), ("Forwarded by", _forwarder(lead)), ("Their note", lead.origin.note)]
    if (analysis := lead.analysis) is not None:
        known += [("Timeframe", analysis.timeframe), ("Budget", analysis.budget), ("Location", analysis.location)]
        known.append(("Next step", analysis.next_step))
    shown = [(label, one_line(value or "", NAME_LIMIT)) for label, value in known]
    return [(label, clip) for label, clip in shown if clip]


def _forwarder(lead: Lead) -> str:
    mailbox = lead.origin.forwarded_by
    return (mailbox.name or mailbox.address) if mailbox else ""


def reasons(evidence: Sequence[Evidence]) -> str:
    """Why, in the customer's words: `says it is urgent (“asap”), gives a phone number`."""
    told = [f"{item.rule} (“{one_line(item.quote, NAME_LIMIT)}”)" if item.quote else item.rule for item in evidence[:5]]
    return ", ".join(told) or "nothing says that it is urgent"


def _footer(lead: Lead) -> Block:
    moment = lead.received_at
    stamp = f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"
    # A lead that somebody has taken or ended says so at its head.
    status = [_signed(lead)] if lead.status == LeadStatus.OPEN else []
    parts = [lead.label, *status, f"by {CHANNEL_WORDS[lead.channel]}", stamp, *(["Sample"] if lead.sample else [])]
    if lead.duplicate_of is not None:
        parts.append(f"⚠️ Possible duplicate of L-{lead.duplicate_of}")
    # A model may bear any name, so it is no mrkdwn.
    model = f"Analysed by {one_line(lead.analysis.model, 100)}" if lead.analysis is not None else "Built-in analysis"
    return context(" · ".join(parts), model, 300)


def details(lead: Lead, links: Links) -> SlackMessage:
    """The one reply in the thread: the duplicate warning first, then related and similar leads, then the evidence.

    links: lead id to the permalink of its card, for those that have one.
    """
    text = f"Why {lead.label} is {lead.triage.label.value} {lead.triage.urgency}"
    blocks: list[Block] = []
    if lead.duplicate_of is not None:
        text = warning(lead)
        blocks.append(markup(f"⚠️ *Possible duplicate of* {_name(lead.duplicate_of, links)}"))
        blocks += [section(why, 1000) for why in [_why(lead)] if why]
    others = [match for match in lead.matches if match.other_id != lead.duplicate_of]
    blocks += [_match_line(match, links) for match in others[:6]]
    blocks.append(section(f"Urgency {lead.triage.urgency} by {lead.triage.method}:\n{_points(lead)}", 2000))
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=tuple(blocks))


def warning(lead: Lead) -> str:
    """`Possible duplicate of L-7: same e-mail jo@example.com, both are about brakes`, not escaped."""
    why = _why(lead)
    return f"Possible duplicate of L-{lead.duplicate_of}" + (f": {why}" if why else "")


def _why(lead: Lead) -> str:
    match = next((match for match in lead.matches if match.other_id == lead.duplicate_of), None)
    return _reasons_of(match) if match is not None else ""


def _reasons_of(match: Match) -> str:
    return one_line(", ".join(match.reasons), 1000)


def _name(lead_id: int, links: Links) -> str:
    return link(links[lead_id], f"L-{lead_id}") if lead_id in links else f"L-{lead_id}"


_JOINED_WORDS: Mapping[str, tuple[str, str]] = {
    Joined.AUTOMATIC: ("🤖", "Automatic reply"),
    Joined.UNDELIVERED: ("📭", "A message came back"),
    Joined.OURS: ("📤", "Our own answer"),
}
_KIND_WORDS = {
    MatchKind.DUPLICATE: "May also repeat",
    MatchKind.RELATED: "Same customer, another request:",
    MatchKind.SIMILAR: "Similar request:",
}


def _match_line(match: Match, links: Links) -> Block:
    named = f"{_KIND_WORDS[match.kind]} {_name(match.other_id, links)} ({match.score:.0%})"
    return context(named, _reasons_of(match), 300)


def _points(lead: Lead) -> str:
    lines = [f"{item.points:+d}  {reasons([item])}" for item in lead.triage.evidence]
    return "\n".join([scale(), *lines])


def scale() -> str:
    """How points become an urgency, so that staff who add them up are not surprised."""
    return f"Begins at {default_rules().base}; what is above 70 counts half."


def pointer(lead: Lead, links: Links) -> SlackMessage:
    """The one line in the earlier lead's thread."""
    said = "may be the same request again"
    line = context(f"↪️ {_name(lead.id, links)} {said}", f"from {sender(lead)}", 300)
    return SlackMessage(text=f"{lead.label} {said}", blocks=(line,))


def reply(lead: Lead, excerpt: str, reason: str = "") -> SlackMessage:
    """What came after the lead, in its thread; reason: as what it belongs there, one of Joined."""
    who = f"{sender(lead)} wrote again"
    sign, title = _JOINED_WORDS.get(reason, ("✉️", who))
    words = one_line(excerpt, EXCERPT) or "(no text)"
    text = f"{title} about {lead.label}: {words}" if title == who else f"{title}: {words} ({lead.label})"
    blocks = (section(f"{sign} {title}", NAME_LIMIT), section(words, EXCERPT_LIMIT))
    return SlackMessage(text=clipped(text, TEXT_LIMIT), blocks=blocks)


def list_line(lead: Lead) -> str:
    """One lead in a list, not escaped; what we know comes before what others wrote."""
    label = lead.triage.label
    again = f" ⚠️ duplicate of L-{lead.duplicate_of}" if lead.duplicate_of is not None else ""
    taken = f" {STATUS_SIGNS[lead.status]} {one_line(standing(lead), 60)}" if lead.status != LeadStatus.OPEN else ""
    sample = " (sample)" if lead.sample else ""
    words = f"{ask(lead, 120)} · {one_line(sender(lead), 60)}"
    return f"{SIGNS[label]} {lead.triage.urgency} · {lead.label}{sample}{taken}{again} · {words}"
