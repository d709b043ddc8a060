"""Response URLs: the bot answers an action, replaces the message acted on, or deletes it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.workspace.api.arguments import flag, timestamp
from bot.workspace.api.chat import MAX_POSTED_TEXT, message_content
from bot.workspace.errors import SlackError
from bot.workspace.identity import BOT_USER_ID
from bot.workspace.interactions import ResponseUrl
from bot.workspace.json_text import read_json
from bot.workspace.store import Channel, Message
from bot.workspace.wire import control_message
from bot.workspace.workspace import Workspace

GONE = frozenset({"no_service", "expired_url", "used_url"})
Json = dict[str, Any]


def router(workspace: Workspace) -> APIRouter:
    """The route of the response URLs."""
    routes = APIRouter()

    @routes.post("/response/{url_id}", include_in_schema=False)
    async def respond(url_id: str, request: Request) -> Response:
        """One answer to an action."""
        try:
            url = workspace.interactions.use(url_id)
            shown = post_answer(workspace, url, _json_object(await request.body()))
        except SlackError as error:
            return JSONResponse(error.body(), status_code=404 if error.code in GONE else 400)
        workspace.watches.add(url.user, shown, url_id)
        return PlainTextResponse("ok")

    return routes


def post_answer(workspace: Workspace, url: ResponseUrl, answer: Json) -> Json:
    """Carry an answer out and return it as the control API shows it."""
    channel = workspace.store.channel(url.channel)
    if channel is None:
        raise SlackError("channel_not_found")
    original = _original(workspace, url)
    if flag(answer, "delete_original"):
        return _deleted(workspace, channel, original)
    body = message_content(answer, MAX_POSTED_TEXT)
    kind = "in_channel" if answer.get("response_type") == "in_channel" else "ephemeral"
    replacing = flag(answer, "replace_original") and original is not None
    if replacing and original is not None:
        message = workspace.edit(channel, original, body)
    else:
        thread_ts = timestamp(answer["thread_ts"], "thread_not_found") if answer.get("thread_ts") else None
        to = url.user if kind == "ephemeral" else None
        message = workspace.post(channel, BOT_USER_ID, body, thread_ts=thread_ts, ephemeral_to=to)
    return {**control_message(message), "response_type": kind, "replace_original": replacing}


def _original(workspace: Workspace, url: ResponseUrl) -> Message | None:
    """The message that was acted on, as long as it is there; of a deleted root only a line is left."""
    found = url.original and workspace.store.message(url.original.channel, url.original.ts)
    return None if found is None or found.is_tombstone else found


def _deleted(workspace: Workspace, channel: Channel, original: Message | None) -> Json:
    if original is None:
        raise SlackError("message_not_found")
    workspace.delete(channel, original)
    return {"ts": original.ts, "delete_original": True}


def _json_object(body: bytes) -> Json:
    try:
        value = read_json(body)
    except (ValueError, RecursionError) as error:
        raise SlackError("invalid_payload") from error
    if not isinstance(value, dict):
        raise SlackError("invalid_payload")
    return value
