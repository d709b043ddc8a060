"""The words of one Slack message, wherever they stand: its text, its blocks, its attachments and their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from channels.slack.loose import record, records, text
from channels.slack.words import LONGEST, plain

_DEEPEST = 6
_MOST_BLOCKS = 100
_MOST_FIELDS = 50


def words_of(message: Mapping[str, Any], *, bot_user: str = "") -> str:
    """All that a reader of the message would read, as plain text."""
    own = text(message, "text", limit=LONGEST)
    blocks = "\n".join(_of_blocks(records(message, "blocks", limit=_MOST_BLOCKS)))
    # A person's blocks say what the text says; a program's text is only what stands in the notification.
    body = blocks if blocks.strip() and (is_bots(message) or not own.strip()) else own
    attached = [line for each in records(message, "attachments", limit=20) for line in _of_attachment(each)]
    pieces = [body, *(piece for piece in attached if piece not in body)]
    return plain("\n".join(piece for piece in pieces if piece.strip()), bot_user)


def is_bots(message: Mapping[str, Any]) -> bool:
    """Whether a program wrote it."""
    return text(message, "subtype") == "bot_message" or bool(text(message, "bot_id"))


def _of_attachment(attachment: Mapping[str, Any]) -> Iterator[str]:
    """A form bot's card, or a message that somebody shares; not the preview of a link, which is the web's words."""
    shared = attachment.get("is_share") is True or attachment.get("is_msg_unfurl") is True
    if (text(attachment, "from_url") or text(attachment, "original_url")) and not shared:
        return
    for name in ("pretext", "title", "text"):
        yield text(attachment, name, limit=LONGEST)
    for field in records(attachment, "fields", limit=_MOST_FIELDS):
        yield _labelled(text(field, "title", limit=200), text(field, "value", limit=LONGEST))
    if not text(attachment, "text"):
        yield from _of_blocks(records(attachment, "blocks", limit=_MOST_BLOCKS))
    if shared:
        yield from _of_blocks(
            [
                block
                for inner in records(attachment, "message_blocks", limit=5)
                for block in records(record(inner, "message"), "blocks")
            ]
        )


def _labelled(title: str, value: str) -> str:
    return f"{title.strip().rstrip(':')}: {value}" if title.strip() else value


def _of_blocks(blocks: list[dict[str, Any]]) -> Iterator[str]:
    for block in blocks:
        match text(block, "type"):
            case "rich_text":
                yield from (_rich(element, 0) for element in records(block, "elements"))
            case "section":
                yield _object(block.get("text"))
                # `*Name*` above its value, as form builders lay out two columns.
                yield from (_field(_object(each)) for each in records(block, "fields", limit=_MOST_FIELDS))
            case "header":
                yield _object(block.get("text"))
            case "context":
                yield from (_object(each) for each in records(block, "elements", limit=10))


def _object(value: object) -> str:
    """A text object's text."""
    return text(value, "text", limit=LONGEST)


def _field(said: str) -> str:
    label, newline, value = said.partition("\n")
    marked = label.strip().strip("*").strip()
    short = newline and len(marked) <= 60 and value.strip() and not marked.endswith((".", "?", "!"))
    return _labelled(marked, value.strip()) if short else said


def _rich(element: Mapping[str, Any], depth: int) -> str:
    """One element of rich text, in mrkdwn's own signs where it has some."""
    kind = text(element, "type")
    if kind == "text":
        # Words that are no markup there must not become any here.
        said = text(element, "text", limit=LONGEST)
        return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    signs = {
        "link": f"<{text(element, 'url')}|{text(element, 'text') or text(element, 'url')}>",
        "user": f"<@{text(element, 'user_id')}>",
        "channel": f"<#{text(element, 'channel_id')}>",
        "emoji": f":{text(element, 'name')}:",
        "broadcast": f"@{text(element, 'range')}",
    }
    if kind in signs:
        return signs[kind]
    if depth >= _DEEPEST:
        return ""
    between = "\n" if kind == "rich_text_list" else ""
    return between.join(_rich(each, depth + 1) for each in records(element, "elements", limit=500))
