"""Socket Mode: the bot opens a socket to Slack, and needs no public address; and what any transport can do."""

from __future__ import annotations

import time
from typing import Protocol

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import odd_requests


class Transport(Protocol):
    """How Slack reaches us."""

    async def connect(self) -> None:
        """Let it; from then on this keeps itself up."""

    async def is_connected(self) -> bool:
        """Whether it can now."""
        ...

    def renew(self) -> None:
        """Begin anew at the next try."""

    async def close(self) -> None:
        """Take nothing more."""


class _Handler(AsyncSocketModeHandler):
    """Bolt's, which acknowledges also what Bolt stumbles over."""

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # Bolt's own does the same
        """One envelope."""
        start = time.time()
        answer = await odd_requests.dispatched(
            self.app, lambda: AsyncBoltRequest(mode="socket_mode", body=req.payload, headers=build_headers(req))
        )
        await send_async_response(client, req, answer, start)


class SocketMode:
    """Transport by a socket that we open."""

    def __init__(self, app: AsyncApp, app_token: str, client: AsyncWebClient) -> None:
        self._handler = _Handler(app, app_token, web_client=client, proxy=client.proxy)
        # As the Web API's: none for a stand-in on this machine.
        self._handler.client.proxy = client.proxy

    async def connect(self) -> None:
        """Open the socket; from then on the SDK opens it again by itself."""
        self.renew()
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt's

    def renew(self) -> None:
        """Ask for a new address at the next try: the SDK would try one that has expired for ever."""
        self._handler.client.wss_uri = None

    async def is_connected(self) -> bool:
        """Whether Slack can reach us now."""
        return bool(await self._handler.client.is_connected())

    async def close(self) -> None:
        """Close the socket."""
        await self._handler.close_async()  # type: ignore[no-untyped-call]  # Bolt's
