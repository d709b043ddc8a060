"""What a person does with the bot: types a slash command, clicks, submits a form; each goes to it and back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.workspace.answers import post_answer
from bot.workspace.elements import action, find, state
from bot.workspace.errors import SlackError, Undelivered
from bot.workspace.forms import REQUIRED, mistakes
from bot.workspace.identity import APP_ID, SLACKBOT_ID, TEAM_DOMAIN, TEAM_ID, USERS, VERIFICATION_TOKEN
from bot.workspace.interactions import ResponseUrl
from bot.workspace.store import Channel, Message
from bot.workspace.views import View
from bot.workspace.watch import Watch
from bot.workspace.wire import acting_team, acting_user, control_message, slack_message
from bot.workspace.workspace import Workspace

Json = dict[str, Any]


class NotFound(Exception):
    """There is no such message, element or view; the text says which."""


async def command(workspace: Workspace, channel: Channel, user: str, name: str, text: str) -> Json:
    """A person types a slash command; gives the ack and everything that was answered."""
    if not workspace.app.answers(name):
        raise NotFound(f"{name} is not a valid command")
    with workspace.watches.watching(user) as watch:
        url = answer_url(workspace, watch, channel.id, None)
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
            "response_url": address(workspace, url),
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


@dataclass(frozen=True, slots=True)
class Click:
    """A person's use of one element. choice: the request's value, selected_option and the like; form: the others'."""

    user: str
    action_id: str
    block_id: str | None
    choice: Json
    form: Json

    def action(self, *versions: list[Json]) -> Json:
        """The entry of the payload, of the first of these blocks that have the element. Raises NotFound for none."""
        for blocks in versions:
            within = [block for block in blocks if self.block_id in (None, block["block_id"])]
            if pair := find(within, self.action_id, self.choice.get("value")):
                return action(*pair, self.choice, f"{time.time():.6f}")
        raise NotFound(f"This has just changed. Look again before you press (no element {self.action_id!r})")


async def click(workspace: Workspace, message: Message, click: Click) -> Json:
    """A person uses a button or a menu of a message, as it is or as their page may still show it."""
    blocks = message.body.get("blocks", [])
    done = click.action(blocks, *workspace.earlier.of(message))
    channel = workspace.store.channel(message.channel)
    where = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    where |= {"thread_ts": message.thread_ts} if message.thread_ts else {}
    with workspace.watches.watching(click.user) as watch:
        url = answer_url(workspace, watch, message.channel, message)
        payload = {
            **interactive(workspace, "block_actions", click.user),
            "container": {**where, "is_ephemeral": message.ephemeral_to is not None},
            "channel": {"id": message.channel, "name": channel.name if channel else ""},
            "message": slack_message(message, metadata=True),
            "state": state(blocks, click.form),
            "response_url": address(workspace, url),
            "actions": [done],
        }
        return await interact(workspace, payload, watch)


async def click_in_view(workspace: Workspace, view: View, click: Click) -> Json:
    """A person uses a button or a menu of a modal or home tab."""
    done = click.action(view.body["blocks"])
    with workspace.watches.watching(click.user) as watch:
        payload = {
            **interactive(workspace, "block_actions", click.user, view.id),
            "container": {"type": "view", "view_id": view.id},
            "view": {**view.body, "state": state(view.body["blocks"], click.form)},
            "actions": [done],
        }
        return await interact(workspace, payload, watch)


async def submit(workspace: Workspace, view: View, user: str, values: Json) -> Json:
    """A person submits a modal. Raises SlackError for a form that Slack would not let through."""
    filled = state(view.body["blocks"], values)
    if wrong := mistakes(view.body["blocks"], filled):
        code = "missing_required_fields" if REQUIRED in wrong.values() else "invalid_fields"
        raise SlackError(code, fields=list(wrong), errors=wrong)
    with workspace.watches.watching(user) as watch:
        payload = {
            **interactive(workspace, "view_submission", user, view.id),
            "view": {**view.body, "state": filled},
            "response_urls": [],
        }
        return await interact(workspace, payload, watch, lambda ack: _follow(workspace, view, ack))


async def close(workspace: Workspace, view: View, user: str, *, whole_stack: bool) -> Json:
    """A person closes a modal unsent; each one that asked to be told is told of."""
    whole_stack = whole_stack or bool(view.body["clear_on_close"])
    closed = workspace.close_view(view, whole_stack=whole_stack)
    with workspace.watches.watching(user) as watch:
        for one in closed:
            if one.body["notify_on_close"]:
                payload = {**interactive(workspace, "view_closed", user), "view": one.body, "is_cleared": whole_stack}
                del payload["trigger_id"]  # a closed window opens no other
                await interact(workspace, payload, watch)
    return {"responses": watch.responses}


def _follow(workspace: Workspace, view: View, ack: Json) -> None:
    """Do with the modal what the ack says: nothing said closes it."""
    match ack.get("response_action"):
        case "update":
            workspace.show_view(workspace.views.update(ack.get("view") or {}, view_id=view.id, external_id=None))
        case "push":
            workspace.show_view(workspace.views.open(view.user, ack.get("view") or {}, view))
        case "clear":
            workspace.close_view(view, whole_stack=True)
        case None:
            workspace.close_view(view)


async def interact(
    workspace: Workspace, payload: Json, watch: Watch, follow: Callable[[Json], None] = lambda _: None
) -> Json:
    """Deliver an interaction and follow its ack, which is answer enough: only what comes quickly is waited for."""
    began = time.monotonic()
    try:
        ack = await workspace.hub.deliver("interactive", payload)
    except Undelivered as error:
        return {"ack": None, "responses": watch.responses, "error": error.code}
    took = time.monotonic() - began
    follow(ack or {})
    watch.touch(answered=True)
    await watch.settle(workspace.options)
    return {"ack": ack, "ack_seconds": took, "responses": watch.responses}


def answer_url(workspace: Workspace, watch: Watch, channel: str, original: Message | None) -> ResponseUrl:
    """A response URL, whose answers are collected with the others."""
    url = workspace.interactions.response_url(watch.user, channel, original)
    watch.url_id = url.id
    return url


def address(workspace: Workspace, url: ResponseUrl) -> str:
    """Where the bot reaches a response URL."""
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


def interactive(workspace: Workspace, kind: str, user: str, view_id: str | None = None) -> Json:
    """What all interactive payloads have in common."""
    who = {"user": acting_user(user), "team": acting_team(), "enterprise": None, "is_enterprise_install": False}
    return {"type": kind, **who, **_common(workspace, user, view_id)}
