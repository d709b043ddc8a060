"""Closes the connection of a request with no answer, as a network that fails after the work was done."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Dropper = Callable[[tuple[str, int]], None]


class Closed(Response):
    """What is returned for a request whose connection is gone: nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


async def close_connection(request: Request) -> None:
    """Drop the request's connection and wait until the server has noticed."""
    drop: Dropper = request.app.state.drop_connection
    client = request.scope["client"]
    drop((client[0], client[1]))
    while (await request.receive())["type"] != "http.disconnect":
        continue
