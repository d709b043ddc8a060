"""The workspace itself: what happens when somebody posts, edits or deletes, whoever asked for it."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from bot.workspace import events
from bot.workspace.announcement import Announcement, Announcements
from bot.workspace.app import App
from bot.workspace.block_files import check_files
from bot.workspace.block_kit import check_message
from bot.workspace.earlier import Earlier
from bot.workspace.elements import with_ids
from bot.workspace.errors import SlackError
from bot.workspace.faults import Faults
from bot.workspace.feed import Feed
from bot.workspace.files import Files
from bot.workspace.identity import APP_ID, BOT_USER_ID, SLACKBOT_ID, TEAM_ID, VERIFICATION_TOKEN
from bot.workspace.interactions import Interactions
from bot.workspace.method_rates import MethodRates
from bot.workspace.options import Options
from bot.workspace.socket_mode import Hub
from bot.workspace.store import Channel, Message, Store
from bot.workspace.views import View, Views
from bot.workspace.watch import Watches
from bot.workspace.wire import control_message

DATABASE = "workspace.db"
FILES = "files"
DELETED = "This message was deleted."
Json = dict[str, Any]


class Workspace:
    """Holds the parts together. base_url: where the bot and the page reach it, with no slash at the end."""

    def __init__(self, data_dir: Path, *, base_url: str, options: Options | None = None) -> None:
        self.base_url = base_url
        self.options = options or Options()
        self.store = Store(data_dir / DATABASE)
        self.feed = Feed()
        self.hub = Hub(self.options, lambda connected: self.feed.publish({"type": "bot", "connected": connected}))
        self.faults = Faults()
        self.files = Files(data_dir / FILES)
        self.views = Views(self.files.get)
        self.interactions = Interactions(self.options)
        self.earlier = Earlier()
        self.rates = MethodRates(self.options)
        self.announcements = Announcements(self.store)
        self.app = self._installed()
        self.watches = Watches()

    async def stop(self) -> None:
        """End the streams and the sockets, so that the server can close."""
        self.feed.close()
        await self.hub.close()

    def permalink(self, message: Message) -> str:
        """The address of a message on the page."""
        thread = f"?thread_ts={message.thread_ts}&cid={message.channel}" if message.thread_ts else ""
        return f"{self.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}{thread}"

    def announce(self, announcement: Announcement) -> None:
        """The bot has told of itself; its app is installed anew with the manifest that it brings."""
        self.announcements.keep(announcement)
        self.app = self._installed()
        self.feed.publish({"type": "announced", "announced": announcement.told()})
        self.feed.publish({"type": "app", **self.about_app()})

    def about_app(self) -> Json:
        """What the page offers of the app: {"shortcuts": [{"name", "type", "callback_id", "description"}], "home"}."""
        return {"shortcuts": [one.told() for one in self.app.shortcuts], "home": self.app.home}

    def post(
        self, channel: Channel, user: str, body: Json, *, thread_ts: str | None = None, ephemeral_to: str | None = None
    ) -> Message:
        """Store a message, show it, and tell the bot."""
        if thread_ts is not None:
            self.check_thread(channel, thread_ts)
        kept = self._prepared(body)
        message = self.store.add_message(channel.id, user, kept, thread_ts=thread_ts, ephemeral_to=ephemeral_to)
        self._show(message, new=True)
        if ephemeral_to is None:
            self.send_event(events.posted(channel, message))
            if user != BOT_USER_ID and f"<@{BOT_USER_ID}>" in body.get("text", "") and channel.dm_user is None:
                self.send_event({**events.posted(channel, message), "type": "app_mention"})
        return message

    def edit(self, channel: Channel, message: Message, changes: Json) -> Message:
        """Its author changes a message."""
        visible = message.ephemeral_to is None
        self.earlier.keep(message)
        edited = self.store.edit_message(message, self._prepared(changes), message.user if visible else None)
        self._show(edited, new=False)
        if visible:
            self.send_event(events.changed(channel, message, edited, edited.body["edited"]["ts"]))
        return edited

    def delete(self, channel: Channel, message: Message) -> None:
        """Take a message away; a root with replies leaves a line in its place, as long as they are there."""
        if message.ephemeral_to is None and self.store.replies(channel.id, [message.ts]):
            gone = dict.fromkeys((*message.body, "edited"))
            changes = {**gone, "text": DELETED, "subtype": "tombstone", "hidden": True}
            left = self.store.edit_message(message, changes, None, SLACKBOT_ID)
            self._show(left, new=False)
            self.send_event(events.changed(channel, message, left, f"{time.time():.6f}"))
            return
        self._remove(message)
        if message.ephemeral_to is None:
            self.send_event(events.deleted(channel, message))
        root = self.store.message(channel.id, message.thread_ts) if message.thread_ts else None
        if root is not None and root.is_tombstone and not self.store.replies(channel.id, [root.ts]):
            self._remove(root)

    def _remove(self, message: Message) -> None:
        self.store.delete_message(message)
        self.feed.publish({"type": "deleted", "channel": message.channel, "ts": message.ts})

    def show_view(self, view: View) -> None:
        """Tell the pages that a view was opened or changed."""
        self.feed.publish({"type": "view", "user": view.user, "view": view.body})

    def close_view(self, view: View, *, whole_stack: bool = False) -> tuple[View, ...]:
        """Close a view, or all of its stack; gives those that were open."""
        closed = self.views.close(view, whole_stack=whole_stack)
        self.feed.publish({"type": "view_closed", "user": view.user, "views": [one.id for one in closed]})
        return closed

    def send_event(self, event: Json) -> None:
        """Wrap an event as the Events API does and send it, with Slack's retries, if the app subscribed to it."""
        if not self.app.hears(events.subscription(event)):
            return
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

    def check_thread(self, channel: Channel, thread_ts: str) -> None:
        """Raise SlackError unless this is a root that can be replied to."""
        root = self.store.message(channel.id, thread_ts)
        if root is None or root.ephemeral_to:
            raise SlackError("thread_not_found")
        if root.thread_ts:
            raise SlackError("cannot_reply_to_message")

    def _show(self, message: Message, *, new: bool) -> None:
        shown = control_message(message)
        self.feed.publish({"type": "posted" if new else "changed", "channel": message.channel, "message": shown})

    def _prepared(self, body: Json) -> Json:
        """A message's body as it is stored: its blocks checked and given ids. Raises SlackError for broken blocks."""
        blocks = body.get("blocks")
        if blocks is None:
            return body
        if problems := [*check_message(blocks), *check_files(blocks, self.files.get)]:
            raise SlackError.broken("invalid_blocks", problems)
        return {**body, "blocks": with_ids(blocks)}

    def _installed(self) -> App:
        announced = self.announcements.current()
        manifest = announced.manifest if announced and announced.manifest else self.options.manifest
        return App.installed(manifest)
