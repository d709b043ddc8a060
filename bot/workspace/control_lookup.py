"""Finds what a request of the control API names, or answers in its place."""

from __future__ import annotations

from fastapi import HTTPException

from bot.workspace.identity import USERS
from bot.workspace.store import Channel, Message
from bot.workspace.workspace import Workspace


def find_channel(workspace: Workspace, name_or_id: str) -> Channel:
    """The channel of that id or name; 404 when there is none."""
    channel = workspace.store.channel(name_or_id)
    if channel is None:
        raise HTTPException(404, f"no channel {name_or_id!r}")
    return channel


def find_message(workspace: Workspace, ts: str, channel: str | None) -> Message:
    """The message at that timestamp; 404 when there is none."""
    found = workspace.store.message(find_channel(workspace, channel).id, ts) if channel else workspace.store.find(ts)
    if found is None:
        raise HTTPException(404, f"no message {ts!r}")
    return found


def member_channel(workspace: Workspace, name_or_id: str, user: str) -> Channel:
    """The channel, of which this person is a member; 403 otherwise."""
    channel = find_channel(workspace, name_or_id)
    if user not in workspace.store.members(channel.id):
        raise HTTPException(403, "this person is not in that channel")
    return channel


def visible_message(workspace: Workspace, ts: str, channel: str | None, user: str) -> Message:
    """A message that this person has before them; 403 when it is not. Who is no guest can read all public channels."""
    found = find_message(workspace, ts, channel)
    if found.ephemeral_to not in (None, user):
        raise HTTPException(403, "this message is for somebody else alone")
    if USERS[user].is_guest or find_channel(workspace, found.channel).dm_user:
        member_channel(workspace, found.channel, user)
    return found


def own_message(workspace: Workspace, name_or_id: str, ts: str, user: str) -> tuple[Channel, Message]:
    """A message that everybody sees, of this person; 403 when it is somebody else's."""
    channel = find_channel(workspace, name_or_id)
    message = find_message(workspace, ts, channel.id)
    if message.user != user or message.ephemeral_to:
        raise HTTPException(403, "only who wrote a message can change or delete it")
    return channel, message
