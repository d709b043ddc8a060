"""Other web sites cannot use the workspace through a visitor's browser, and no body is too big or too slow for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from bot.workspace import guard
from bot.workspace.guard import allowed_hosts
from bot.workspace.identity import BOT_TOKEN
from bot.workspace.options import Options
from bot.workspace.server import serving

PATHS = ["/", "/healthz", "/stream", "/static/app.js", "/control/messages?channel=leads", "/api/auth.test"]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a workspace that may also be called "leads.lan"."""
    async with (
        serving(tmp_path, Options(hosts=("leads.lan",))) as workspace,
        httpx.AsyncClient(base_url=workspace.base_url, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil:PORT"]
)
async def test_a_strange_host_is_refused(client: httpx.AsyncClient, host: str) -> None:
    """A rebound DNS name brings its own Host header: 403 on every path."""
    header = host.replace("PORT", str(client.base_url.port))
    for path in PATHS:
        assert (await client.get(path, headers={"Host": header})).status_code == 403


async def test_own_names_are_accepted(client: httpx.AsyncClient) -> None:
    """The loopback names and the listed one, with the right port."""
    port = client.base_url.port
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]", "leads.lan"):
        answer = await client.get("/healthz", headers={"Host": f"{name}:{port}"})
        assert answer.json() == {"ok": True, "app": "leadbot-workspace", "pid": os.getpid()}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://127.0.0.1:1", "http://localhost:PORT"])
async def test_a_strange_origin_is_refused(client: httpx.AsyncClient, origin: str) -> None:
    """A form or script of another site says where it comes from: 403, and nothing is done."""
    headers = {"Origin": origin.replace("PORT", str(client.base_url.port))}
    message = {"channel": "leads", "text": "forged"}
    assert (await client.post("/control/message", json=message, headers=headers)).status_code == 403
    form = {"channel": "leads", "text": "forged", "token": BOT_TOKEN}
    assert (await client.post("/api/chat.postMessage", data=form, headers=headers)).status_code == 403
    assert (await client.get("/control/messages?channel=leads")).json() == {"messages": []}


async def test_the_own_origin_is_accepted(client: httpx.AsyncClient) -> None:
    """The page's own requests work."""
    own = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    message = {"channel": "leads", "text": "true"}
    assert (await client.post("/control/message", json=message, headers=own)).status_code == 200


async def test_requests_hidden_in_another_page_are_refused(client: httpx.AsyncClient) -> None:
    """An image whose address is an API call has no Origin, but the browser marks it; links to the page work."""
    hidden = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    call = {"token": BOT_TOKEN, "channel": "leads", "text": "forged"}
    assert (await client.get("/api/chat.postMessage", params=call, headers=hidden)).status_code == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert (await client.get("/archives/C0LEADS/p1700000000000100", headers=followed)).status_code == 200
    assert (await client.get("/api/chat.postMessage", params=call, headers=followed)).status_code == 403
    # a browser marks nothing on its way to a plain HTTP address of the local network
    assert (await client.get("/api/chat.postMessage", params=call)).json()["error"] == "not_authed"
    assert (await client.get("/control/messages?channel=leads")).json() == {"messages": []}
    framed = {**followed, "Sec-Fetch-Dest": "iframe"}
    assert (await client.get("/", headers=framed)).status_code == 403


async def test_a_websocket_of_another_site_is_refused(client: httpx.AsyncClient) -> None:
    """A page elsewhere cannot listen in as the bot."""
    netloc = urlsplit(str(client.base_url)).netloc
    for arguments in ({"origin": "https://evil.example"}, {"additional_headers": {"Sec-Fetch-Site": "cross-site"}}):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{netloc}/link?ticket=x", proxy=None, **arguments)
        assert refused.value.response.status_code == 403


async def test_bodies_are_bounded(client: httpx.AsyncClient) -> None:
    """More than a megabyte is refused, announced or not."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1100):
            yield b"x" * 1000

    assert (await client.post("/control/message", content=b"x" * 1_000_001)).status_code == 413
    assert (await client.post("/control/message", content=endless())).status_code == 413


async def test_a_body_that_trickles_is_given_up(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that announces a body and never sends it does not hold a request open."""
    monkeypatch.setattr(guard, "BODY_TIMEOUT", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    host = f"127.0.0.1:{client.base_url.port}"
    writer.write(f"POST /control/message HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\nx".encode())
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()


async def test_answers_carry_the_security_headers(client: httpx.AsyncClient) -> None:
    """Every answer, a refusal too, forbids foreign content, framing and guessing of types."""
    for headers in ({}, {"Host": "evil.example"}):
        answer = await client.get("/", headers=headers)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_static_files_only(client: httpx.AsyncClient) -> None:
    """Nothing outside the static folder is served, and the page's own files have no inline script or style."""
    for path in ("/static/../server.py", "/static/%2e%2e%2fserver.py", "/static/index.html", "/static/none.js"):
        assert (await client.get(path)).status_code == 404
    page = (await client.get("/")).text
    assert "style=" not in page
    assert page.count("<script") == page.count('<script type="module" src="/static/')


def test_a_listed_host_may_name_its_port() -> None:
    """A port that a container publishes can differ from the one that is listened on; port 80 is not written out."""
    assert {"box:8080", "127.0.0.1:90", "[::1]:90"} < allowed_hosts("http://127.0.0.1:90", ("box:8080",))
    assert {"localhost", "box"} < allowed_hosts("http://127.0.0.1:80", ("box",))
    assert "box" not in allowed_hosts("http://127.0.0.1:90", ("box",))
