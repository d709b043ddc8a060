"""How the workspace's things look in JSON: Slack's objects for the bot, and the plain ones of the control API."""

from __future__ import annotations

from typing import Any

from bot.workspace.file_wire import control_file
from bot.workspace.identity import APP_ID, BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, USERS, User
from bot.workspace.store import Channel, Message, Replies

Json = dict[str, Any]


def slack_message(
    message: Message, replies: Replies | None = None, reactions: dict[str, list[str]] | None = None, *, metadata: bool
) -> Json:
    """The message object of the Web API and of events. metadata: whether to show the app's metadata."""
    shown: Json = {"type": "message", "user": message.user, "ts": message.ts, "team": TEAM_ID, **message.body}
    if not metadata:
        shown.pop("metadata", None)
    if message.user == BOT_USER_ID:
        shown |= {"bot_id": BOT_ID, "app_id": APP_ID}
    if "bot_id" in message.body:  # of an incoming webhook, which is no user
        del shown["user"], shown["team"]
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if replies:
        shown |= {"thread_ts": message.ts, "reply_count": replies.count, "reply_users_count": len(replies.users)}
        shown |= {"latest_reply": replies.latest, "reply_users": list(replies.users), "subscribed": False}
    if reactions:
        shown["reactions"] = [{"name": n, "users": users, "count": len(users)} for n, users in reactions.items()]
    return shown


def control_message(message: Message) -> Json:
    """The message of the control API and the page: a root has no thread_ts, an unedited message no "edited".

    subtype: thread_broadcast (a reply that the channel shows too), tombstone (a deleted root), bot_message, if any;
    username: what an incoming webhook calls itself.
    """
    shown: Json = {"ts": message.ts, "thread_ts": message.thread_ts, "user": message.user}
    shown |= {"text": message.body.get("text", ""), "blocks": message.body.get("blocks", [])}
    shown["edited"] = message.body.get("edited")
    if files := message.body.get("files"):
        shown["files"] = [control_file(file) for file in files]
    shown |= {key: message.body[key] for key in ("subtype", "username", "metadata") if key in message.body}
    if message.ephemeral_to:
        shown["ephemeral_to"] = message.ephemeral_to
    return shown


def slack_channel(channel: Channel, *, bot_is_member: bool, members: int) -> Json:
    """The conversation object of the Web API."""
    common: Json = {"id": channel.id, "created": channel.created, "is_archived": False, "context_team_id": TEAM_ID}
    if channel.dm_user:
        return {**common, "is_im": True, "user": channel.dm_user, "is_org_shared": False, "is_user_deleted": False}
    text = {"value": channel.topic, "creator": "", "last_set": 0}
    kind = {"is_channel": True, "is_group": False, "is_im": False, "is_mpim": False, "is_private": False}
    naming = {"name": channel.name, "name_normalized": channel.name, "topic": text, "purpose": text}
    return {**common, **kind, **naming, "is_member": bot_is_member, "is_general": False, "num_members": members}


def slack_user(user: User) -> Json:
    """The user object of the Web API."""
    profile = {"real_name": user.real_name, "display_name": user.real_name, "team": TEAM_ID}
    zone = {"tz": "Etc/UTC", "tz_label": "Coordinated Universal Time", "tz_offset": 0}
    names = {"id": user.id, "team_id": TEAM_ID, "name": user.name, "real_name": user.real_name, "deleted": False}
    guest = {"is_restricted": user.is_guest, "is_ultra_restricted": user.is_guest}
    return {**names, **zone, **guest, "profile": profile, "is_bot": user.is_bot, "is_app_user": False, "updated": 0}


def acting_user(user_id: str) -> Json:
    """The `user` of an interactive payload."""
    name = USERS[user_id].name
    return {"id": user_id, "username": name, "name": name, "team_id": TEAM_ID}


def acting_team() -> Json:
    """The `team` of an interactive payload."""
    return {"id": TEAM_ID, "domain": TEAM_DOMAIN}
