"""The workspace itself: what happens when somebody posts, edits or deletes, whoever asked for it."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from bot.workspace.announcement import Announcements
from bot.workspace.block_kit import check_message
from bot.workspace.elements import with_ids
from bot.workspace.errors import SlackError
from bot.workspace.faults import Faults
from bot.workspace.feed import Feed
from bot.workspace.identity import APP_ID, BOT_USER_ID, TEAM_ID, VERIFICATION_TOKEN
from bot.workspace.interactions import Interactions
from bot.workspace.options import Options
from bot.workspace.rate import Rate
from bot.workspace.socket_mode import Hub
from bot.workspace.store import Channel, Message, Store
from bot.workspace.views import View, Views
from bot.workspace.watch import Watches
from bot.workspace.wire import control_message, slack_message

DATABASE = "workspace.db"
Json = dict[str, Any]


class Rates:
    """Slack's limits of how often the bot may call."""

    def __init__(self, options: Options) -> None:
        self.posts = Rate(options.messages_per_second, options.burst)
        self.updates = Rate.per_minute(options.updates_per_minute)
        self.views = Rate.per_minute(options.views_per_minute)


class Workspace:
    """Holds the parts together. base_url: where the bot and the page reach it, with no slash at the end."""

    def __init__(self, data_dir: Path, *, base_url: str, options: Options | None = None) -> None:
        self.base_url = base_url
        self.options = options or Options()
        self.store = Store(data_dir / DATABASE)
        self.feed = Feed()
        self.hub = Hub(self.options, lambda connected: self.feed.publish({"type": "bot", "connected": connected}))
        self.faults = Faults()
        self.views = Views()
        self.interactions = Interactions(self.options)
        self.rates = Rates(self.options)
        self.announcements = Announcements(self.store)
        self.watches = Watches()

    async def stop(self) -> None:
        """End the streams and the sockets, so that the server can close."""
        self.feed.close()
        await self.hub.close()

    def permalink(self, message: Message) -> str:
        """The address of a message on the page."""
        thread = f"?thread_ts={message.thread_ts}&cid={message.channel}" if message.thread_ts else ""
        return f"{self.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}{thread}"

    def post(
        self, channel: Channel, user: str, body: Json, *, thread_ts: str | None = None, ephemeral_to: str | None = None
    ) -> Message:
        """Store a message, show it, and tell the bot."""
        if thread_ts is not None:
            self._check_thread(channel, thread_ts)
        message = self.store.add_message(
            channel.id, user, prepared(body), thread_ts=thread_ts, ephemeral_to=ephemeral_to
        )
        self._show(message, new=True)
        if ephemeral_to is None:
            self.send_event(_message_event(channel, message))
            if user != BOT_USER_ID and f"<@{BOT_USER_ID}>" in body.get("text", "") and channel.dm_user is None:
                self.send_event({**_message_event(channel, message), "type": "app_mention"})
        return message

    def edit(self, channel: Channel, message: Message, changes: Json) -> Message:
        """Change a message of the bot's."""
        visible = message.ephemeral_to is None
        edited = self.store.edit_message(message, prepared(changes), BOT_USER_ID if visible else None)
        self._show(edited, new=False)
        if visible:
            now = {"message": slack_message(edited, metadata=True), "ts": edited.body["edited"]["ts"]}
            before = {"previous_message": slack_message(message, metadata=True)}
            self.send_event(_hidden_event(channel, "message_changed", {**now, **before}))
        return edited

    def delete(self, channel: Channel, message: Message) -> None:
        """Take a message away."""
        self.store.delete_message(message)
        self.feed.publish({"type": "deleted", "channel": message.channel, "ts": message.ts})
        if message.ephemeral_to is None:
            before = {"previous_message": slack_message(message, metadata=True), "deleted_ts": message.ts}
            stamp = f"{time.time():.6f}"
            self.send_event(_hidden_event(channel, "message_deleted", {**before, "ts": stamp}))

    def show_view(self, view: View) -> None:
        """Tell the pages that a view was opened or changed."""
        self.feed.publish({"type": "view", "user": view.user, "view": view.body})

    def close_view(self, view: View, *, whole_stack: bool = False) -> tuple[View, ...]:
        """Close a view, or all of its stack; gives those that were open."""
        closed = self.views.close(view, whole_stack=whole_stack)
        self.feed.publish({"type": "view_closed", "user": view.user, "views": [one.id for one in closed]})
        return closed

    def send_event(self, event: Json) -> None:
        """Wrap an event as the Events API does and send it, with Slack's retries."""
        bot = {"team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}
        who = {"enterprise_id": None, "is_enterprise_install": False, **bot}
        self.hub.send_event(
            {
                "token": VERIFICATION_TOKEN,
                "team_id": TEAM_ID,
                "api_app_id": APP_ID,
                "event": event,
                "type": "event_callback",
                "event_id": "Ev" + secrets.token_hex(8).upper(),
                "event_time": int(time.time()),
                "authorizations": [who],
                "is_ext_shared_channel": False,
                "event_context": f"1-{event['type']}-{TEAM_ID}-{event.get('channel', '')}",
            }
        )

    def _check_thread(self, channel: Channel, thread_ts: str) -> None:
        root = self.store.message(channel.id, thread_ts)
        if root is None or root.ephemeral_to:
            raise SlackError("thread_not_found")
        if root.thread_ts:
            raise SlackError("cannot_reply_to_message")

    def _show(self, message: Message, *, new: bool) -> None:
        shown = control_message(message)
        self.feed.publish({"type": "posted" if new else "changed", "channel": message.channel, "message": shown})


def prepared(body: Json) -> Json:
    """A message's body as it is stored: its blocks checked and given ids. Raises SlackError for broken blocks."""
    blocks = body.get("blocks")
    if blocks is None:
        return body
    if problems := check_message(blocks):
        raise SlackError.broken("invalid_blocks", problems)
    return {**body, "blocks": with_ids(blocks)}


def _message_event(channel: Channel, message: Message) -> Json:
    where = {"channel": channel.id, "channel_type": "im" if channel.dm_user else "channel", "event_ts": message.ts}
    return {**slack_message(message, metadata=True), **where}


def _hidden_event(channel: Channel, subtype: str, details: Json) -> Json:
    kind = "im" if channel.dm_user else "channel"
    where = {"channel": channel.id, "channel_type": kind, "event_ts": details["ts"], "hidden": True}
    return {"type": "message", "subtype": subtype, **where, **details}
