"""What staff type after `/lead`, taken apart: Slack's marks, `share`, names of leads and people, near words. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.search import lead_number
from bot.slack.blocks import visible
from enrichment.errors import GiveUp
from enrichment.models import Model

LONGEST = 4000
SHARE = "share"
# Below this a word is another word and not a slip of the finger: `hto` is `hot`, `brakes` is nothing.
NEAR = 0.65
# Where a lead is named next, so that it must be one of few words.
NEAR_DEED = 0.55
LONGEST_WORD = 40

_MARK = re.compile(r"<(?:mailto:|https?://|tel:|#)[^<>|\n]{1,2000}\|([^<>|\n]{1,2000})>")
_BARE = re.compile(r"<(?:mailto:|tel:)?((?:https?://)?[^<>|@!#\s][^<>|\s]{0,2000})>")
_PERSON = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^<>|\n]{0,200})?>")
_HANDLE = re.compile(r"@([^\s@<>][^@<>\n]{0,79})")


class Typed(Model):
    """verb: the first word, lower case; rest: what follows, as typed; shared: whether others are to see the answer.

    ends: whether it was the last word that said so, and not the first.
    """

    verb: str = ""
    rest: str = ""
    shared: bool = False
    ends: bool = False


def typed(text: str) -> Typed:
    """What was typed, bounded and without the marks that Slack makes of links and signs; mentions stay marked."""
    words = plain_words(text).strip()
    first, rest = split(words)
    shared = first.lower() == SHARE
    if shared:
        first, rest = split(rest)
    head, _, last = rest.rpartition(" ")
    ends = not shared and last.lower() == SHARE
    return Typed(verb=first.lower(), rest=head.strip() if ends else rest, shared=shared or ends, ends=ends)


def split(text: str) -> tuple[str, str]:
    """The first word and what follows."""
    first, rest = (*text.split(maxsplit=1), "", "")[:2]
    return first, rest.strip()


def plain_words(text: str) -> str:
    """The text as it was typed: links and addresses without Slack's marks, `&amp;` as `&`; mentions stay marked."""
    bare = _BARE.sub(r"\1", _MARK.sub(r"\1", visible(text[:LONGEST])))
    # In this order, or `&amp;lt;` would become what nobody typed.
    return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def nearest(word: str, known: Collection[str], near: float = NEAR) -> str:
    """The known word that this one is a slip of, empty when there is none. near: how like it must be, 0 to 1."""
    asked = word.lower()[:LONGEST_WORD]
    found = process.extractOne(asked, sorted(known), scorer=OSA.normalized_similarity, score_cutoff=near)
    return "" if found is None else str(found[0])


def lead_and_rest(text: str, example: str) -> tuple[int, str]:
    """The lead named first, and what follows. Raises GiveUp with the example when there is none."""
    first, rest = split(text)
    number = lead_number(first.rstrip(":,"))
    if number is None:
        raise GiveUp(f"say which lead: `{example}`")
    return number, rest


def mentioned(text: str) -> str:
    """Slack's id in `<@U123|name>`; empty when the text is no mention."""
    found = _PERSON.fullmatch(text.strip())
    return found[1] if found else ""


def handle(text: str) -> str:
    """The name in `@maya` or `@Tom Keller`, empty when there is none."""
    found = _HANDLE.fullmatch(text.strip())
    return " ".join(found[1].split()).rstrip(".,:") if found else ""
