"""/link: the WebSocket that Socket Mode runs over; the server library answers PINGs with their own payload."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bot.workspace.json_text import read_json
from bot.workspace.socket_mode import Json, Socket
from bot.workspace.workspace import Workspace

POLICY_VIOLATION = 1008
GOING_AWAY = 1001


def router(workspace: Workspace) -> APIRouter:
    """The route of Socket Mode."""
    routes = APIRouter()

    @routes.websocket("/link")
    async def link(websocket: WebSocket, ticket: str = "") -> None:
        """One connection of the bot, from hello to close."""
        if not workspace.hub.redeem_ticket(ticket):
            await websocket.close(POLICY_VIOLATION)
            return
        await websocket.accept()
        socket = _socket(websocket)
        try:
            await workspace.hub.join(socket)
            while True:
                workspace.hub.acknowledge(_parsed(await websocket.receive_text()))
        except (WebSocketDisconnect, RuntimeError, KeyError):
            return  # closed by either side, or a binary frame, which Slack does not take
        finally:
            workspace.hub.leave(socket)

    return routes


def _socket(websocket: WebSocket) -> Socket:
    async def send(envelope: Json) -> None:
        if websocket.application_state is WebSocketState.CONNECTED:
            try:
                await websocket.send_json(envelope)
            except (WebSocketDisconnect, RuntimeError):
                return  # gone in this moment: its end is noticed by the receiving side

    async def close() -> None:
        if websocket.application_state is WebSocketState.CONNECTED:
            await websocket.close(GOING_AWAY)

    return Socket(send, close)


def _parsed(frame: str) -> object:
    try:
        parsed: object = read_json(frame)
    except (ValueError, RecursionError):
        return None
    return parsed
