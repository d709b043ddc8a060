"""What a person does: writes, types a slash command, clicks, submits a form; each goes to the bot and back."""

from __future__ import annotations

import secrets
import time
from typing import Any

from bot.workspace.answers import post_answer
from bot.workspace.elements import action, find, state, unanswered
from bot.workspace.errors import SlackError
from bot.workspace.identity import APP_ID, SLACKBOT_ID, TEAM_DOMAIN, TEAM_ID, USERS, VERIFICATION_TOKEN
from bot.workspace.interactions import ResponseUrl
from bot.workspace.socket_mode import Undelivered
from bot.workspace.store import Channel, Message
from bot.workspace.typed_text import as_slack_text
from bot.workspace.views import View
from bot.workspace.watch import Watch
from bot.workspace.wire import acting_team, acting_user, control_message, slack_message
from bot.workspace.workspace import Workspace

Json = dict[str, Any]


class NotFound(Exception):
    """There is no such message, element or view; the text says which."""


def write(workspace: Workspace, channel: Channel, user: str, typed: str, thread_ts: str | None) -> Message:
    """A person posts a message."""
    text = as_slack_text(typed)
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": typed}]}
    blocks = [{"type": "rich_text", "elements": [section]}]
    body: Json = {"client_msg_id": secrets.token_hex(16), "text": text, "blocks": blocks}
    return workspace.post(channel, user, body, thread_ts=thread_ts)


async def command(workspace: Workspace, channel: Channel, user: str, name: str, text: str) -> Json:
    """A person types a slash command; gives the ack and everything that was answered."""
    with workspace.watches.watching(user) as watch:
        url = _answer_url(workspace, watch, channel.id, None)
        payload = {
            **_common(workspace, user),
            "team_id": TEAM_ID,
            "team_domain": TEAM_DOMAIN,
            "channel_id": channel.id,
            "channel_name": "directmessage" if channel.dm_user else channel.name,
            "user_id": user,
            "user_name": USERS[user].name,
            "command": name,
            "text": text,
            "is_enterprise_install": "false",
            "response_url": _address(workspace, url),
        }
        try:
            ack = await workspace.hub.deliver("slash_commands", payload)
            _show_ack(workspace, url, ack, watch)
        except (Undelivered, SlackError) as error:
            ack = None
            code = error.code if isinstance(error, Undelivered) else "invalid_command_response"
            _apologise(workspace, channel, user, f'{name} failed with the error "{code}"')
        await watch.settle(workspace.options)
        return {"ack": ack, "responses": watch.responses}


async def click(workspace: Workspace, message: Message, user: str, action_id: str, choice: Json) -> Json:
    """A person uses a button or a menu of a message."""
    block, element = _found(message.body.get("blocks", []), action_id, choice)
    channel = workspace.store.channel(message.channel)
    where = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    where |= {"thread_ts": message.thread_ts} if message.thread_ts else {}
    with workspace.watches.watching(user) as watch:
        url = _answer_url(workspace, watch, message.channel, message)
        payload = {
            **_interactive(workspace, "block_actions", user),
            "container": {**where, "is_ephemeral": message.ephemeral_to is not None},
            "channel": {"id": message.channel, "name": channel.name if channel else ""},
            "message": slack_message(message, metadata=True),
            "state": state(message.body.get("blocks", [])),
            "response_url": _address(workspace, url),
            "actions": [action(block, element, choice, _stamp())],
        }
        return await _interact(workspace, payload, watch)


async def click_in_view(workspace: Workspace, view: View, user: str, action_id: str, choice: Json) -> Json:
    """A person uses a button or a menu of a modal or home tab."""
    block, element = _found(view.body["blocks"], action_id, choice)
    with workspace.watches.watching(user) as watch:
        payload = {
            **_interactive(workspace, "block_actions", user, view.id),
            "container": {"type": "view", "view_id": view.id},
            "view": view.body,
            "actions": [action(block, element, choice, _stamp())],
        }
        return await _interact(workspace, payload, watch)


async def submit(workspace: Workspace, view: View, user: str, values: Json) -> Json:
    """A person submits a modal. Raises SlackError when a required field is empty, which Slack would not let through."""
    filled = state(view.body["blocks"], values)
    if empty := unanswered(view.body["blocks"], filled):
        raise SlackError("missing_required_fields", fields=empty)
    with workspace.watches.watching(user) as watch:
        payload = {
            **_interactive(workspace, "view_submission", user, view.id),
            "view": {**view.body, "state": filled},
            "response_urls": [],
        }
        result = await _interact(workspace, payload, watch)
    if "error" not in result:
        _follow(workspace, view, result["ack"] or {})
    return result


def _follow(workspace: Workspace, view: View, ack: Json) -> None:
    """Do with the modal what the ack says: nothing said closes it."""
    match ack.get("response_action"):
        case "update":
            workspace.views.update(ack.get("view") or {}, view_id=view.id, external_id=None)
        case "push":
            workspace.views.open(view.user, ack.get("view") or {}, view)
        case "clear":
            workspace.views.close(view, whole_stack=True)
        case None:
            workspace.views.close(view)


async def _interact(workspace: Workspace, payload: Json, watch: Watch) -> Json:
    """Deliver an interaction; the ack is answer enough, so only what follows within the quiet time is waited for."""
    try:
        ack = await workspace.hub.deliver("interactive", payload)
    except Undelivered as error:
        return {"ack": None, "responses": watch.responses, "error": error.code}
    watch.touch(answered=True)
    await watch.settle(workspace.options)
    return {"ack": ack, "responses": watch.responses}


def _found(blocks: list[Json], action_id: str, choice: Json) -> tuple[Json, Json]:
    pair = find(blocks, action_id, choice.get("value"))
    if pair is None:
        raise NotFound(f"no element with the action_id {action_id!r}")
    return pair


def _answer_url(workspace: Workspace, watch: Watch, channel: str, original: Message | None) -> ResponseUrl:
    url = workspace.interactions.response_url(watch.user, channel, original)
    watch.url_id = url.id
    return url


def _address(workspace: Workspace, url: ResponseUrl) -> str:
    return f"{workspace.base_url}/response/{url.id}"


def _show_ack(workspace: Workspace, url: ResponseUrl, ack: Json | None, watch: Watch) -> None:
    """An ack with something to show is an answer as well, but reported as the ack, not among the responses."""
    watch.touch()
    if ack and (ack.get("text") or ack.get("blocks")):
        post_answer(workspace, url, ack)
        watch.touch(answered=True)


def _apologise(workspace: Workspace, channel: Channel, user: str, text: str) -> None:
    message = workspace.post(channel, SLACKBOT_ID, {"text": text}, ephemeral_to=user)
    workspace.watches.add(user, {**control_message(message), "response_type": "ephemeral"})


def _common(workspace: Workspace, user: str, view_id: str | None = None) -> Json:
    trigger = workspace.interactions.trigger(user, view_id)
    return {"token": VERIFICATION_TOKEN, "api_app_id": APP_ID, "trigger_id": trigger}


def _interactive(workspace: Workspace, kind: str, user: str, view_id: str | None = None) -> Json:
    who = {"user": acting_user(user), "team": acting_team(), "enterprise": None, "is_enterprise_install": False}
    return {"type": kind, **who, **_common(workspace, user, view_id)}


def _stamp() -> str:
    return f"{time.time():.6f}"
