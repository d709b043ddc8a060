"""What a person starts outside of a message's buttons: the app's shortcuts, and its home tab."""

from __future__ import annotations

import time
from typing import Any

from bot.workspace import events
from bot.workspace.actions import NotFound, address, answer_url, interact, interactive
from bot.workspace.store import Message
from bot.workspace.views import View
from bot.workspace.wire import slack_message
from bot.workspace.workspace import Workspace

Json = dict[str, Any]


def open_home(workspace: Workspace, user: str) -> View | None:
    """A person opens the app's home tab; gives what is published there already."""
    view = workspace.views.home(user)
    workspace.send_event(events.home_opened(user, view))
    return view


async def run_global(workspace: Workspace, user: str, callback_id: str) -> Json:
    """A person runs a shortcut from anywhere."""
    if not workspace.app.shortcut(callback_id, "global"):
        raise NotFound(f"the app has no shortcut {callback_id!r}")
    with workspace.watches.watching(user) as watch:
        payload = {**interactive(workspace, "shortcut", user), "callback_id": callback_id, "action_ts": _now()}
        return await interact(workspace, payload, watch)


async def run_on_message(workspace: Workspace, user: str, callback_id: str, message: Message) -> Json:
    """A person runs a shortcut of a message."""
    if not workspace.app.shortcut(callback_id, "message"):
        raise NotFound(f"the app has no shortcut {callback_id!r} for messages")
    channel = workspace.store.channel(message.channel)
    with workspace.watches.watching(user) as watch:
        url = answer_url(workspace, watch, message.channel, None)
        payload = {
            **interactive(workspace, "message_action", user),
            "callback_id": callback_id,
            "action_ts": _now(),
            "channel": {"id": message.channel, "name": channel.name if channel else ""},
            "message_ts": message.ts,
            "message": slack_message(message, metadata=True),
            "response_url": address(workspace, url),
        }
        return await interact(workspace, payload, watch)


def _now() -> str:
    return f"{time.time():.6f}"
