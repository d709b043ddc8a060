"""Block Kit pieces in which a customer's words can do nothing: no ping, no link, no emoji, no formatting.

Slack reads `&`, `<` and `>` as control characters in every text object, so they are replaced everywhere, in this order.
"""

from __future__ import annotations

from typing import Any

from enrichment.models import Model

Block = dict[str, Any]

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
TEXT_LIMIT = 4000


class SlackMessage(Model):
    """What is posted: the fallback text, which states the point, and the blocks."""

    text: str
    blocks: tuple[Block, ...]


def escape(text: str) -> str:
    """The text with Slack's control characters replaced."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def one_line(text: str, limit: int) -> str:
    """The text on one line, cut at `limit` characters with an ellipsis; not escaped."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def clipped(text: str, limit: int) -> str:
    """Escaped, and cut so that the escaped text fits and no entity is cut in two."""
    escaped = escape(text)
    if len(escaped) <= limit:
        return escaped
    kept: list[str] = []
    room = limit - 1
    for character in text:
        piece = escape(character)
        if len(piece) > room:
            break
        kept.append(piece)
        room -= len(piece)
    return "".join(kept).rstrip() + "…"


def inert(text: str, limit: int = SECTION_LIMIT) -> Block:
    """A plain_text object that shows the text as it is."""
    return {"type": "plain_text", "text": clipped(text, limit) or " ", "emoji": False}


def header(text: str) -> Block:
    """A headline."""
    return {"type": "header", "text": inert(one_line(text, HEADER_LIMIT), HEADER_LIMIT)}


def section(text: str, limit: int = SECTION_LIMIT) -> Block:
    """A paragraph of anybody's words."""
    return {"type": "section", "text": inert(text, limit)}


def fields(pairs: list[tuple[str, str]]) -> Block:
    """Labelled values in two columns, ten at most."""
    return {"type": "section", "fields": [inert(f"{label}\n{value}", 2000) for label, value in pairs[:10]]}


def markup(text: str) -> Block:
    """A paragraph of our own mrkdwn; whatever came from outside in it must be escaped already."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION_LIMIT], "verbatim": True}}


def context(text: str) -> Block:
    """A small grey line of our own mrkdwn; whatever came from outside in it must be escaped already."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text[:SECTION_LIMIT], "verbatim": True}]}


def link(url: str, label: str) -> str:
    """A link in mrkdwn; only ever to Slack itself."""
    return f"<{escape(url)}|{escape(label)}>"
