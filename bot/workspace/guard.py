"""Keeps other web sites out: requests must name this server as their host and, from a browser, come from its own pages.

A site that the user visits could otherwise reach 127.0.0.1 by a rebound DNS name or a hidden form. Bodies are read
here in full, so that nothing behind meets an endless or a slow one.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.workspace.options import MAX_BODY_BYTES, MAX_FILE_BYTES

BODY_TIMEOUT = 10.0
OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
LINKABLE = ("/archives/",)
TAKES_FILES = ("/upload/", "/control/file")
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def allowed_hosts(base_url: str, extra: tuple[str, ...]) -> frozenset[str]:
    """The values of the Host header that mean this server; extra: further names, with our port unless they have one."""
    port = urlsplit(base_url).port or 80
    with_port = {name if _has_port(name) else f"{name}:{port}" for name in (*OWN_NAMES, *extra)}
    with_port.add(urlsplit(base_url).netloc)
    return frozenset(name.lower() for name in with_port | {n.removesuffix(":80") for n in with_port})


def _has_port(name: str) -> bool:
    return name.rpartition("]")[2].count(":") == 1


class Guard:
    """Refuses strangers with 403 and big bodies with 413, and sets the security headers of every answer."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request or WebSocket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if refusal := self._refusal(scope):
            await _refuse(scope, receive, send, 403, refusal)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._with_body(scope, receive, _hardened(send))

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            return "unknown host: open the workspace by the address that it printed, or list this name as a host"
        if (origin := headers.get("origin")) is not None and urlsplit(origin).netloc.lower() != host:
            return "requests of other origins are refused"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not _followed_link(scope, headers):
            return "requests of other sites are refused"
        return None

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = MAX_FILE_BYTES if scope["path"].startswith(TAKES_FILES) else MAX_BODY_BYTES
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                body = await _read_body(receive, most)
        except TimeoutError:
            await _refuse(scope, receive, send, 408, "the body came too slowly")
            return
        if body is None:
            await _refuse(scope, receive, send, 413, f"the body is larger than {most} bytes")
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replay, send)


def _followed_link(scope: Scope, headers: Headers) -> bool:
    """Whether this is a person who opens the page from elsewhere, which changes nothing."""
    navigating = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"
    return navigating and scope["type"] == "http" and (scope["path"] == "/" or scope["path"].startswith(LINKABLE))


async def _read_body(receive: Receive, most: int) -> bytes | None:
    """The whole body, or None when it is too large; it is read to its end, so that the client hears the answer."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = bytes(message.get("body", b""))
        size += len(part)
        if size <= most:
            parts.append(part)
        if message["type"] != "http.request" or not message.get("more_body", False):
            return b"".join(parts) if size <= most else None


def _hardened(send: Send) -> Send:
    async def send_hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
        await send(message)

    return send_hardened


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    response = JSONResponse({"error": reason}, status_code=status, headers={"Connection": "close"})
    await response(scope, receive, _hardened(send))
