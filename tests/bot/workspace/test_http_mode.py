"""HTTP mode against a real Bolt app behind a real server: the challenge, signatures, acks, retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.workspace.http_mode import signature
from bot.workspace.identity import BOT_ID, BOT_TOKEN, BOT_USER_ID, SIGNING_SECRET, TEAM_ID
from bot.workspace.options import Options
from bot.workspace.server import listen, serving
from bot.workspace.workspace import Workspace

Json = dict[str, Any]
QUICK = Options(burst=100, ack_timeout=1.0, retry_delays=(0.0, 0.1), quiet=0.2, longest_wait=2.0)
HEADERS = ("x-slack-signature", "x-slack-request-timestamp", "x-slack-retry-num", "x-slack-retry-reason")


async def _authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id=TEAM_ID, bot_user_id=BOT_USER_ID, bot_id=BOT_ID, bot_token=BOT_TOKEN
    )


class Bot:
    """A bot behind a request URL. seen: the headers of what came; refuse: how many events it answers with 500."""

    def __init__(self) -> None:
        self.seen: list[Json] = []
        self.texts: list[str] = []
        self.refuse = 0
        self.answer_headers: dict[str, str] = {}
        self.app = AsyncApp(
            signing_secret=SIGNING_SECRET,
            client=AsyncWebClient(BOT_TOKEN),
            authorize=_authorize,
            process_before_response=True,
        )
        self.handler = AsyncSlackRequestHandler(self.app)

    async def take(self, request: Request) -> Response:
        """Answer one request."""
        body = await request.body()
        self.seen.append({name: request.headers.get(name) for name in HEADERS} | {"body": body})
        if self.refuse and b"url_verification" not in body:
            self.refuse -= 1
            return PlainTextResponse("no", status_code=500, headers=self.answer_headers)
        return await self.handler.handle(request)


@asynccontextmanager
async def running(bot: Bot, folder: Path) -> AsyncIterator[Workspace]:
    """The bot on a free port, and a workspace that delivers to it."""
    web = FastAPI()
    web.add_route("/slack/events", bot.take, methods=["POST"])
    with closing(listen("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(web, log_config=None, lifespan="off", access_log=False)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/slack/events"
        try:
            async with serving(folder, replace(QUICK, request_url=url)) as workspace:
                yield workspace
        finally:
            server.should_exit = True
            await task


async def until(done: Any) -> None:
    """Wait for something."""
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110 - what is waited for happens behind a server
            await asyncio.sleep(0.02)


@pytest.fixture
def bot() -> Bot:
    """A bot with a command, a button and an ear for messages."""
    made = Bot()

    @made.app.command("/lead")
    async def lead(ack: Any, command: Json) -> None:
        await ack(f"you said {command['text']}")

    @made.app.shortcut("new")
    async def new(ack: Any) -> None:
        await ack()

    @made.app.event("message")
    async def message(event: Json) -> None:
        made.texts.append(event["text"])

    return made


async def test_everything_comes_signed(bot: Bot, tmp_path: Path) -> None:
    """A challenge first; then an event, a command and an interaction pass Bolt's own check of the signature."""
    async with running(bot, tmp_path) as workspace:
        await until(lambda: workspace.hub.connected)
        assert b"url_verification" in bot.seen[0]["body"]
        async with httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False) as control:
            await control.post("/message", json={"channel": "leads", "text": "hello"})
            await until(lambda: bot.texts == ["hello"])
            said = (await control.post("/command", json={"command": "/lead", "text": "a b"})).json()
            assert said["ack"] == {"text": "you said a b"}
            assert "error" not in (await control.post("/shortcut", json={"callback_id": "new"})).json()
        for one in bot.seen:
            wanted = signature(SIGNING_SECRET, one["x-slack-request-timestamp"], one["body"])
            assert one["x-slack-signature"] == wanted


async def test_a_refused_event_comes_again(bot: Bot, tmp_path: Path) -> None:
    """With its number and the reason, until it is taken; a bot that wants no retry gets none."""
    async with running(bot, tmp_path) as workspace:
        await until(lambda: workspace.hub.connected)
        leads = workspace.store.channel("leads")
        assert leads is not None
        bot.refuse = 2
        workspace.post(leads, "U0STAFF1", {"text": "again"})
        await until(lambda: bot.texts == ["again"])
        told = [(one["x-slack-retry-num"], one["x-slack-retry-reason"]) for one in bot.seen[1:]]
        assert told == [(None, None), ("1", "http_error"), ("2", "http_error")]
        bot.refuse, bot.answer_headers = 1, {"X-Slack-No-Retry": "1"}
        workspace.post(leads, "U0STAFF1", {"text": "never"})
        await until(lambda: bot.refuse == 0)
        workspace.post(leads, "U0STAFF1", {"text": "last"})
        await until(lambda: "last" in bot.texts)
        assert bot.texts == ["again", "last"]


async def test_acks_can_be_lost(bot: Bot, tmp_path: Path) -> None:
    """The fault ack_lost: the answer never arrives, so a command is told so, and an event comes once more."""
    async with running(bot, tmp_path) as workspace:
        await until(lambda: workspace.hub.connected)
        async with httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False) as control:
            await control.post("/fault", json={"kind": "ack_lost"})
            said = (await control.post("/command", json={"command": "/lead"})).json()
            assert said["responses"][0]["text"] == '/lead failed with the error "operation_timeout"'
            await control.post("/fault", json={"kind": "ack_lost"})
            await control.post("/message", json={"channel": "leads", "text": "hello"})
            await until(lambda: bot.texts == ["hello", "hello"])
        assert (bot.seen[-1]["x-slack-retry-num"], bot.seen[-1]["x-slack-retry-reason"]) == ("1", "http_timeout")


async def test_a_wrong_secret_is_refused_by_bolt(bot: Bot, tmp_path: Path) -> None:
    """The check is real: with another secret nothing gets through, and the user is told."""
    web = running(bot, tmp_path)
    async with web as workspace:
        await until(lambda: workspace.hub.connected)
        object.__setattr__(workspace.options, "signing_secret", "another")
        async with httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False) as control:
            said = (await control.post("/command", json={"command": "/lead"})).json()
        assert said["ack"] is None
        assert said["responses"][0]["text"] == '/lead failed with the error "http_service_error"'


async def test_nobody_at_the_request_url(tmp_path: Path) -> None:
    """A command is told dispatch_failed, and no socket opens in HTTP mode."""
    with closing(listen("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    async with serving(tmp_path, replace(QUICK, request_url=url)) as workspace:
        assert not workspace.hub.redeem_ticket(workspace.hub.issue_ticket())
        async with httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False) as control:
            said = (await control.post("/command", json={"command": "/lead"})).json()
        assert said["responses"][0]["text"] == '/lead failed with the error "dispatch_failed"'
