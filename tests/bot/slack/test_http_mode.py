"""HTTP mode over a real socket: what Slack signed is answered, everything else is turned away."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack import http_mode
from bot.slack.http_mode import LONGEST_BODY, PATHS, HttpMode
from bot.web import bind_tcp
from bot.workspace.http_mode import signature

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHALLENGE = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"}).encode()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Whoever posts to the listener."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U1")

    app = AsyncApp(signing_secret=SECRET, authorize=authorize)
    listening = bind_tcp("127.0.0.1", 0, "PORT")
    host, port = listening.getsockname()[:2]
    mode = HttpMode(app, listening, SECRET)
    assert not await mode.is_connected()
    await mode.connect()
    assert await mode.is_connected()
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False, timeout=10) as made:
        yield made
    await mode.close()
    assert not await mode.is_connected()


def signed(body: bytes, *, age: int = 0, secret: str = SECRET) -> dict[str, str]:
    """The headers that Slack sends with a body."""
    stamp = str(int(time.time()) - age)
    made = signature(secret, stamp, body)
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": made,
        "Content-Type": "application/json",
    }


@pytest.mark.parametrize("path", PATHS)
async def test_challenge_is_repeated(client: httpx.AsyncClient, path: str) -> None:
    """So Slack takes the URL; any of the three does."""
    answer = await client.post(path, content=CHALLENGE, headers=signed(CHALLENGE))
    assert (answer.status_code, answer.json()["challenge"]) == (200, "abc")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(CHALLENGE, secret="another"),
        signed(b"other"),
        {**signed(CHALLENGE), "X-Slack-Request-Timestamp": "soon"},
        {**signed(CHALLENGE), "X-Slack-Request-Timestamp": "9" * 400},
        {**signed(CHALLENGE), "X-Slack-Signature": "v0="},
        {**signed(CHALLENGE), "X-Slack-Signature": "v0=\xe4".encode("latin-1").decode("latin-1")},
    ],
)
async def test_what_slack_did_not_sign_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """With 401 and not a word."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await client.post("/slack/events", content=CHALLENGE, headers=raw)
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize(("age", "status"), [(290, 200), (310, 401), (-310, 401)])
async def test_old_requests_are_not_replayed(client: httpx.AsyncClient, age: int, status: int) -> None:
    """The window is five minutes, to both sides."""
    answer = await client.post("/slack/events", content=CHALLENGE, headers=signed(CHALLENGE, age=age))
    assert answer.status_code == status


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/slack/events", "/", "/healthz", "/docs", "/openapi.json", "/slack/events/"])
async def test_nothing_else_is_there(client: httpx.AsyncClient, method: str, path: str) -> None:
    """404 with an empty body, whatever is tried."""
    answer = await client.request(method, path)
    assert (answer.status_code, answer.content) == (404, b"")
    if path not in PATHS:
        assert (await client.post(path, content=CHALLENGE, headers=signed(CHALLENGE))).status_code == 404


async def test_long_bodies_are_refused(client: httpx.AsyncClient) -> None:
    """Announced or not; what is as long as allowed is read."""
    long = b"x" * (LONGEST_BODY + 1)

    async def parts() -> AsyncIterator[bytes]:
        yield long

    assert (await client.post("/slack/events", content=long, headers=signed(long))).status_code == 413
    assert (await client.post("/slack/events", content=parts(), headers=signed(long))).status_code == 413
    padded = CHALLENGE + b" " * (LONGEST_BODY - len(CHALLENGE))
    assert (await client.post("/slack/events", content=padded, headers=signed(padded))).status_code == 200


async def test_slow_bodies_are_cut(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody holds the listener up by sending drop by drop."""
    monkeypatch.setattr(http_mode, "BODY_SECONDS", 0.1)
    url = client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    answer = await asyncio.wait_for(reader.readline(), 5)
    assert b"408" in answer
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"payload=%7B", b"payload={", b'"x"', b"1"])
async def test_odd_bodies_with_a_signature_are_answered(client: httpx.AsyncClient, body: bytes) -> None:
    """What makes no sense is no reason to fail, or Slack would send it again."""
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        answer = await client.post("/slack/events", content=body, headers=signed(body) | {"Content-Type": kind})
        assert answer.status_code < 500


async def test_who_hangs_up_half_way_leaves_no_error(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Or anybody could fill the log, without a signature."""
    url = client.base_url
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    await writer.drain()
    # Answered on another connection: the first one's request has been begun by then.
    assert (await client.post("/slack/events", content=CHALLENGE, headers=signed(CHALLENGE))).status_code == 200
    writer.close()
    await writer.wait_closed()
    for _ in range(3):
        assert (await client.post("/slack/events", content=CHALLENGE, headers=signed(CHALLENGE))).status_code == 200
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []
