"""Which scope each Web API method needs, as Slack's reference says; the token has those of the app's manifest."""

from __future__ import annotations

from typing import Any

from bot.workspace.app import App
from bot.workspace.errors import SlackError
from bot.workspace.store import Store

Json = dict[str, Any]

# A method that is not named needs none. {kind}: channels or im, by the conversation that the call is about.
NEEDED: dict[str, str] = {
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "{kind}:history",
    "conversations.info": "{kind}:read",
    "conversations.list": "{kind}:read",
    "conversations.members": "{kind}:read",
    "conversations.open": "im:write",
    "conversations.replies": "{kind}:history",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "files.info": "files:read",
    "reactions.add": "reactions:write",
    "reactions.get": "reactions:read",
    "users.info": "users:read",
    "users.list": "users:read",
}


def check_scope(app: App, store: Store, method: str, arguments: Json) -> None:
    """Raise SlackError `missing_scope`, with what is needed and what there is, unless the app may call this."""
    wanted = NEEDED.get(method, "")
    for kind in _kinds(store, method, arguments) if "{kind}" in wanted else ("",):
        scope = wanted.format(kind=kind)
        if scope and not app.may(scope):
            raise SlackError("missing_scope", needed=scope, provided=app.provided())


def _kinds(store: Store, method: str, arguments: Json) -> set[str]:
    if method == "conversations.list":
        types = str(arguments.get("types") or "public_channel")
        return {"im" if one.strip() == "im" else "channels" for one in types.split(",")}
    given = arguments.get("channel")
    channel = store.channel(given) if isinstance(given, str) else None
    return {"im" if channel is not None and channel.dm_user else "channels"}
