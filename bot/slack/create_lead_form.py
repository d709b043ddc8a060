"""The window of `New Lead`: who called, and what they want. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.slack.modal_parts import Modal, field, form, words

NEW_LEAD_FORM = "new_lead_form"
NAME, EMAIL, PHONE, WORDS = "new_name", "new_email", "new_phone", "new_words"
LONGEST_WORDS = 3000
_ADDRESS = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;.]{1,63}(?:\.[^\s@<>,;.]{1,63}){1,6}")
_DIGITS = re.compile(r"\D")
# What they are called in a form's fields.
KEYS: Mapping[str, str] = {NAME: "name", EMAIL: "email", PHONE: "phone", WORDS: "message"}


def new_lead() -> Modal:
    """The window."""
    return form(
        "New Lead",
        [
            field(NAME, "Name", words(200), optional=True),
            field(EMAIL, "E-mail", words(320), optional=True),
            field(PHONE, "Phone", words(60), optional=True),
            field(WORDS, "What do they want?", words(LONGEST_WORDS, lines=True)),
        ],
        callback_id=NEW_LEAD_FORM,
        submit="Create Lead",
        remembers={},
    )


def wrong(answers: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with what was typed, by field."""
    found = {}
    email, phone = answers.get(EMAIL, "").strip(), answers.get(PHONE, "").strip()
    if email and not _ADDRESS.fullmatch(email):
        found[EMAIL] = "This is no e-mail address, such as ann@example.com"
    if phone and not 5 <= len(_DIGITS.sub("", phone)) <= 20:
        found[PHONE] = "This is no phone number, such as 555 010 2030"
    if not answers.get(WORDS, "").strip():
        found[WORDS] = "Say in a few words what they want"
    return found


def fields_of(answers: Mapping[str, str]) -> dict[str, str]:
    """The filled-in fields of a form: name, email, phone, message."""
    return {key: answers.get(block, "").strip() for block, key in KEYS.items() if answers.get(block, "").strip()}
