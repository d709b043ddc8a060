"""Answers /api/METHOD: checks the token, lets scripted faults strike, calls the method, and answers as Slack does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.workspace.api import chat, conversations, file_methods, people, view_methods
from bot.workspace.api.arguments import read_arguments
from bot.workspace.api.scopes import check_scope
from bot.workspace.connection import Closed, close_connection
from bot.workspace.errors import SlackError
from bot.workspace.faults import Fault
from bot.workspace.identity import APP_ID, APP_TOKEN, BOT_TOKEN
from bot.workspace.workspace import Workspace

CONNECT = "apps.connections.open"
READ_ONLY = ("api.test", "auth.test", "conversations.", "users.", "reactions.get", "chat.getPermalink", "files.info")
Json = dict[str, Any]


def _connect(workspace: Workspace, _: Json) -> Json:
    """apps.connections.open: where the next Socket Mode connection goes."""
    base = workspace.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/link?ticket={workspace.hub.issue_ticket()}&app_id={APP_ID}"}


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    CONNECT: _connect,
    **chat.METHODS,
    **conversations.METHODS,
    **file_methods.METHODS,
    **people.METHODS,
    **view_methods.METHODS,
}


def router(workspace: Workspace) -> APIRouter:
    """The route of the Web API."""
    routes = APIRouter()

    @routes.api_route("/api/{method}", methods=["GET", "POST"], include_in_schema=False)
    async def call(method: str, request: Request) -> Response:
        """One call of any method."""
        fault = workspace.faults.take(method)
        if fault is Fault.RATE_LIMITED:
            return answer(SlackError("ratelimited", retry_after=1))
        if fault is Fault.SERVER_ERROR:
            return Response("Internal Server Error", status_code=500)
        response = await _carry_out(workspace, method, request)
        if fault is Fault.LOST:
            await close_connection(request)
            return Closed()
        if fault is Fault.SLOW:
            await asyncio.sleep(workspace.options.slow_seconds)
        return response

    return routes


async def _carry_out(workspace: Workspace, method: str, request: Request) -> Response:
    try:
        token, arguments = await read_arguments(request)
        if method not in METHODS:
            raise SlackError("unknown_method", req_method=method)  # noqa: TRY301 - all refusals are answered in one place
        if method != "api.test":
            _check_token(method, token)
        check_scope(workspace.app, workspace.store, method, arguments)
        workspace.rates.take(method)
        result = METHODS[method](workspace, arguments)
    except SlackError as error:
        return answer(error)
    finally:
        if not method.startswith(READ_ONLY):
            workspace.watches.touch()
    return JSONResponse({"ok": True, **result}, headers={"x-oauth-scopes": workspace.app.provided()})


def answer(error: SlackError) -> JSONResponse:
    """A refusal; the one for calling too often is a 429 that says when to come back."""
    if error.code == "ratelimited":
        headers = {"Retry-After": str(error.details["retry_after"])}
        return JSONResponse({"ok": False, "error": error.code}, status_code=429, headers=headers)
    return JSONResponse(error.body())


def _check_token(method: str, token: str) -> None:
    if not token:
        raise SlackError("not_authed")
    if token not in (BOT_TOKEN, APP_TOKEN):
        raise SlackError("invalid_auth")
    if token != (APP_TOKEN if method == CONNECT else BOT_TOKEN):
        raise SlackError("not_allowed_token_type")
