"""The windows in which a lead is closed: won, lost for a reason, or whichever. Pure."""

from __future__ import annotations

from bot.slack import cards
from bot.slack.blocks import one_line, small
from bot.slack.interaction import Interaction
from bot.slack.modal_parts import Modal, choice, field, form, words
from enrichment.adapters.store.desk import LONGEST_NOTE, OUTCOMES
from enrichment.lead import Lead

CLOSE_FORM = "lead_close_form"
WON_FORM = "lead_won_form"
LOST_FORM = "lead_lost_form"
OUTCOME = "outcome"
NOTE = "note"
VALUE = "value"
REASON = "reason"
VALUE_LIMIT = 60
# Room for what stands before the words in the note.
NOTE_LIMIT = LONGEST_NOTE - 100
REASONS = {
    "price": "Too expensive",
    "time": "We could not do it in time",
    "elsewhere": "Went to somebody else",
    "silent": "Does not answer any more",
    "unfit": "Not what we offer",
    "changed": "No longer needed",
    "other": "Another reason",
}


def won_form(lead: Lead, channel: str) -> Modal:
    """Asks what it is worth, if anybody knows. channel: where it was asked, for who must be told something there."""
    blocks = [
        small(cards.headline(lead), 1000),
        field(VALUE, "Value", words(VALUE_LIMIT), optional=True, hint="For example $4,000"),
        field(NOTE, "Note", words(NOTE_LIMIT, lines=True), optional=True),
    ]
    told = {"lead": lead.id, "channel": channel}
    return form(f"Won {lead.label}", blocks, callback_id=WON_FORM, submit="Mark as Won", remembers=told)


def lost_form(lead: Lead, channel: str) -> Modal:
    """Asks why."""
    blocks = [
        small(cards.headline(lead), 1000),
        field(REASON, "Reason", choice("static_select", REASONS)),
        field(NOTE, "Note", words(NOTE_LIMIT, lines=True), optional=True),
    ]
    told = {"lead": lead.id, "channel": channel}
    return form(f"Lost {lead.label}", blocks, callback_id=LOST_FORM, submit="Mark as Lost", remembers=told)


def close_form(lead: Lead, channel: str) -> Modal:
    """Asks how the lead ended, as the Close… button of older cards does."""
    endings = {status.value: cards.STATUS_WORDS[status] for status in OUTCOMES}
    blocks = [
        small(cards.headline(lead), 1000),
        field(OUTCOME, "Outcome", choice("radio_buttons", endings)),
        field(NOTE, "Note", words(LONGEST_NOTE, lines=True), optional=True),
    ]
    told = {"lead": lead.id, "channel": channel}
    return form(f"Close {lead.label}", blocks, callback_id=CLOSE_FORM, submit="Close Lead", remembers=told)


def unclear_value(given: Interaction) -> dict[str, str]:
    """What is wrong in the window of a won lead: a value is left out, or has a digit."""
    value = given.answers.get(VALUE, "").strip()
    said = not value or any(sign.isdigit() for sign in value)
    return {} if said else {VALUE: "Write it with a number, such as $4,000, or leave it empty"}


def unclear_outcome(given: Interaction) -> dict[str, str]:
    """What is missing in the window that closes a lead."""
    known = {status.value for status in OUTCOMES}
    return {} if given.answers.get(OUTCOME) in known else {OUTCOME: "Choose how it ended"}


def unclear_reason(given: Interaction) -> dict[str, str]:
    """What is missing in the window of a lost lead."""
    return {} if given.answers.get(REASON) in REASONS else {REASON: "Choose why it was lost"}


def note_of_won(given: Interaction) -> str:
    """What is stored with a won lead."""
    return _joined("Worth", one_line(given.answers.get(VALUE, ""), VALUE_LIMIT), given.answers.get(NOTE, ""))


def note_of_lost(given: Interaction) -> str:
    """What is stored with a lost lead."""
    reason = REASONS[given.answers[REASON]] if given.answers[REASON] != "other" else ""
    return _joined("", reason, given.answers.get(NOTE, ""))


def _joined(before: str, said: str, note: str) -> str:
    first = f"{before} {said}".strip() if said else ""
    return "\n".join(each for each in (first, note.strip()) if each)
