"""Phone numbers in what customers write, as E.164."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import Leniency, PhoneNumber, PhoneNumberFormat, PhoneNumberMatcher

_READ_LENGTH = 20_000
_MOST_FOUND = 10
_CUE = re.compile(
    r"\b(?:call|phone|ring|text|tel|cell|mobile|number|reach|whatsapp|sms|fax|dial|line|direct|anrufen|telefon|handy"
    r"|móvil|teléfono|llame|téléphone|portable|appelez|telefono|telefone|celular|bel)\b|\b[tmp][:.]",
    re.IGNORECASE,
)


def phones_in(text: str, region: str) -> tuple[str, ...]:
    """The phone numbers written in the text, in order, each once, at most 10 from its first 20,000 characters.

    region: two letters, for numbers without a country code. A number that was never given out counts only when the
    words before it call it a phone number: customers mistype, and staff must see what they wrote.
    """
    read = text[:_READ_LENGTH]
    matches = PhoneNumberMatcher(read, region.upper(), leniency=Leniency.POSSIBLE, max_tries=1000)
    found: dict[str, None] = {}
    for match in matches:
        called_phone = _CUE.search(read[max(0, match.start - 30) : match.start])
        if phonenumbers.is_valid_number(match.number) or (called_phone and _is_full_length(match.number)):
            found.setdefault(_e164(match.number))
        if len(found) == _MOST_FOUND:
            break
    return tuple(found)


def phone_in_field(value: str, region: str) -> str | None:
    """The number of a field that is labelled as a phone: any that is possible, since the label vouches for it."""
    try:
        number = phonenumbers.parse(value[:60], region.upper())
    except phonenumbers.NumberParseException:
        return next(iter(phones_in(value[:200], region)), None)
    return _e164(number) if _is_full_length(number) else None


def readable(phone: str) -> str:
    """A number of E.164 as people write it, `+1 303-555-0100`; anything else as it is."""
    try:
        return str(phonenumbers.format_number(phonenumbers.parse(phone), PhoneNumberFormat.INTERNATIONAL))
    except phonenumbers.NumberParseException:
        return phone


def _is_full_length(number: PhoneNumber) -> bool:
    return bool(phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE)


def _e164(number: PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
