"""Block Kit pieces in which a customer's words can do nothing: no ping, no link, no emoji, no formatting, no disguise.

Slack reads `&`, `<` and `>` as control characters in every text object, so they are replaced everywhere, in this order.
In mrkdwn `*`, `_`, backquotes and `:emoji:` speak too and cannot be escaped: anybody's words go into plain_text only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from enrichment.models import Model

Block = dict[str, Any]

HEADER_LIMIT = 150
SECTION_LIMIT = 3000
FIELD_LIMIT = 400
TEXT_LIMIT = 4000
# What is looked at of a text that is shown on one line; the rest could not be seen anyway.
READ_LIMIT = 20_000
# Slack refuses a text object that shows nothing.
EMPTY = "—"
# Characters that are not seen, or turn the words after them round: half a name of them would pass for another.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff]"
)
# Joiners and selectors shape what stands beside them, so they stay; alone they show nothing.
_SEEN = re.compile("[^\\s\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_CUT_ENTITY = re.compile("&[a-z]{0,3}$")


class SlackMessage(Model):
    """What is posted: the fallback text, which states the point, and the blocks.

    broadcast: whether a reply is shown in the channel too.
    """

    text: str
    blocks: tuple[Block, ...]
    broadcast: bool = False


def visible(text: str) -> str:
    """The text without characters that cannot be seen or that reverse what is."""
    return _HIDDEN.sub("", text)


def escape(text: str) -> str:
    """The visible text with Slack's control characters replaced."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def one_line(text: str, limit: int) -> str:
    """The visible text on one line, cut at `limit` characters with an ellipsis; not escaped; empty: nothing shows."""
    flat = " ".join(visible(text[:READ_LIMIT]).split())
    if not _SEEN.search(flat):
        return ""
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def clipped(text: str, limit: int) -> str:
    """Escaped, and cut so that the escaped text fits and no entity is cut in two."""
    escaped = escape(text[:READ_LIMIT])
    if len(escaped) <= limit:
        return escaped
    return _CUT_ENTITY.sub("", escaped[: limit - 1]).rstrip() + "…"


def inert(text: str, limit: int = SECTION_LIMIT) -> Block:
    """A plain_text object that shows the text as it is."""
    shown = clipped(text, limit)
    return {"type": "plain_text", "text": shown if _SEEN.search(shown) else EMPTY, "emoji": False}


def header(text: str) -> Block:
    """A headline."""
    return {"type": "header", "text": inert(one_line(text, HEADER_LIMIT), HEADER_LIMIT)}


def section(text: str, limit: int = SECTION_LIMIT) -> Block:
    """A paragraph of anybody's words."""
    return {"type": "section", "text": inert(text, limit)}


def paragraphs(text: str, room: int) -> list[Block]:
    """Anybody's words in as many sections as they need; `room`: how long they may be altogether, escaped."""
    escaped = escape(text[: max(room, READ_LIMIT)])
    rest, shown = (escaped, []) if len(escaped) <= room else (_CUT_ENTITY.sub("", escaped[:room]).rstrip() + "…", [])
    while rest:
        piece = _CUT_ENTITY.sub("", rest[:SECTION_LIMIT]) if len(rest) > SECTION_LIMIT else rest
        rest = rest[len(piece) :]
        shown += [_plain(piece)] if _SEEN.search(piece) else []
    return shown


def _plain(escaped: str) -> Block:
    return {"type": "section", "text": {"type": "plain_text", "text": escaped, "emoji": False}}


def without_looks(message: SlackMessage) -> SlackMessage:
    """The point of a message as one plain paragraph, for when Slack refuses its blocks."""
    return message.model_copy(update={"blocks": (_plain(_CUT_ENTITY.sub("", message.text[:SECTION_LIMIT]) or EMPTY),)})


def fields(pairs: list[tuple[str, str]]) -> Block:
    """Labelled values in two columns, ten at most."""
    return {"type": "section", "fields": [inert(f"{label}\n{value}", FIELD_LIMIT) for label, value in pairs[:10]]}


def answer_field(label: str, mailto: str, address: str) -> Block:
    """A labelled link that opens an answer to the customer: the one place where something of theirs is mrkdwn.

    mailto, address: made and vouched for by answering.py.
    """
    return _mrkdwn(f"{label}\n{link(mailto, address)}")


def markup(text: str) -> Block:
    """A paragraph of our own mrkdwn, with nobody else's words in it."""
    return {"type": "section", "text": _mrkdwn(text)}


def context(text: str, words: str = "", limit: int = SECTION_LIMIT) -> Block:
    """A small grey line: our own mrkdwn, then anybody's words."""
    theirs = [inert(words, limit)] if words else []
    return {"type": "context", "elements": [_mrkdwn(text), *theirs]}


def small(words: str, limit: int = SECTION_LIMIT) -> Block:
    """A small grey line of anybody's words."""
    return {"type": "context", "elements": [inert(words, limit)]}


def size(blocks: Sequence[Block]) -> int:
    """How much text stands in blocks, as Slack counts what one message may hold."""
    return sum(len(text) for block in blocks for text in _texts(block))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        own = part.get("text")
        yield from [own] if isinstance(own, str) else []
        part = list(part.values())
    for each in part if isinstance(part, list) else []:
        yield from _texts(each)


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text[:SECTION_LIMIT], "verbatim": True}


def link(url: str, label: str) -> str:
    """A link in mrkdwn; only ever to Slack itself, or an answer (see answer_field)."""
    return f"<{escape(url)}|{escape(label)}>"
