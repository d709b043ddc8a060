"""The control API of what people and other apps write and start: messages, files, forms, shortcuts, the home tab.

All are POST; a body with unknown keys is refused (400), so is a channel or message that is not there (404) or not
theirs (403).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from starlette.requests import Request

from bot.workspace import shortcuts, writing
from bot.workspace.control_lookup import find_channel, find_message, member_channel, own_message
from bot.workspace.identity import STAFF_1
from bot.workspace.requests import (
    DeleteRequest,
    EditRequest,
    FormRequest,
    HomeRequest,
    MessageRequest,
    PersonId,
    ShortcutRequest,
)
from bot.workspace.store import Channel
from bot.workspace.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    """More routes under /control."""
    routes = APIRouter(prefix="/control")
    _add_messages(routes, workspace)
    _add_uploads(routes, workspace)
    _add_starts(routes, workspace)
    return routes


def _add_messages(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/message")
    async def message(request: MessageRequest) -> Json:
        """{"user", "channel", "text", "thread_ts"?, "broadcast"?}: a person writes; gives {"ts"}."""
        channel = _writable(workspace, request.channel, request.user)
        thread = request.thread_ts
        written = writing.write(workspace, channel, request.user, request.text, thread, broadcast=request.broadcast)
        return {"ts": written.ts}

    @routes.post("/edit")
    async def edit(request: EditRequest) -> Json:
        """{"user", "channel", "ts", "text"}: a person changes a message of their own."""
        channel, found = own_message(workspace, request.channel, request.ts, request.user)
        writing.rewrite(workspace, channel, found, request.text)
        return {"ok": True}

    @routes.post("/delete")
    async def delete(request: DeleteRequest) -> Json:
        """{"user", "channel", "ts"}: a person deletes a message of their own."""
        channel, found = own_message(workspace, request.channel, request.ts, request.user)
        workspace.delete(channel, found)
        return {"ok": True}

    @routes.post("/form")
    async def form(request: FormRequest) -> Json:
        """{"channel", "text", "bot"?, "username"?}: another app posts by its incoming webhook; gives {"ts"}."""
        channel = find_channel(workspace, request.channel)
        if channel.dm_user:
            raise HTTPException(403, "an incoming webhook posts in channels")
        return {"ts": writing.post_form(workspace, channel, request.text, request.username).ts}


def _add_uploads(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/file")
    async def file(  # noqa: PLR0917 - FastAPI passes them by name
        request: Request,
        channel: str,
        name: Annotated[str, Query(min_length=1, max_length=255)],
        user: PersonId = STAFF_1,  # type: ignore[assignment]  # a constant of that very value
        text: Annotated[str, Query(max_length=4000)] = "",
        thread_ts: str | None = None,
    ) -> Json:
        """The file is the body, the rest the query: a person shares a file; gives {"ts"}."""
        where = _writable(workspace, channel, user)
        content = await request.body()
        shared = writing.upload(workspace, where, user, name, content, text=text, thread_ts=thread_ts)
        return {"ts": shared.ts}


def _add_starts(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/home")
    async def home(request: HomeRequest) -> Json:
        """{"user"}: the home tab is opened; gives {"view"}, what is published already, or null.

        The bot hears app_home_opened; what it then publishes comes over the stream: {"type": "view", "user", "view"}.
        """
        view = shortcuts.open_home(workspace, request.user)
        return {"view": {**view.body, "user": view.user} if view else None}

    @routes.post("/shortcut")
    async def shortcut(request: ShortcutRequest) -> Json:
        """{"user", "callback_id", "channel"?, "message_ts"?}: a shortcut is run; gives {"ack", "responses", "error"?}.

        With message_ts it is one of the message's menu. Views that it opens come over the stream.
        """
        if request.message_ts is None:
            return await shortcuts.run_global(workspace, request.user, request.callback_id)
        found = find_message(workspace, request.message_ts, request.channel)
        member_channel(workspace, found.channel, request.user)
        if found.ephemeral_to:
            raise HTTPException(403, "a message for one person alone has no menu")
        return await shortcuts.run_on_message(workspace, request.user, request.callback_id, found)


def _writable(workspace: Workspace, name_or_id: str, user: str) -> Channel:
    channel = member_channel(workspace, name_or_id, user)
    if channel.dm_user and workspace.app.read_only:
        raise HTTPException(403, "sending messages to this app has been turned off")
    return channel
