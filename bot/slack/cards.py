"""A lead as staff see it, rendered whole from the lead alone: pure functions, no Slack call, no store.

What stands below a card is in details.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.blocks import (
    TEXT_LIMIT,
    Block,
    SlackMessage,
    clipped,
    context,
    header,
    link,
    one_line,
    paragraphs,
    section,
    size,
)
from bot.slack.buttons import buttons
from bot.slack.card_facts import facts, sender
from enrichment.adapters.store.book import OPEN_STATES
from enrichment.lead import Evidence, Lead, LeadStatus, Match, UrgencyLabel, Verdict
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
WARNING_LIMIT = 600
CAUTIONS = 3
CAUTIONS_LIMIT = 800
NAME_LIMIT = 200
OWNER_LIMIT, HEADER_OWNER_LIMIT = 80, 40
# With 30 of them a list stays within what Slack takes in one message.
LINE_LIMIT = 380
# All text of a message may have some 13,000 characters.
MESSAGE_LIMIT = 12_500

_PHONE = re.compile(r"(?<!\w)\+\d{8,15}(?!\w)", re.ASCII)

Links = Mapping[int, str]


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


def standing(lead: Lead, name_limit: int = OWNER_LIMIT) -> str:
    """`Open`, `Claimed by Maya Brooks`, `Won · Maya Brooks`, not escaped."""
    owner = one_line(lead.owner_name, name_limit)
    between = " by " if lead.status == LeadStatus.CLAIMED else " · "
    return STATUS_WORDS[lead.status] + (f"{between}{owner}" if owner and lead.status != LeadStatus.OPEN else "")


def _signed(lead: Lead) -> str:
    return f"{STATUS_SIGNS[lead.status]} {standing(lead)}"


def _status(lead: Lead) -> str:
    """Sign and words of where the lead stands, short enough to leave a headline its room."""
    if lead.snoozed_until is not None and lead.status == LeadStatus.OPEN:
        return "💤 Snoozed"
    return f"{STATUS_SIGNS[lead.status]} {standing(lead, HEADER_OWNER_LIMIT)}"


def card(lead: Lead, mailto: str = "") -> SlackMessage:
    """The root message: headline, who has it, what is wanted, contact, urgency and why, the customer's words.

    mailto: what opens an answer to them (see answering.py); empty: there is no address to answer to.
    """
    if lead.status not in OPEN_STATES:
        return _closed(lead)
    excerpt = section(one_line(lead.text, EXCERPT) or "(no text)", EXCERPT_LIMIT)
    return SlackMessage(text=summary(lead), blocks=(*_head(lead, mailto), excerpt, buttons(lead), _footer(lead)))


def _closed(lead: Lead) -> SlackMessage:
    """What is left of the card: how the lead ended, whose it was, the note."""
    note = [section(one_line(_spaced(lead.note), EXCERPT), EXCERPT_LIMIT)] if lead.note.strip() else []
    told = section(f"{_signed(lead)}\n{ask(lead, EXCERPT)}, from {sender(lead)}", EXCERPT_LIMIT)
    warned = _warned(lead)
    return SlackMessage(text=summary(lead), blocks=(told, *note, *warned, buttons(lead), _footer(lead)))


def _spaced(note: str) -> str:
    """The lines of a note with a sign between them: on one line a value would run into the words after it."""
    return " · ".join(filter(None, (line.strip() for line in note.splitlines())))


def full(lead: Lead) -> SlackMessage:
    """The card with all of the customer's words, in as many paragraphs as Slack's limits ask for."""
    head, footer = _head(lead), _footer(lead)
    words = paragraphs(lead.text, MESSAGE_LIMIT - size([*head, footer])) or [section("(no text)")]
    return SlackMessage(text=summary(lead), blocks=(*head, *words, footer))


def _head(lead: Lead, mailto: str = "") -> list[Block]:
    wanted = [section(one_line(lead.analysis.summary, EXCERPT), 600)] if lead.analysis is not None else []
    why = section(f"Why {lead.triage.urgency}: {reasons(lead.triage.evidence)}", REASONS_LIMIT)
    known = facts(lead, mailto)
    top = header(f"{_status(lead)} · {headline(lead)}")
    return [top, *_asleep(lead), *wanted, known, *_warned(lead), *_cautions(lead), why]


def _asleep(lead: Lead) -> list[Block]:
    until = lead.snoozed_until
    return [] if until is None else [context(f"💤 Nobody is reminded of it before {stamp(until)}")]


def _warned(lead: Lead) -> list[Block]:
    """The duplicate warning, in a line of its own and short: all reasons stand in the thread."""
    told = warning(lead, most=1)
    return [section(f"⚠️ {told}", WARNING_LIMIT)] if told else []


def _cautions(lead: Lead) -> list[Block]:
    """What to know of the sender before answering."""
    told = "\n".join(f"⚠️ {one_line(caution, NAME_LIMIT)}" for caution in lead.origin.cautions[:CAUTIONS])
    return [section(told, CAUTIONS_LIMIT)] if told else []


def reasons(evidence: Sequence[Evidence]) -> str:
    """Why, in the customer's words: `says it is urgent (“asap”), gives a phone number`."""
    told = [f"{item.rule} (“{one_line(item.quote, NAME_LIMIT)}”)" if item.quote else item.rule for item in evidence[:5]]
    return ", ".join(told) or "nothing says that it is urgent"


def scale() -> str:
    """How points become an urgency, so that staff who add them up are not surprised."""
    return f"Begins at {default_rules().base}; what is above 70 counts half."


def stamp(moment: datetime) -> str:
    """A moment in the reader's own time, as mrkdwn."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


def _footer(lead: Lead) -> Block:
    by, sample = f"by {_source(lead)}", ["Sample"] if lead.sample else []
    # A model may bear any name, so it is no mrkdwn.
    model = f"Analysed by {one_line(lead.analysis.model, 100)}" if lead.analysis is not None else "Built-in analysis"
    return context(" · ".join([lead.label, by, stamp(lead.received_at), *sample]), model, 300)


def _source(lead: Lead) -> str:
    """By what it came, as mrkdwn; a link to the message itself where that stands in Slack."""
    word = CHANNEL_WORDS[lead.channel]
    return link(lead.origin.link, word) if lead.origin.link else word


def warning(lead: Lead, most: int | None = None) -> str:
    """`Possible duplicate of L-7: same e-mail jo@example.com; both are about brakes`, not escaped; empty: none.

    most: how many reasons to give, the best first; None: all.
    """
    if lead.duplicate_of is None:
        return ""
    match = _repeated(lead)
    if match is not None and match.verdict is not None:
        said = f"Duplicate of L-{lead.duplicate_of}, says {one_line(match.judged_by_name, OWNER_LIMIT) or 'somebody'}"
        return said if match.verdict == Verdict.SAME else ""
    why = because(match.reasons[:most], EXCERPT) if match is not None else ""
    return f"Possible duplicate of L-{lead.duplicate_of}" + (f": {why}" if why else "")


def _repeated(lead: Lead) -> Match | None:
    """The match with the lead that this one seems to repeat."""
    return next((match for match in lead.matches if match.other_id == lead.duplicate_of), None)


def _again(lead: Lead) -> str:
    """The warning in a list: a guess as a guess, and what staff said of it as they said it."""
    match = _repeated(lead)
    said = match.verdict if match is not None else None
    if lead.duplicate_of is None or said not in (None, Verdict.SAME):
        return ""
    return f" ⚠️ {'possible ' if said is None else ''}duplicate of L-{lead.duplicate_of}"


def because(reasons: Sequence[str], limit: int) -> str:
    """Why two leads belong together, on one line; a reason may have commas of its own."""
    return one_line(_PHONE.sub(lambda found: readable(found[0]), "; ".join(reasons)), limit)


_JOINED_WORDS: Mapping[str, tuple[str, str]] = {
    Joined.AUTOMATIC: ("🤖", "Automatic reply"),
    Joined.UNDELIVERED: ("📭", "A message came back"),
    Joined.OURS: ("📤", "Our own answer"),
    Joined.EDITED: ("✏️", "The customer edited their message"),
    Joined.WITHDRAWN: ("🗑️", "The customer deleted their message"),
}


def named(lead_id: int, links: Links) -> str:
    """A lead's label as mrkdwn, a link to its card where there is one."""
    return link(links[lead_id], f"L-{lead_id}") if lead_id in links else f"L-{lead_id}"


def pointer(lead: Lead, links: Links) -> SlackMessage:
    """The one line in the earlier lead's thread."""
    said = "may be the same request again"
    line = context(f"↪️ {named(lead.id, links)} {said}", f"from {sender(lead)}", 300)
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
    taken = f" {STATUS_SIGNS[lead.status]} {one_line(standing(lead), 60)}" if lead.status != LeadStatus.OPEN else ""
    sample = " (sample)" if lead.sample else ""
    words = f"{ask(lead, 120)} · {one_line(sender(lead), 60)}"
    return f"{SIGNS[label]} {lead.triage.urgency} · {lead.label}{sample}{taken}{_again(lead)} · {words}"
