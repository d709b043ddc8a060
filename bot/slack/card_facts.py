"""What is known of the customer and the request, as the fields of a card: pure functions."""

from __future__ import annotations

from bot.slack.blocks import Block, answer_field, inert, one_line
from enrichment.lead import Lead
from enrichment.stages.phones import readable
from enrichment.stages.rules import default_rules

NAME_LIMIT = 200
FIELD_LIMIT = 400
FIELDS = 10
# What triage calls a day or date that the customer named.
_DAYS = ("names a day", "names a far day")


def sender(lead: Lead) -> str:
    """Who wrote, in the best words there are, on one line."""
    contact = lead.contact
    known = (contact.name, contact.email, readable(contact.phone or ""))
    return next(filter(None, (one_line(words or "", NAME_LIMIT) for words in known)), "unknown sender")


def facts(lead: Lead, mailto: str = "") -> Block:
    """The fields, ten at most. mailto: what opens an answer, to the address that answers must go to."""
    answered = "Answer to" if answer_to(lead) else "E-mail"
    shown = [(label, one_line(value or "", NAME_LIMIT)) for label, value in _known(lead)]
    fields = [
        answer_field(label, mailto, words) if mailto and label == answered else inert(f"{label}\n{words}", FIELD_LIMIT)
        for label, words in shown
        if words
    ]
    return {"type": "section", "fields": fields[:FIELDS]}


def answer_to(lead: Lead) -> str:
    """Where an answer goes instead of the contact's e-mail; empty: there, as when staff have put that right."""
    return "" if lead.edits.email else lead.origin.reply_to


def _known(lead: Lead) -> list[tuple[str, str | None]]:
    contact, origin, made = lead.contact, lead.origin, lead.analysis
    known = [("From", sender(lead)), ("E-mail", contact.email), ("Phone", readable(contact.phone or ""))]
    known += [("Company", contact.company), ("Service", lead.triage.service), ("Deadline", deadline(lead))]
    known += [("Answer to", answer_to(lead)), ("Forwarded by", _forwarder(lead)), ("Their note", origin.note)]
    if made is not None:
        known += [("Budget", made.budget), ("Location", made.location), ("Next step", made.next_step)]
    return known


def deadline(lead: Lead) -> str:
    """Until when, in the customer's words: as a model read it, else the day or the haste that triage found."""
    if lead.analysis is not None and lead.analysis.timeframe.strip():
        return lead.analysis.timeframe
    names = {*_DAYS, *(each.name for each in default_rules().deadlines)}
    return next((item.quote for item in lead.triage.evidence if item.rule in names), "")


def _forwarder(lead: Lead) -> str:
    mailbox = lead.origin.forwarded_by
    return (mailbox.name or mailbox.address) if mailbox else ""
