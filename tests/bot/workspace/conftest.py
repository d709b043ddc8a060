"""A Bolt app that talks to the test's workspace, and the browser that shows the workspace's page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace.identity import APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER_ID, TEAM_ID
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.workspace import Workspace

QUICK = Options(burst=1000, ack_timeout=0.6, retry_delays=(0.0, 0.1, 0.2), quiet=0.2, longest_wait=2.0)


async def authorize(**_: Any) -> AuthorizeResult:
    """The fixed identity, as the bot itself gives it."""
    return AuthorizeResult(
        enterprise_id=None, team_id=TEAM_ID, bot_user_id=BOT_USER_ID, bot_id=BOT_ID, bot_token=BOT_TOKEN
    )


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace on a free port."""
    async with serving(tmp_path / "workspace", QUICK) as running:
        yield running


@pytest.fixture
def bolt(workspace: Workspace) -> AsyncApp:
    """A Bolt app that talks to the workspace; not yet connected."""
    client = AsyncWebClient(BOT_TOKEN, base_url=f"{workspace.base_url}/api/", retry_handlers=[])
    return AsyncApp(client=client, authorize=authorize)


@pytest.fixture
async def connect(bolt: AsyncApp) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Call it when the listeners are registered."""
    handler = AsyncSocketModeHandler(bolt, APP_TOKEN)

    async def start() -> None:
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no types here

    yield start
    await handler.close_async()  # type: ignore[no-untyped-call]  # as above
    await asyncio.sleep(0)  # lets the closed connections report their end


@pytest.fixture
async def control(workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the control API."""
    async with httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False) as client:
        yield client


@pytest.fixture
def chromium(require_server: Callable[[str], Path]) -> Path:
    """The browser's program, or the end of the test."""
    return require_server("chromium")
