"""The control API: what a test, a script or the page does in a person's place, and what there is to see."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from bot.workspace import actions
from bot.workspace.faults import Fault
from bot.workspace.identity import BOT_USER_ID, LEADS_CHANNEL, STAFF, STAFF_1, USERS
from bot.workspace.store import Channel, Message
from bot.workspace.views import View
from bot.workspace.wire import control_message
from bot.workspace.workspace import Workspace

Json = dict[str, Any]
StaffId = Literal["U0STAFF1", "U0STAFF2"]


class _Request(BaseModel):
    """A body of the control API; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")
    user: StaffId = STAFF_1  # type: ignore[assignment]  # a constant of that very value


class CommandRequest(_Request):
    """A slash command, as typed in a channel."""

    command: str = Field(pattern=r"^/[^\s/]{1,32}$")
    text: str = Field(default="", max_length=12_000)
    channel: str = LEADS_CHANNEL


class MessageRequest(_Request):
    """A message, as typed in a channel or, with thread_ts, in a thread."""

    channel: str
    text: str = Field(min_length=1, max_length=12_000)
    thread_ts: str | None = None


class ClickRequest(_Request):
    """A use of an element, of a message or of a view; the choice is by value or in Slack's own form."""

    message_ts: str | None = None
    view_id: str | None = None
    channel: str | None = None
    action_id: str
    value: str | None = None
    selected_option: Json | str | None = None
    selected_options: list[Json | str] | None = None
    selected_user: str | None = None
    selected_channel: str | None = None
    selected_conversation: str | None = None
    selected_date: str | None = None
    selected_time: str | None = None
    selected_date_time: int | None = None

    def choice(self) -> Json:
        """What was chosen, without what was not said."""
        return self.model_dump(exclude={"message_ts", "view_id", "channel", "action_id", "user"}, exclude_none=True)


class SubmitRequest(_Request):
    """A modal, filled in: values by block_id and action_id."""

    view_id: str
    values: dict[str, dict[str, Any]] = Field(default_factory=dict)


class FaultRequest(BaseModel):
    """Trouble for the next `times` calls of a method; socket_drop strikes at once and needs no method."""

    model_config = ConfigDict(extra="forbid")
    method: str = ""
    kind: Fault | Literal["socket_drop"]
    times: int = Field(default=1, ge=1, le=1000)


def router(workspace: Workspace) -> APIRouter:
    """The routes under /control."""
    routes = APIRouter(prefix="/control")
    _add_reading(routes, workspace)
    _add_acting(routes, workspace)
    _add_faults(routes, workspace)
    return routes


def _add_reading(routes: APIRouter, workspace: Workspace) -> None:
    @routes.get("/workspace")
    async def about() -> Json:
        """Who and what there is, for the page."""
        public = [
            {"id": c.id, "name": c.name, "topic": c.topic, "dm_user": c.dm_user} for c in workspace.store.channels()
        ]
        users = [{"id": user.id, "name": user.real_name, "is_bot": user.is_bot} for user in USERS.values()]
        connected = workspace.hub.connected
        return {"channels": public, "users": users, "staff": STAFF, "bot": BOT_USER_ID, "bot_connected": connected}

    @routes.get("/messages")
    async def messages(channel: str, limit: int = -1) -> Json:
        """A channel's messages, roots and replies, oldest first; limit: only so many, the newest."""
        found = workspace.store.messages(_channel(workspace, channel).id, limit)
        return {"messages": [_with_reactions(workspace, message) for message in found]}

    @routes.get("/views")
    async def views() -> Json:
        """The open modals and home tabs."""
        return {"views": [{**view.body, "user": view.user} for view in workspace.views.list()]}


def _add_acting(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/command")
    async def command(request: CommandRequest) -> Json:
        """Type a slash command and wait for its answers."""
        channel = _channel(workspace, request.channel)
        return await actions.command(workspace, channel, request.user, request.command, request.text)

    @routes.post("/message")
    async def message(request: MessageRequest) -> Json:
        """Write a message."""
        channel = _channel(workspace, request.channel)
        if request.user not in workspace.store.members(channel.id):
            raise HTTPException(403, "this person is not in that channel")
        return {"ts": actions.write(workspace, channel, request.user, request.text, request.thread_ts).ts}

    @routes.post("/click")
    async def click(request: ClickRequest) -> Json:
        """Use a button or a menu and wait for its answers."""
        if request.view_id is not None:
            view = _view(workspace, request.view_id)
            return await actions.click_in_view(workspace, view, request.user, request.action_id, request.choice())
        found = _message(workspace, request.message_ts or "", request.channel)
        return await actions.click(workspace, found, request.user, request.action_id, request.choice())

    @routes.post("/submit")
    async def submit(request: SubmitRequest) -> Json:
        """Submit a modal and wait for its answers."""
        return await actions.submit(workspace, _view(workspace, request.view_id), request.user, request.values)


def _add_faults(routes: APIRouter, workspace: Workspace) -> None:
    @routes.post("/fault")
    async def fault(request: FaultRequest) -> Json:
        """Script trouble."""
        if isinstance(request.kind, Fault):
            if not request.method:
                raise HTTPException(400, "name the method that is to fail")
            workspace.faults.add(request.method, request.kind, request.times)
            return {"faults": workspace.faults.pending()}
        return {"dropped": await workspace.hub.drop_sockets()}

    @routes.get("/faults")
    async def faults() -> Json:
        """The trouble still to come."""
        return {"faults": workspace.faults.pending()}


def _channel(workspace: Workspace, name_or_id: str) -> Channel:
    channel = workspace.store.channel(name_or_id)
    if channel is None:
        raise HTTPException(404, f"no channel {name_or_id!r}")
    return channel


def _message(workspace: Workspace, ts: str, channel: str | None) -> Message:
    found = workspace.store.message(_channel(workspace, channel).id, ts) if channel else workspace.store.find(ts)
    if found is None:
        raise HTTPException(404, f"no message {ts!r}")
    return found


def _view(workspace: Workspace, view_id: str) -> View:
    view = workspace.views.get(view_id)
    if view is None:
        raise HTTPException(404, f"no open view {view_id!r}")
    return view


def _with_reactions(workspace: Workspace, message: Message) -> Json:
    reactions = workspace.store.reactions(message)
    return {**control_message(message), **({"reactions": reactions} if reactions else {})}
