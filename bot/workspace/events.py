"""The events of the Events API: what the bot hears of messages and of the home tab, if it subscribed."""

from __future__ import annotations

import time
from typing import Any

from bot.workspace.identity import dm_channel
from bot.workspace.store import Channel, Message
from bot.workspace.views import View
from bot.workspace.wire import slack_message

Json = dict[str, Any]


def subscription(event: Json) -> str:
    """The name in the manifest's bot_events that this event goes by."""
    if event["type"] != "message":
        return str(event["type"])
    return "message.im" if event["channel_type"] == "im" else "message.channels"


def posted(channel: Channel, message: Message) -> Json:
    """A new message."""
    shared = {"subtype": "file_share"} if message.body.get("files") else {}
    return {**slack_message(message, metadata=True), **shared, **_where(channel, message.ts)}


def changed(channel: Channel, before: Message, now: Message, ts: str) -> Json:
    """A message whose author changed it, or a root that was deleted and has replies."""
    details = {"message": slack_message(now, metadata=True), "previous_message": slack_message(before, metadata=True)}
    return _hidden(channel, "message_changed", {**details, "ts": ts})


def deleted(channel: Channel, message: Message) -> Json:
    """A message that is gone."""
    before = {"previous_message": slack_message(message, metadata=True), "deleted_ts": message.ts}
    return _hidden(channel, "message_deleted", {**before, "ts": f"{time.time():.6f}"})


def home_opened(user: str, view: View | None, tab: str = "home") -> Json:
    """A person opens the app's home tab (or its messages); view: what is published there already."""
    event: Json = {"type": "app_home_opened", "user": user, "channel": dm_channel(user), "tab": tab}
    event["event_ts"] = f"{time.time():.6f}"
    return {**event, "view": view.body} if view is not None else event


def _where(channel: Channel, ts: str) -> Json:
    return {"channel": channel.id, "channel_type": "im" if channel.dm_user else "channel", "event_ts": ts}


def _hidden(channel: Channel, subtype: str, details: Json) -> Json:
    return {"type": "message", "subtype": subtype, **_where(channel, details["ts"]), "hidden": True, **details}
