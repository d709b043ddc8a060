"""Scripted faults strike the calls they are meant for, and only those."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.workspace.identity import BOT_TOKEN, LEADS_CHANNEL
from bot.workspace.options import Options
from bot.workspace.server import serving

POST = "/api/chat.postMessage"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a workspace, with the bot's token."""
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with (
        serving(tmp_path, Options(burst=100, slow_seconds=0.3)) as workspace,
        httpx.AsyncClient(base_url=workspace.base_url, headers=headers, trust_env=False) as client,
    ):
        yield client


async def script(client: httpx.AsyncClient, kind: str, times: int = 1, method: str = "chat.postMessage") -> Any:
    """Ask for trouble."""
    answer = await client.post("/control/fault", json={"method": method, "kind": kind, "times": times})
    assert answer.status_code == 200
    return answer.json()


async def post(client: httpx.AsyncClient, text: str) -> httpx.Response:
    """Post a message as the bot."""
    return await client.post(POST, json={"channel": LEADS_CHANNEL, "text": text})


async def texts(client: httpx.AsyncClient) -> list[str]:
    """What is in the channel."""
    found = (await client.get("/control/messages", params={"channel": "leads"})).json()["messages"]
    return [message["text"] for message in found]


async def test_a_lost_answer_is_of_a_call_that_was_carried_out_once(client: httpx.AsyncClient) -> None:
    """The connection closes with no response at all, but the message is there, once."""
    await script(client, "lost")
    with pytest.raises(httpx.RemoteProtocolError):
        await post(client, "first")
    assert (await post(client, "second")).json()["ok"]
    assert await texts(client) == ["first", "second"]


async def test_429_and_500_do_nothing(client: httpx.AsyncClient) -> None:
    """Refused calls leave no trace; the next one works."""
    await script(client, "429")
    await script(client, "500", times=2)
    limited = await post(client, "a")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "1")
    assert limited.json() == {"ok": False, "error": "ratelimited"}
    assert [(await post(client, "b")).status_code for _ in range(3)] == [500, 500, 200]
    assert await texts(client) == ["b"]


async def test_a_slow_call_is_answered_late(client: httpx.AsyncClient) -> None:
    """It is carried out at once and answered after slow_seconds."""
    await script(client, "slow")
    start = time.monotonic()
    assert (await post(client, "a")).json()["ok"]
    assert time.monotonic() - start >= 0.3


async def test_pending_faults_are_listed_and_used_up(client: httpx.AsyncClient) -> None:
    """Each method has its own queue; other methods are not touched."""
    await script(client, "500", times=2)
    listed = await script(client, "lost", method="chat.update")
    assert listed == {
        "faults": [
            {"method": "chat.postMessage", "kind": "500", "times": 2},
            {"method": "chat.update", "kind": "lost", "times": 1},
        ]
    }
    assert (await client.post("/api/auth.test")).json()["ok"]
    await post(client, "a")
    left = (await client.get("/control/faults")).json()["faults"]
    assert [(fault["method"], fault["times"]) for fault in left] == [("chat.postMessage", 1), ("chat.update", 1)]


async def test_nonsense_is_refused(client: httpx.AsyncClient) -> None:
    """An unknown kind, no method, or too many times is a 400 that says why."""
    for wrong in ({"kind": "boom", "method": "m"}, {"kind": "500"}, {"kind": "500", "method": "m", "times": 0}):
        answer = await client.post("/control/fault", json=wrong)
        assert answer.status_code == 400
        assert answer.json()["error"]
