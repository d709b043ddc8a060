"""What is written by people and by other apps: messages, replies, edits, deletions, files, what a form posts."""

from __future__ import annotations

import secrets
from typing import Any

from bot.workspace.errors import SlackError
from bot.workspace.file_wire import slack_file
from bot.workspace.identity import FORM_BOT
from bot.workspace.store import Channel, Message
from bot.workspace.typed_text import as_slack_text
from bot.workspace.wire import slack_message
from bot.workspace.workspace import Workspace

Json = dict[str, Any]


def write(
    workspace: Workspace, channel: Channel, user: str, typed: str, thread_ts: str | None, *, broadcast: bool = False
) -> Message:
    """A person posts a message. broadcast: a reply that the channel shows too."""
    body: Json = {"client_msg_id": secrets.token_hex(16), **_typed(typed)}
    return workspace.post(
        channel, user, {**body, **also_in_channel(workspace, channel, thread_ts, broadcast)}, thread_ts=thread_ts
    )


def also_in_channel(workspace: Workspace, channel: Channel, thread_ts: str | None, broadcast: bool) -> Json:
    """What a reply has when it is sent to the channel as well."""
    root = workspace.store.message(channel.id, thread_ts) if broadcast and thread_ts else None
    return {"subtype": "thread_broadcast", "root": slack_message(root, metadata=False)} if root else {}


def rewrite(workspace: Workspace, channel: Channel, message: Message, typed: str) -> Message:
    """Its author changes the words of a message."""
    return workspace.edit(channel, message, _typed(typed))


def upload(
    workspace: Workspace, channel: Channel, user: str, name: str, content: bytes, *, text: str, thread_ts: str | None
) -> Message:
    """A person shares a file. Raises SlackError when it is empty or too large."""
    if thread_ts is not None:
        workspace.check_thread(channel, thread_ts)
    file = workspace.files.add(name, content, user)
    words = _typed(text) if text else {"text": ""}
    body: Json = {**words, "files": [slack_file(file, workspace.base_url)], "upload": True}
    return workspace.post(channel, user, body, thread_ts=thread_ts)


def post_form(workspace: Workspace, channel: Channel, text: str, username: str) -> Message:
    """Another app posts by its incoming webhook; text is in Slack's own form, as the app sends it."""
    if not text.strip():
        raise SlackError("no_text")
    body: Json = {"subtype": "bot_message", "text": text, "username": username or FORM_BOT.name}
    return workspace.post(channel, FORM_BOT.id, {**body, "bot_id": FORM_BOT.id, "app_id": FORM_BOT.app_id})


def _typed(typed: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": typed}]}
    return {"text": as_slack_text(typed), "blocks": [{"type": "rich_text", "elements": [section]}]}
