"""What a letter's wording says about its writer's wish: one reading of the text for all groups of screen.toml."""

from __future__ import annotations

from functools import cache

from enrichment.models import Model, ParsedMessage
from enrichment.stages.screen_facts import is_asked_above
from enrichment.stages.screen_phrases import GroupedPhrases, plain
from enrichment.stages.spam_features import has_link
from enrichment.stages.tables import load_table

Said = dict[str, list[str]]
# A question is short, and has a customer's phrase in every so many characters.
_LONGEST, _DENSE = 1_200, 400
_QUESTION_MARKS = "?\uff1f\u061f"  # also the wide one of East Asia and the Arabic one


class _Table(Model):
    """The table screen.toml."""

    pitch: dict[str, tuple[str, ...]]
    application: dict[str, tuple[str, ...]]
    customer: dict[str, tuple[str, ...]]


@cache
def _table() -> _Table:
    return load_table(_Table, "screen.toml")


@cache
def _phrases() -> GroupedPhrases:
    groups = dict(_table().application)
    groups.pop("files")
    return GroupedPhrases(_table().pitch | groups | _table().customer)


@cache
def paper_names() -> tuple[str, ...]:
    """How the file names of applicants' papers begin, as `plain` writes them."""
    return tuple(plain(name) for name in _table().application["files"])


def said_in(parsed: ParsedMessage) -> Said:
    """The different phrases of each group that the subject and the newest words hold.

    Of what was forwarded with a question above it, only the question is the sender's.
    """
    if is_asked_above(parsed):
        return _phrases().find(parsed.note)
    return _phrases().find(f"{parsed.subject}\n\n{parsed.text}")


def buys(said: Said) -> bool:
    """Whether a customer's wish is told: a price, an order, work to be done for them."""
    return "buys" in said


def asks(parsed: ParsedMessage) -> bool:
    """Whether it reads like a customer's question: short, without a link, in a customer's phrases."""
    if len(parsed.full_text) > _LONGEST or has_link(parsed.full_text):
        return False
    said = said_in(parsed)
    phrases = len(said.get("customer", ())) + len(said.get("buys", ()))
    asked = buys(said) or any(mark in parsed.text for mark in _QUESTION_MARKS)
    return asked and len(parsed.full_text) < _DENSE * phrases
