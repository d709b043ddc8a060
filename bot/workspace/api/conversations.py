"""conversations.*: the channels and what was written in them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from bot.workspace.api.arguments import flag, limit, text, timestamp
from bot.workspace.api.chat import find_channel
from bot.workspace.errors import SlackError
from bot.workspace.identity import BOT_USER_ID, PEOPLE, dm_channel
from bot.workspace.store import Channel, Message
from bot.workspace.wire import slack_channel, slack_message
from bot.workspace.workspace import Workspace

SMALL_PAGE = 15  # of an app that is sold outside of Slack's marketplace
MAX_DIGITS = 9
FIRST, LAST = "0000000000.000000", "9999999999.999999"
Json = dict[str, Any]


def list_channels(workspace: Workspace, arguments: Json) -> Json:
    """conversations.list: public channels, or the kinds asked for."""
    kinds = str(arguments.get("types") or "public_channel").replace(" ", "").split(",")
    if unknown := set(kinds) - {"public_channel", "private_channel", "im", "mpim"}:
        raise SlackError("invalid_types", response_metadata={"messages": [f"[ERROR] unknown: {', '.join(unknown)}"]})
    found = [c for c in workspace.store.channels() if ("im" if c.dm_user else "public_channel") in kinds]
    start = _start(arguments)
    end = start + limit(arguments, 100, 1000)
    return {"channels": [_shown(workspace, c) for c in found[start:end]], **_next(str(end) if end < len(found) else "")}


def info(workspace: Workspace, arguments: Json) -> Json:
    """conversations.info."""
    return {"channel": _shown(workspace, find_channel(workspace, arguments))}


def members(workspace: Workspace, arguments: Json) -> Json:
    """conversations.members, in pages."""
    found = workspace.store.members(find_channel(workspace, arguments).id)
    start = _start(arguments)
    end = start + limit(arguments, 100, 1000)
    return {"members": found[start:end], **_next(str(end) if end < len(found) else "")}


def open_dm(_: Workspace, arguments: Json) -> Json:
    """conversations.open: the direct messages between the bot and one person."""
    given = arguments.get("users")
    users = given if isinstance(given, list) else text(arguments, "users").split(",")
    if len(users) != 1 or users[0] not in PEOPLE:
        raise SlackError("user_not_found")
    return {"channel": {"id": dm_channel(users[0])}, "no_op": True, "already_open": True}


def history(workspace: Workspace, arguments: Json) -> Json:
    """conversations.history: the roots, newest first."""
    channel = _readable(workspace, arguments)
    after, before = _span(arguments)
    before = min(before, _after_cursor(arguments, LAST))
    size = limit(arguments, *_sizes(workspace, 100, 999))
    found = workspace.store.roots(channel.id, after, before, size + 1)
    return _page(workspace, arguments, found, size)


def replies(workspace: Workspace, arguments: Json) -> Json:
    """conversations.replies: the root and its replies, oldest first."""
    channel = _readable(workspace, arguments)
    message = workspace.store.message(channel.id, timestamp(arguments.get("ts"), "thread_not_found"))
    if message is None or message.ephemeral_to:
        raise SlackError("thread_not_found")
    after, before = _span(arguments)
    after = max(after, _after_cursor(arguments, FIRST))
    size = limit(arguments, *_sizes(workspace, 1000, 1000))
    found = workspace.store.thread(channel.id, message.thread_ts or message.ts, after, before, size + 1)
    return _page(workspace, arguments, found, size)


def _sizes(workspace: Workspace, default: int, most: int) -> tuple[int, int]:
    """The page size that is usual and the largest."""
    return (SMALL_PAGE, SMALL_PAGE) if workspace.options.small_history else (default, most)


def _readable(workspace: Workspace, arguments: Json) -> Channel:
    channel = find_channel(workspace, arguments)
    if BOT_USER_ID not in workspace.store.members(channel.id):
        raise SlackError("not_in_channel")
    return channel


def _span(arguments: Json) -> tuple[str, str]:
    """The exclusive bounds that stand for oldest, latest and inclusive."""
    step = 1 if flag(arguments, "inclusive") else 0
    oldest, latest = arguments.get("oldest"), arguments.get("latest")
    after = _moved(timestamp(oldest, "invalid_ts_oldest"), -step) if oldest else ""
    before = _moved(timestamp(latest, "invalid_ts_latest"), step) if latest else LAST
    return after, before


def _moved(ts: str, micros: int) -> str:
    moved = max(0, int(ts.replace(".", "")) + micros)
    return f"{moved // 1_000_000:010d}.{moved % 1_000_000:06d}"


def _page(workspace: Workspace, arguments: Json, found: list[Message], size: int) -> Json:
    page, more = found[:size], len(found) > size
    metadata = flag(arguments, "include_all_metadata")
    threads = workspace.store.replies(page[0].channel, [message.ts for message in page]) if page else {}
    shown = [slack_message(m, threads.get(m.ts), workspace.store.reactions(m), metadata=metadata) for m in page]
    return {"messages": shown, "has_more": more, **_next(page[-1].ts if more else "")}


def _next(position: str) -> Json:
    cursor = base64.b64encode(f"next:{position}".encode()).decode() if position else ""
    return {"response_metadata": {"next_cursor": cursor}}


def _start(arguments: Json) -> int:
    """Where in a list the page begins that a cursor asks for."""
    position = _after_cursor(arguments, "0")
    if not position.isdigit() or len(position) > MAX_DIGITS:
        raise SlackError("invalid_cursor")
    return int(position)


def _after_cursor(arguments: Json, default: str) -> str:
    given = arguments.get("cursor")
    if not given:
        return default
    try:
        kind, _, position = base64.b64decode(str(given), validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError) as error:
        raise SlackError("invalid_cursor") from error
    if kind != "next" or not position.replace(".", "", 1).isdigit():
        raise SlackError("invalid_cursor")
    return position


def _shown(workspace: Workspace, channel: Channel) -> Json:
    members = workspace.store.members(channel.id)
    return slack_channel(channel, bot_is_member=BOT_USER_ID in members, members=len(members))


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "conversations.history": history,
    "conversations.info": info,
    "conversations.list": list_channels,
    "conversations.members": members,
    "conversations.open": open_dm,
    "conversations.replies": replies,
}
