"""Tells a letter that wants to sell to us: by what it offers, about whom, and what it asks for."""

from __future__ import annotations

from enrichment.models import ParsedMessage
from enrichment.stages.screen_opinions import Said, buys

# Somebody must offer, or name goods, us and what they ask for. A customer's phrase undoes one sign.
_POINTS = {"offer": 3, "goods": 3, "us": 2, "ask": 2, "many": 2, "intro": 1}
_AGAINST = 3
_ENOUGH = 7
_FEWEST = 3
# Cold letters are short; what is longer is a newsletter, or somebody who really writes to us.
_LONGEST = 3_000


def pitch(parsed: ParsedMessage, said: Said) -> str:
    """The reason in words when somebody sells to us; empty in any doubt."""
    signs = {group: said[group] for group in _POINTS if group in said}
    against = len(said.get("customer", ()))
    if (
        buys(said)
        or "needs" in said
        or len(parsed.text) > _LONGEST
        or not (_is_offer(signs) or (not against and _is_plain_offer(signs)))
    ):
        return ""
    points = sum(_POINTS[group] for group in signs) + sum(len(quotes) > 1 for quotes in signs.values())
    if points - _AGAINST * against < _ENOUGH:
        return ""
    return f"somebody who sells to us: {', '.join(f'“{quotes[0]}”' for quotes in signs.values())}"


def _is_offer(signs: Said) -> bool:
    """Whether the kinds of signs are those of an offer, several and the right ones."""
    return len(signs) >= _FEWEST and ("offer" in signs or {"goods", "us", "ask"} <= signs.keys())


def _is_plain_offer(signs: Said) -> bool:
    """Whether goods or an offer, and what they ask for, are each said more than once."""
    strong = {group for group, quotes in signs.items() if len(quotes) > 1}
    return "ask" in strong and bool({"goods", "offer"} & strong)
