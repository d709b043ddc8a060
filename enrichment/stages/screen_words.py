"""The wording of automatic mail, from the table automatic.toml."""

from __future__ import annotations

import re
from functools import cache

from enrichment.models import Model, ParsedMessage
from enrichment.stages.screen_phrases import GroupedPhrases, plain
from enrichment.stages.tables import load_table

_BEFORE = re.compile(r"^[^\w]{0,10}(?:\[[^\]]{1,40}\][^\w]{0,5})?")
_ENDS = 1_900  # characters of either end; notices say it first, newsletters last


class _Automatic(Model):
    """The table automatic.toml: beginnings of subjects and phrases of texts, by what they tell."""

    subjects: dict[str, tuple[str, ...]]
    texts: dict[str, tuple[str, ...]]


@cache
def _subjects() -> dict[str, tuple[str, ...]]:
    table = load_table(_Automatic, "automatic.toml").subjects
    return {kind: tuple(_opening(beginning) for beginning in beginnings) for kind, beginnings in table.items()}


@cache
def _texts() -> GroupedPhrases:
    return GroupedPhrases(load_table(_Automatic, "automatic.toml").texts)


def _opening(words: str) -> str:
    """The words as they are compared; French puts a blank before a colon, some programs do not."""
    return plain(words).replace(" :", ":")


def subject_begins(parsed: ParsedMessage, kind: str) -> bool:
    """Whether the subject begins as that kind's do (`out_of_office`, `acknowledgement`, `calendar`, `receipt`)."""
    subject = _opening(parsed.subject)
    return subject.startswith(_subjects()[kind]) or _BEFORE.sub("", subject).startswith(_subjects()[kind])


def phrases_in(parsed: ParsedMessage, kind: str) -> str:
    """The first phrase of that kind in the message's text (`out_of_office`, `read`, `unsubscribe`); empty when none."""
    found = _texts().find(f"{parsed.text[:_ENDS]}\n\n{(parsed.full_text or parsed.text)[-_ENDS:]}").get(kind, [])
    return found[0] if found else ""
