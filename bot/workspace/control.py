"""The control API: what a test, a script or the page does in a person's place, and what there is to see."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException

from bot.workspace import actions
from bot.workspace.announcement import Announcement
from bot.workspace.control_lookup import find_channel, find_message, member_channel, visible_message
from bot.workspace.faults import EnvelopeFault, Fault, Scripted
from bot.workspace.identity import BOT_USER_ID, FORM_BOT, PEOPLE, STAFF, USERS
from bot.workspace.requests import (
    ClickRequest,
    CloseRequest,
    CommandRequest,
    DismissRequest,
    FaultRequest,
    SubmitRequest,
)
from bot.workspace.store import Channel, Message
from bot.workspace.views import View
from bot.workspace.wire import control_message
from bot.workspace.workspace import Workspace

Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    """The routes under /control."""
    routes = APIRouter(prefix="/control")
    _add_reading(routes, workspace)
    _add_acting(routes, workspace)
    _add_views(routes, workspace)
    _add_announcing(routes, workspace)
    _add_faults(routes, workspace)
    return routes


def _add_reading(routes: APIRouter, workspace: Workspace) -> None:
    @routes.get("/workspace")
    async def about() -> Json:
        """Who and what there is, for the page.

        people: the ids of those whom one can be, staff first; bots: other apps that can post;
        shortcuts, home: of the bot's app, as Workspace.about_app says.
        """
        form_bot = {"id": FORM_BOT.id, "name": FORM_BOT.name, "is_bot": True}
        announced = workspace.announcements.current()
        return {
            "channels": [_about_channel(workspace, channel) for channel in workspace.store.channels()],
            "users": [*({"id": u.id, "name": u.real_name, "is_bot": u.is_bot} for u in USERS.values()), form_bot],
            "staff": STAFF,
            "people": PEOPLE,
            "bots": [{"id": FORM_BOT.id, "name": FORM_BOT.name}],
            "bot": BOT_USER_ID,
            "bot_connected": workspace.hub.connected,
            "base_url": workspace.base_url,
            "announced": announced.told() if announced else None,
            **workspace.about_app(),
        }

    @routes.get("/messages")
    async def messages(channel: str, limit: int = -1) -> Json:
        """A channel's messages, roots and replies, oldest first; limit: only so many, the newest."""
        found = workspace.store.messages(find_channel(workspace, channel).id, limit)
        return {"messages": [_with_reactions(workspace, message) for message in found]}

    @routes.get("/views")
    async def views() -> Json:
        """The open modals and home tabs."""
        return {"views": [{**view.body, "user": view.user} for view in workspace.views.list()]}


def _add_acting(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/command")
    async def command(request: CommandRequest) -> Json:
        """Type a slash command and wait for its answers."""
        channel = member_channel(workspace, request.channel, request.user)
        return await actions.command(workspace, channel, request.user, request.command, request.text)

    @routes.post("/dismiss")
    async def dismiss(request: DismissRequest) -> Json:
        """Take a message away that only this person sees."""
        found = find_message(workspace, request.ts, request.channel)
        if found.ephemeral_to != request.user:
            raise HTTPException(403, "only who a message is for alone can dismiss it")
        workspace.delete(find_channel(workspace, request.channel), found)
        return {"ok": True}

    @routes.post("/click")
    async def click(request: ClickRequest) -> Json:
        """Use a button or a menu and wait for its answers."""
        click = actions.Click(request.user, request.action_id, request.block_id, request.choice(), request.form)
        if request.view_id is not None:
            return await actions.click_in_view(workspace, _view(workspace, request.view_id, request.user), click)
        found = visible_message(workspace, request.message_ts or "", request.channel, request.user)
        return await actions.click(workspace, found, click)


def _add_views(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/submit")
    async def submit(request: SubmitRequest) -> Json:
        """Submit a modal and wait for its answers."""
        view = _view(workspace, request.view_id, request.user)
        return await actions.submit(workspace, view, request.user, request.values)

    @routes.post("/close")
    async def close(request: CloseRequest) -> Json:
        """Close a modal unsent; the bot hears of it where it asked to."""
        view = _view(workspace, request.view_id, request.user)
        return await actions.close(workspace, view, request.user, whole_stack=request.all)


def _add_announcing(routes: APIRouter, workspace: Workspace) -> None:
    @routes.put("/announce")
    async def announce(announcement: Announcement) -> Json:
        """The bot tells of itself, at each start; the open pages hear it at once."""
        workspace.announce(announcement)
        return {"ok": True}


def _add_faults(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/fault")
    async def fault(request: FaultRequest) -> Json:
        """Script trouble."""
        if isinstance(request.kind, Fault):
            if not request.method:
                raise HTTPException(400, "name the method that is to fail")
            workspace.faults.add(request.method, request.kind, request.times)
            return {"faults": workspace.faults.pending()}
        if isinstance(request.kind, EnvelopeFault):
            scripted = Scripted(request.kind, request.envelope, request.seconds)
            return {"envelopes": workspace.hub.faults.add(scripted, request.times)}
        if request.kind == "ack_lost":
            return {"acks_to_lose": workspace.hub.lose_acks(request.times)}
        return {"dropped": await workspace.hub.drop_sockets()}

    @routes.get("/faults")
    async def faults() -> Json:
        """The trouble still to come."""
        return {"faults": workspace.faults.pending()}


def _view(workspace: Workspace, view_id: str, user: str) -> View:
    view = workspace.views.get(view_id)
    if view is None:
        raise HTTPException(404, f"no open view {view_id!r}")
    if view.user != user:
        raise HTTPException(403, "this view is shown to somebody else")
    return view


def _about_channel(workspace: Workspace, channel: Channel) -> Json:
    about: Json = {"id": channel.id, "name": channel.name, "topic": channel.topic, "dm_user": channel.dm_user}
    return {**about, "latest": workspace.store.latest(channel.id), "members": workspace.store.members(channel.id)}


def _with_reactions(workspace: Workspace, message: Message) -> Json:
    reactions = workspace.store.reactions(message)
    return {**control_message(message), **({"reactions": reactions} if reactions else {})}
