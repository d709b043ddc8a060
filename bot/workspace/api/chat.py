"""chat.*: posting, changing and deleting messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.workspace.api.arguments import flag, text, timestamp
from bot.workspace.errors import SlackError
from bot.workspace.identity import BOT_USER_ID, PEOPLE, dm_channel
from bot.workspace.store import Channel, Message
from bot.workspace.wire import control_message, slack_message
from bot.workspace.workspace import Workspace
from bot.workspace.writing import also_in_channel

MAX_POSTED_TEXT = 40_000
MAX_UPDATED_TEXT = 4_000
MAX_METADATA_BYTES = 8_000
Json = dict[str, Any]


def post_message(workspace: Workspace, arguments: Json) -> Json:
    """chat.postMessage; one message a second in a channel, after a short burst."""
    channel = writable_channel(workspace, arguments)
    workspace.rates.posts.take(channel.id)
    body = _body(arguments, MAX_POSTED_TEXT)
    thread_ts = _thread(arguments)
    body |= also_in_channel(workspace, channel, thread_ts, flag(arguments, "reply_broadcast"))
    message = workspace.post(channel, BOT_USER_ID, body, thread_ts=thread_ts)
    return {"channel": channel.id, "ts": message.ts, "message": slack_message(message, metadata=True)}


def post_ephemeral(workspace: Workspace, arguments: Json) -> Json:
    """chat.postEphemeral: a message that one user sees."""
    channel = writable_channel(workspace, arguments)
    user = text(arguments, "user")
    if user not in workspace.store.members(channel.id):
        raise SlackError("user_not_in_channel")
    body = _body(arguments, MAX_POSTED_TEXT)
    message = workspace.post(channel, BOT_USER_ID, body, thread_ts=_thread(arguments), ephemeral_to=user)
    workspace.watches.add(user, {**control_message(message), "response_type": "ephemeral"})
    return {"message_ts": message.ts}


def update(workspace: Workspace, arguments: Json) -> Json:
    """chat.update: what is given replaces what was; the bot's own messages only, 50 a minute in a channel."""
    channel, message = own_message(workspace, arguments, "cant_update_message")
    workspace.rates.updates.take(channel.id)
    edited = workspace.edit(channel, message, _body(arguments, MAX_UPDATED_TEXT))
    shown = slack_message(edited, metadata=True)
    return {"channel": channel.id, "ts": edited.ts, "text": edited.body.get("text", ""), "message": shown}


def delete(workspace: Workspace, arguments: Json) -> Json:
    """chat.delete: the bot's own messages only."""
    channel, message = own_message(workspace, arguments, "cant_delete_message")
    workspace.delete(channel, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(workspace: Workspace, arguments: Json) -> Json:
    """chat.getPermalink: the message's address on the page."""
    channel = find_channel(workspace, arguments)
    message = workspace.store.message(channel.id, timestamp(arguments.get("message_ts"), "message_not_found"))
    if message is None or message.ephemeral_to or message.is_tombstone:
        raise SlackError("message_not_found")
    return {"channel": channel.id, "permalink": workspace.permalink(message)}


def find_channel(workspace: Workspace, arguments: Json, name: str = "channel") -> Channel:
    """The channel whose id is given."""
    value = arguments.get(name)
    channel = workspace.store.channel(value) if isinstance(value, str) else None
    if channel is None or channel.id != value:
        raise SlackError("channel_not_found")
    return channel


def writable_channel(workspace: Workspace, arguments: Json) -> Channel:
    """The channel to post in: by id, by name, or a person's id for the direct messages with them."""
    value = arguments.get("channel")
    if not isinstance(value, str):
        raise SlackError("channel_not_found")
    channel = workspace.store.channel(dm_channel(value) if value in PEOPLE else value)
    if channel is None:
        raise SlackError("channel_not_found")
    if BOT_USER_ID not in workspace.store.members(channel.id):
        raise SlackError("not_in_channel")
    return channel


def own_message(workspace: Workspace, arguments: Json, refusal: str) -> tuple[Channel, Message]:
    """The bot's message that is to be changed. refusal: the error when it is somebody else's."""
    channel = find_channel(workspace, arguments)
    message = workspace.store.message(channel.id, timestamp(arguments.get("ts"), "message_not_found"))
    if message is None or message.ephemeral_to or message.is_tombstone:
        raise SlackError("message_not_found")
    if message.user != BOT_USER_ID:
        raise SlackError(refusal)
    return channel, message


def message_content(arguments: Json, longest: int) -> Json:
    """The text and blocks of a message to be. Raises SlackError when there is nothing to show or too much."""
    content, blocks = arguments.get("text"), arguments.get("blocks")
    if content is not None and not isinstance(content, str):
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] text must be a string"]})
    if blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if not content and not blocks and not arguments.get("attachments"):
        raise SlackError("no_text")
    if content and len(content) > longest:
        raise SlackError("msg_too_long")
    given = {"text": content, "blocks": blocks, "attachments": arguments.get("attachments")}
    return {key: value for key, value in given.items() if value is not None}


def _body(arguments: Json, longest: int) -> Json:
    body = message_content(arguments, longest)
    if arguments.get("metadata") is not None:
        body["metadata"] = _metadata(arguments["metadata"])
    return body


def _metadata(given: Any) -> Json:
    """The app's own data on a message: {event_type, event_payload}, nothing else, and small."""
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str) or not given["event_type"]:
        raise SlackError("invalid_metadata_format")
    if not isinstance(given.get("event_payload"), dict) or set(given) != {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(given)) > MAX_METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return given


def _thread(arguments: Json) -> str | None:
    given = arguments.get("thread_ts")
    return timestamp(given, "thread_not_found") if given else None


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
    "chat.postEphemeral": post_ephemeral,
    "chat.postMessage": post_message,
    "chat.update": update,
}
