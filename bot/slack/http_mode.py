"""HTTP mode: Slack posts events, interactions and commands to us, signed; three paths are answered, and nothing else.

A signature is checked before anything is read into the body, over bytes that are bounded in number and in time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import socket
import time
from collections.abc import Callable

import structlog
from fastapi import FastAPI, Request, Response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.requests import ClientDisconnect

from bot.slack import odd_requests
from bot.web import WebServer

log = structlog.get_logger(__name__)

PATHS = ("/slack/events", "/slack/interactions", "/slack/commands")
LONGEST_BODY = 1_000_000
# Slack itself waits no longer.
BODY_SECONDS = 3.0
REPLAY_SECONDS = 300
_STAMP = re.compile(r"\d{1,12}", re.ASCII)


class HttpMode:
    """The listener of a public URL's reverse proxy. listening: a socket that is bound; now: seconds since 1970."""

    def __init__(
        self, app: AsyncApp, listening: socket.socket, secret: str, *, now: Callable[[], float] = time.time
    ) -> None:
        self._app = app
        self._secret = secret.encode()
        self._now = now
        self._server = WebServer(self._routes(), listening)
        self._serves = False

    async def connect(self) -> None:
        """Answer from now on; again changes nothing."""
        if not self._serves:
            await self._server.start()
            self._serves = True

    async def is_connected(self) -> bool:
        """Whether we answer; whether Slack finds the way here, it does not say."""
        return self._serves

    def renew(self) -> None:
        """Nothing is to be opened anew: Slack comes to us."""

    async def close(self) -> None:
        """Finish what is being answered, and close the socket."""
        if self._serves:
            self._serves = False
            await self._server.stop()

    def _routes(self) -> FastAPI:
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
        for path in PATHS:
            app.add_api_route(path, self._answer, methods=["POST"], response_model=None)
        # No word to whoever looks around here.
        for status in (404, 405):
            app.add_exception_handler(status, _nothing)
        return app

    async def _answer(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408, headers={"Connection": "close"})
        if body is None:
            return Response(status_code=413, headers={"Connection": "close"})
        if not self._is_signed(request, body):
            log.warning("a request that Slack has not signed was refused", path=request.url.path)
            return Response(status_code=401)
        return await self._dispatched(request, body)

    async def _dispatched(self, request: Request, body: bytes) -> Response:
        try:
            asked = AsyncBoltRequest(body=body.decode(), query=str(request.url.query), headers=dict(request.headers))
        except Exception as error:  # noqa: BLE001 - whatever Bolt stumbles over in a stranger's bytes, it is no request
            if odd_requests.is_bolts(error):
                return Response(status_code=odd_requests.left(error).status)
            log.warning("a request of Slack could not be read", why=type(error).__name__)
            return Response(status_code=400)
        answer = await odd_requests.dispatched(self._app, lambda: asked)
        return Response(answer.body, answer.status, answer.first_headers_without_set_cookie())

    def _is_signed(self, request: Request, body: bytes) -> bool:
        """Whether Slack signed this, not longer ago than the replay window."""
        stamp = request.headers.get("x-slack-request-timestamp", "")
        if not _STAMP.fullmatch(stamp) or abs(self._now() - int(stamp)) > REPLAY_SECONDS:
            return False
        made = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        given = request.headers.get("x-slack-signature", "")
        return hmac.compare_digest(f"v0={made}".encode(), given.encode())


async def _body(request: Request) -> bytes | None:
    """The body; None when it is longer than any of Slack's."""
    said = request.headers.get("content-length", "0")
    if not _STAMP.fullmatch(said) or int(said) > LONGEST_BODY:
        return None
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > LONGEST_BODY:
            return None
    return bytes(found)


async def _nothing(_request: Request, _error: Exception) -> Response:
    return Response(status_code=404)
