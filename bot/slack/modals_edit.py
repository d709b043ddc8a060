"""The window in which staff put right what was read out of a message. Pure.

It remembers what it showed, so that only what somebody changed in it is stored: an analysis that ends meanwhile counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.slack import cards
from bot.slack.blocks import Block, one_line, small
from bot.slack.interaction import Interaction
from bot.slack.modal_parts import Modal, field, form, words
from enrichment.lead import Lead
from enrichment.stages.addresses import emails_in, normalise_email
from enrichment.stages.phones import phone_in_field

EDIT_FORM = "lead_edit_form"
NAME, EMAIL, PHONE, COMPANY, URGENCY = "name", "email", "phone", "company", "urgency"
_LIMITS = {NAME: 200, EMAIL: 254, PHONE: 40, COMPANY: 200}
_LABELS = {NAME: "Name", EMAIL: "E-mail", PHONE: "Phone", COMPANY: "Company"}


def edit_form(lead: Lead, channel: str, country: str) -> Modal:
    """Everything that can be put right, as it stands. country: two letters, for phones without a prefix."""
    shown = _shown(lead)
    typed = [field(name, _LABELS[name], words(limit, shown[name]), optional=True) for name, limit in _LIMITS.items()]
    hint = small("An emptied field goes back to what was found.")
    told = {"lead": lead.id, "channel": channel, "country": country, "was": shown}
    blocks = [small(cards.headline(lead), 1000), *typed, _urgency(lead), hint]
    return form(f"Edit {lead.label}", blocks, callback_id=EDIT_FORM, submit="Save", remembers=told)


def _urgency(lead: Lead) -> Block:
    number = {
        "type": "number_input",
        "is_decimal_allowed": False,
        "min_value": "0",
        "max_value": "100",
        "initial_value": str(lead.triage.urgency),
    }
    return field(URGENCY, "Urgency, 0 to 100", number, optional=True)


def _shown(lead: Lead) -> dict[str, str]:
    contact = lead.contact
    known = {NAME: contact.name, EMAIL: contact.email, PHONE: contact.phone, COMPANY: contact.company}
    lines = {name: one_line(value or "", _LIMITS[name]) for name, value in known.items()}
    return lines | {URGENCY: str(lead.triage.urgency)}


def wrong_edit(given: Interaction) -> dict[str, str]:
    """What cannot be stored, by field."""
    changed, wrong = _changed(given), {}
    if changed.get(EMAIL) and emails_in(changed[EMAIL]) != (normalise_email(changed[EMAIL]),):
        wrong[EMAIL] = "This is no e-mail address"
    if changed.get(PHONE) and phone_in_field(changed[PHONE], _country(given.metadata)) is None:
        wrong[PHONE] = "This is no phone number"
    if changed.get(URGENCY) and _number(changed[URGENCY]) is None:
        wrong[URGENCY] = "Enter a whole number from 0 to 100"
    return wrong


def edits_of(given: Interaction) -> dict[str, str | int | None]:
    """What somebody changed, as it is stored; None: what was found counts again. After `wrong_edit` found nothing."""
    stored: dict[str, str | int | None] = {}
    for name, value in _changed(given).items():
        stored[name] = _stored(name, value, given.metadata) if value else None
    return stored


def _stored(name: str, value: str, metadata: Mapping[str, object]) -> str | int | None:
    if name == EMAIL:
        return normalise_email(value)
    if name == PHONE:
        return phone_in_field(value, _country(metadata))
    return _number(value) if name == URGENCY else value


def _changed(given: Interaction) -> dict[str, str]:
    was = given.metadata.get("was")
    shown = was if isinstance(was, dict) else {}
    typed = {name: one_line(given.answers.get(name, ""), 300) for name in (*_LIMITS, URGENCY)}
    return {name: value for name, value in typed.items() if value != shown.get(name)}


def _country(metadata: Mapping[str, object]) -> str:
    country = metadata.get("country")
    return country if isinstance(country, str) else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text[:4]) <= 100 else None
