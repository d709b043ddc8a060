"""Socket Mode on the wire: tickets, hello, PING, one socket for each envelope, late and missing acks, goodbye."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.workspace.identity import APP_ID, APP_TOKEN
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.workspace import Workspace

QUICK = Options(ack_timeout=0.2, retry_delays=(0.0, 0.1), quiet=0.1, longest_wait=1.0)


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace on a free port that does not wait long."""
    async with serving(tmp_path, QUICK) as running:
        yield running


@pytest.fixture
async def control(workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the control API."""
    async with httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False) as client:
        yield client


async def address(workspace: Workspace) -> str:
    """Where the next socket may connect."""
    async with httpx.AsyncClient(trust_env=False) as client:
        headers = {"Authorization": f"Bearer {APP_TOKEN}"}
        answer = await client.post(f"{workspace.base_url}/api/apps.connections.open", headers=headers)
    return str(answer.json()["url"])


async def join(workspace: Workspace) -> ClientConnection:
    """A socket that has been greeted."""
    socket = await connect(await address(workspace), proxy=None)
    hello = await receive(socket)
    assert (hello["type"], hello["connection_info"]) == ("hello", {"app_id": APP_ID})
    return socket


async def receive(socket: ClientConnection) -> dict[str, Any]:
    """The next envelope."""
    return dict(json.loads(await asyncio.wait_for(socket.recv(), 3)))


async def texts(control: httpx.AsyncClient) -> list[str]:
    """What is in #leads."""
    return [m["text"] for m in (await control.get("/messages?channel=leads")).json()["messages"]]


async def test_a_ticket_opens_one_socket(workspace: Workspace) -> None:
    """A used or invented ticket is refused before the handshake."""
    url = await address(workspace)
    socket = await connect(url, proxy=None)
    for refused in (url, workspace.base_url.replace("http", "ws") + "/link?ticket=invented"):
        with pytest.raises(InvalidStatus):
            await connect(refused, proxy=None)
    await socket.close()


async def test_a_ping_is_answered_with_its_payload(workspace: Workspace) -> None:
    """The SDK takes a connection for dead when the PONG carries anything else."""
    socket = await join(workspace)
    await asyncio.wait_for(await socket.ping(b"ping-pong:1234"), 2)
    await socket.close()


async def test_each_envelope_goes_to_one_socket(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """Two sockets take turns; none sees the other's envelope."""
    sockets = [await join(workspace), await join(workspace)]
    seen = []
    for socket in sockets:
        request = asyncio.create_task(control.post("/command", json={"command": "/lead"}))
        envelope = await receive(socket)
        seen.append(envelope["envelope_id"])
        await socket.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": {"text": "hi"}}))
        assert (await request).json()["ack"] == {"text": "hi"}
    assert len(set(seen)) == 2
    for socket in sockets:
        await socket.close()


async def test_a_command_without_a_bot_fails_as_in_slack(control: httpx.AsyncClient) -> None:
    """With no socket the user is told dispatch_failed, for their eyes only."""
    result = (await control.post("/command", json={"command": "/lead", "text": "help"})).json()
    assert result["ack"] is None
    assert [answer["text"] for answer in result["responses"]] == ['/lead failed with the error "dispatch_failed"']
    assert result["responses"][0]["ephemeral_to"] == "U0STAFF1"


async def test_an_ack_that_does_not_come(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """After the ack's time the user is told operation_timeout; frames that are no ack change nothing."""
    socket = await join(workspace)
    request = asyncio.create_task(control.post("/command", json={"command": "/lead"}))
    for frame in ("no JSON", "[]", '{"envelope_id": 7}', '{"envelope_id": "other"}', "[" * 50_000):
        await socket.send(frame)
    assert (await request).json()["responses"][0]["text"] == '/lead failed with the error "operation_timeout"'
    await socket.close()


async def test_an_ack_that_cannot_be_shown(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """Broken blocks in an ack are not shown; the user sees an error."""
    socket = await join(workspace)
    request = asyncio.create_task(control.post("/command", json={"command": "/lead"}))
    envelope = await receive(socket)
    payload = {"blocks": [{"type": "nonsense"}]}
    await socket.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": payload}))
    assert (await request).json()["responses"][0]["text"] == '/lead failed with the error "invalid_command_response"'
    await socket.close()


async def test_events_are_retried_with_their_number(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """An unacked event comes again under the same event_id, counted and with a reason; after the ack, no more."""
    socket = await join(workspace)
    await control.post("/message", json={"channel": "leads", "text": "a"})
    envelopes = [await receive(socket) for _ in range(3)]
    assert [(e["retry_attempt"], e["retry_reason"]) for e in envelopes] == [(0, ""), (1, "timeout"), (2, "timeout")]
    assert len({e["payload"]["event_id"] for e in envelopes}) == 1
    await socket.send(json.dumps({"envelope_id": envelopes[-1]["envelope_id"]}))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(socket.recv(), 0.4)
    await socket.close()


async def test_a_lost_socket_means_a_retry_at_once(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """When the bot dies with an event in hand, its other connection gets it without waiting for the ack's time."""
    first = await join(workspace)
    second = await join(workspace)
    await control.post("/message", json={"channel": "leads", "text": "a"})
    assert (await receive(first))["retry_attempt"] == 0
    first.transport.abort()
    assert (await receive(second))["retry_attempt"] == 1
    await second.close()


async def test_sockets_can_be_dropped(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """The fault socket_drop closes them without a word; the bot may come back at once."""
    socket = await join(workspace)
    assert (await control.post("/fault", json={"kind": "socket_drop"})).json() == {"dropped": 1}
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(socket.recv(), 3)
    again = await join(workspace)
    await again.close()


async def test_acks_can_be_lost(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """The fault ack_lost: an ack that was sent never arrives, whoever waits for it is told; the next one arrives."""
    socket = await join(workspace)
    assert (await control.post("/fault", json={"kind": "ack_lost"})).json() == {"acks_to_lose": 1}
    for text in ("lost", "heard"):
        typing = asyncio.create_task(control.post("/command", json={"command": "/lead", "text": text}))
        envelope = await receive(socket)
        await socket.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": {"text": f"{text}!"}}))
        await typing
    assert await texts(control) == ['/lead failed with the error "operation_timeout"', "heard!"]


async def test_an_envelope_can_come_twice(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """The fault twice: after its ack the same payload comes again, once."""
    socket = await join(workspace)
    assert (await control.post("/fault", json={"kind": "twice"})).json() == {"envelopes": 1}
    await control.post("/message", json={"channel": "leads", "text": "a"})
    payloads = []
    for _ in range(2):
        envelope = await receive(socket)
        payloads.append(envelope["payload"])
        await socket.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
    assert payloads[0] == payloads[1]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(socket.recv(), 0.3)
    await socket.close()


async def test_envelopes_can_come_late_and_out_of_order(workspace: Workspace, control: httpx.AsyncClient) -> None:
    """A held envelope follows the one that came after it; a late one of a kind lets the other kinds pass."""
    socket = await join(workspace)
    order = []
    for kind in ("out_of_order", "late"):
        await control.post("/fault", json={"kind": kind, "envelope": "events_api", "seconds": 0.3})
        await control.post("/message", json={"channel": "leads", "text": kind})
        await control.post("/message", json={"channel": "leads", "text": f"after {kind}"})
        for _ in range(2):
            envelope = await receive(socket)
            order.append(envelope["payload"]["event"]["text"])
            await socket.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
    assert order == ["after out_of_order", "out_of_order", "after late", "late"]
    await socket.close()


async def test_a_stopping_server_says_so(tmp_path: Path) -> None:
    """Each socket is told to reconnect before it is closed."""
    async with serving(tmp_path / "other", QUICK) as workspace:
        socket = await join(workspace)
    assert (await receive(socket))["type"] == "disconnect"
    await socket.close()
