"""The web page: its files, the stream that keeps it fresh, and /healthz."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from starlette.responses import FileResponse, StreamingResponse

from bot.workspace.workspace import Workspace

STATIC = Path(__file__).with_name("static")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
RECONNECT_AFTER = 1000  # milliseconds


def router(workspace: Workspace) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    @routes.get("/archives/{channel}")
    @routes.get("/archives/{channel}/{message}")
    async def page() -> FileResponse:
        """The page; which channel and thread it shows is its script's business."""
        return FileResponse(STATIC / "index.html", media_type="text/html; charset=utf-8")

    @routes.get("/static/{name}")
    async def static(name: str) -> FileResponse:
        """A script or style of the page."""
        path = STATIC / name
        if path.suffix not in TYPES or path.parent != STATIC or not path.is_file():
            raise HTTPException(404, "no such file")
        return FileResponse(path, media_type=TYPES[path.suffix])

    @routes.get("/stream")
    async def stream() -> StreamingResponse:
        """What changes, as server-sent events."""
        if workspace.feed.full:
            raise HTTPException(503, "too many open pages")
        return StreamingResponse(_events(workspace), media_type="text/event-stream")

    @routes.get("/healthz")
    async def healthz() -> dict[str, Any]:
        """Says that a workspace answers here, and which process it is."""
        return {"ok": True, "app": "leadbot-workspace", "pid": os.getpid()}

    return routes


async def _events(workspace: Workspace) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_AFTER}\n\n"
    async for change in workspace.feed.changes():
        yield f"data: {json.dumps(change)}\n\n" if change is not None else ": still here\n\n"
