"""auth.test, users.* and reactions.*: who is here, and what they think of a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.workspace.api.arguments import text, timestamp
from bot.workspace.api.chat import find_channel
from bot.workspace.errors import SlackError
from bot.workspace.identity import BOT_ID, BOT_USER_ID, TEAM_ID, TEAM_NAME, USERS
from bot.workspace.store import Message
from bot.workspace.wire import slack_message, slack_user
from bot.workspace.workspace import Workspace

REACTION = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")
Json = dict[str, Any]


def auth_test(workspace: Workspace, _: Json) -> Json:
    """auth.test: whose token this is."""
    team = {"url": workspace.base_url + "/", "team": TEAM_NAME, "team_id": TEAM_ID, "is_enterprise_install": False}
    return {**team, "user": USERS[BOT_USER_ID].name, "user_id": BOT_USER_ID, "bot_id": BOT_ID}


def api_test(_: Workspace, arguments: Json) -> Json:
    """api.test: says what it was told; `error` makes it fail."""
    if error := arguments.get("error"):
        raise SlackError(str(error), args=arguments)
    return {"args": arguments}


def users_info(_: Workspace, arguments: Json) -> Json:
    """users.info."""
    user = USERS.get(text(arguments, "user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": slack_user(user)}


def users_list(_: Workspace, __: Json) -> Json:
    """users.list; everybody fits on one page."""
    return {"members": [slack_user(user) for user in USERS.values()], "response_metadata": {"next_cursor": ""}}


def reactions_add(workspace: Workspace, arguments: Json) -> Json:
    """reactions.add: the bot reacts to a message."""
    message = _message(workspace, arguments)
    name = text(arguments, "name").strip(":")
    if not REACTION.fullmatch(name):
        raise SlackError("invalid_name")
    if not workspace.store.add_reaction(message, name, BOT_USER_ID):
        raise SlackError("already_reacted")
    reactions = workspace.store.reactions(message)
    change = {"type": "reactions", "channel": message.channel, "ts": message.ts, "reactions": reactions}
    workspace.feed.publish(change)
    return {}


def reactions_get(workspace: Workspace, arguments: Json) -> Json:
    """reactions.get: a message with its reactions."""
    message = _message(workspace, arguments)
    shown = slack_message(message, reactions=workspace.store.reactions(message), metadata=False)
    return {"type": "message", "channel": message.channel, "message": shown}


def _message(workspace: Workspace, arguments: Json) -> Message:
    channel = find_channel(workspace, arguments)
    message = workspace.store.message(channel.id, timestamp(arguments.get("timestamp"), "bad_timestamp"))
    if message is None or message.ephemeral_to:
        raise SlackError("message_not_found")
    return message


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "api.test": api_test,
    "auth.test": auth_test,
    "reactions.add": reactions_add,
    "reactions.get": reactions_get,
    "users.info": users_info,
    "users.list": users_list,
}
