"""Phone numbers in what customers write, as E.164."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import phonenumbers
from phonenumbers import Leniency, PhoneNumber, PhoneNumberFormat, PhoneNumberMatch, PhoneNumberMatcher

from enrichment.stages.phone_words import CUE, About, about

_READ_LENGTH = 20_000
_MOST_FOUND = 10
_FIELD_LENGTH = 60
_HEAD, _TAIL = 8000, 4000
_MAY_BE_PHONE = re.compile(r"\d(?:[^\w\n]{0,3}\d){5}")
# No date: `01.02.2026`.
_TRUNK_DIALLED = re.compile(r"(?<![\w+.-])(?!\d\d?[./-]\d\d?[./-]\d{2,4}\b)\(?0(?:[ ()/.-]{0,2}\d){8,13}(?!\w)")
_DIGIT_BEFORE = re.compile(r"\d[ .(/-]{0,2}$")
_DIGIT_BEHIND = re.compile(r"[ .)-]?\d")


class Phone(NamedTuple):
    """A number as it is written, and as E.164; None: its country cannot be told."""

    written: str
    e164: str | None

    @property
    def regions(self) -> tuple[str, ...]:
        """The countries (two letters) that it could belong to; some milliseconds when no country code is written."""
        return regions_of(self.e164 or self.written)


def phones_in(text: str, region: str) -> tuple[str, ...]:
    """The phone numbers written in the text, in order, each once, at most 10 from its first 20,000 characters.

    region: two letters, for numbers without a country code. A number that was never given out counts only when the
    words before it call it a phone number: customers mistype, and staff must see what they wrote.
    """
    read = text[:_READ_LENGTH]
    found: dict[str, None] = {}
    for match in _matches(read, region):
        called_phone = CUE.search(read[max(0, match.start - 30) : match.start])
        if phonenumbers.is_valid_number(match.number) or (called_phone and _is_full_length(match.number)):
            found.setdefault(_e164(match.number))
        if len(found) == _MOST_FOUND:
            break
    return tuple(found)


def phone_in_field(value: str, region: str) -> str | None:
    """The number of a field that is labelled as a phone: any that is possible, since the label vouches for it."""
    try:
        number = phonenumbers.parse(value[:_FIELD_LENGTH], region.upper())
    except phonenumbers.NumberParseException:
        return next(iter(phones_in(value[:200], region)), None)
    return _e164(number) if _is_full_length(number) else None


def phone_of_field(value: str, regions: Sequence[str]) -> Phone | None:
    """The number of a field that is labelled as a phone.

    regions: the countries it may be from, likeliest first; the first in which the number exists counts, else the first
    in which it has the right length. None when the field holds no number.
    """
    written = " ".join(value[:200].split())
    if len(re.findall(r"\d", written)) < 5:
        return None
    for region in regions:
        if (number := _parsed(written, region)) and phonenumbers.is_valid_number(number):
            return _phone(written, number)
    for region in regions:
        if e164 := phone_in_field(written, region):
            return Phone(written, e164)
    if found := phone_in_text(written, regions, frozenset(), labelled=True):
        return found
    return Phone(written[:_FIELD_LENGTH], None)


def phone_in_text(
    text: str, regions: Sequence[str], ours: frozenset[str], *, labelled: bool = False, cued: bool = False
) -> Phone | None:
    """The number under which the writer can be called: `call me at …` before another; never a fax, ours or an order's.

    regions: as in `phone_of_field`; ours: numbers (E.164) that are not the writer's. labelled: the place alone says
    that these are phone numbers (a signature); cued: only what the words call one counts. Reads the first 8,000 and
    the last 4,000 characters.
    """
    read = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    if not _MAY_BE_PHONE.search(read):
        return None
    least = About.PHONE if cued else About.NOTHING
    at_home: list[_Said] = []
    for place, region in enumerate(regions or ("",)):
        said = [found for found in _said(read, region, least) if _e164(found.match.number) not in ours]
        at_home = at_home if place else said
        # Abroad, a bare run of digits may be anything.
        sure = labelled or not place
        if found := _best(item for item in said if _is_real(item) and (sure or item.about >= About.PHONE)):
            return found
    called = (item for item in at_home if item.about >= About.PHONE and _is_full_length(item.match.number))
    return _best(called) or _from_elsewhere(read, ours)


def _from_elsewhere(read: str, ours: frozenset[str]) -> Phone | None:
    """A number as people dial it inside their own country, which nobody can tell, when the words call it a phone."""
    for match in islice(_TRUNK_DIALLED.finditer(read), _MOST_FOUND):
        digits = re.sub(r"\D", "", match[0]).lstrip("0")
        known = any(phone.endswith(digits) for phone in ours)
        if len(digits) >= 8 and not known and about(read, match.start()) >= About.PHONE:
            return Phone(match[0], None)
    return None


@lru_cache(maxsize=1024)
def regions_of(written: str) -> tuple[str, ...]:
    """The countries (two letters, in order) in which this number, as it is written, exists."""
    if written.lstrip(" (").startswith(("+", "\uff0b", "00")):
        number = _parsed(written, "ZZ")
        region = phonenumbers.region_code_for_number(number) if number else None
        return (region,) if region else ()
    numbers = ((region, _parsed(written, region)) for region in sorted(phonenumbers.SUPPORTED_REGIONS))
    valid = phonenumbers.is_valid_number_for_region
    return tuple(region for region, number in numbers if number and valid(number, region))


def readable(phone: str) -> str:
    """A number of E.164 as people write it, `+1 303-555-0100`; anything else as it is."""
    try:
        return str(phonenumbers.format_number(phonenumbers.parse(phone), PhoneNumberFormat.INTERNATIONAL))
    except phonenumbers.NumberParseException:
        return phone


class _Said(NamedTuple):
    """A number in a text and what is said of it."""

    match: PhoneNumberMatch
    about: About


def _said(read: str, region: str, least: About) -> Iterator[_Said]:
    """The numbers that may be the writer's."""
    for match in _matches(read, region):
        said = About.OTHER if _is_piece(read, match) else about(read, match.start)
        if said >= least:
            yield _Said(match, said)


def _best(found: Iterable[_Said]) -> Phone | None:
    """The number that the words before it speak for most, the first of equals."""
    best = max(found, key=lambda item: item.about, default=None)
    return _phone(best.match.raw_string, best.match.number) if best else None


def _is_real(item: _Said) -> bool:
    return bool(phonenumbers.is_valid_number(item.match.number))


def _is_piece(read: str, match: PhoneNumberMatch) -> bool:
    """Whether more digits stand before or behind it: `8 (912) 345-67-89` is no number of another country's."""
    before, behind = read[max(0, match.start - 3) : match.start], read[match.end : match.end + 3]
    return bool(_DIGIT_BEFORE.search(before) or _DIGIT_BEHIND.match(behind))


def _matches(read: str, region: str) -> Iterator[PhoneNumberMatch]:
    for count, match in enumerate(PhoneNumberMatcher(read, region.upper() or None, Leniency.POSSIBLE, max_tries=1000)):
        if count == 10 * _MOST_FOUND:
            return
        yield match


def _parsed(written: str, region: str) -> PhoneNumber | None:
    """The number, read with `00` for the plus sign when the region itself does not dial so."""
    value = written[:_FIELD_LENGTH].strip()
    for form in (f"+{value[2:]}", value) if value.startswith("00") else (value,):
        try:
            number = phonenumbers.parse(form, region.upper() or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or form == value:
            return number
    return None


def _phone(written: str, number: PhoneNumber) -> Phone:
    return Phone(written, _e164(number))


def _is_full_length(number: PhoneNumber) -> bool:
    # North America has no area code with a 0 or 1, so that such a number is from elsewhere.
    if number.country_code == 1 and (number.italian_leading_zero or str(number.national_number)[0] in "01"):
        return False
    return bool(phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE)


def _e164(number: PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
