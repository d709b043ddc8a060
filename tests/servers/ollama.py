"""A scripted Ollama server on a real socket: the real one's rules and words, and every way it can fail.

`python -m tests.servers.ollama PORT` runs it alone, with sensible answers, to show the bot without a model.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from bot.web import WebServer, bind_tcp
from tests.servers.ollama_answers import sensible

MODEL = "qwen3:4b-instruct"
VERSION = "0.31.2"
_KNOWN = {"model", "messages", "stream", "format", "options", "keep_alive", "think", "truncate", "shift"}
_LOOK = 0.01

Step = Callable[[Request, dict[str, Any]], Awaitable[Response]]


@dataclass
class OllamaServer:
    """What the server has, does next, and was asked.

    models: name to what /api/show adds; url: where it answers, once started.
    script: what happens to the next chats, `otherwise` to all after them; pulls: what the next downloads stream,
    `pull_pause` seconds a line.
    asked: (path, body) of every request in order.
    """

    models: dict[str, dict[str, Any]] = field(default_factory=lambda: {MODEL: {}})
    version: str = VERSION
    script: deque[Step] = field(default_factory=deque)
    otherwise: Step | None = None
    pulls: deque[list[dict[str, Any]]] = field(default_factory=deque)
    pull_pause: float = 0.0
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""

    def chats(self) -> list[dict[str, Any]]:
        """The bodies of the chats that were asked for."""
        return [body for path, body in self.asked if path == "/api/chat"]

    async def start(self, port: int = 0) -> None:
        """Serve on the running loop."""
        listening = bind_tcp("127.0.0.1", port, "PORT")
        self._web = WebServer(application(self), listening)
        await self._web.start()
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    async def stop(self) -> None:
        """Stop serving."""
        await self._web.stop()


@contextlib.contextmanager
def serving() -> Iterator[OllamaServer]:
    """A started server in a thread of its own, on a free port, that is stopped at the end."""
    server, loop = OllamaServer(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        yield server
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def application(server: OllamaServer) -> FastAPI:
    """The server's pages."""
    app = FastAPI()

    @app.get("/api/version")
    async def version() -> dict[str, str]:
        server.asked.append(("/api/version", {}))
        return {"version": server.version}

    @app.get("/api/tags")
    async def tags() -> dict[str, list[dict[str, str]]]:
        return {"models": [{"name": name, "model": name} for name in server.models]}

    @app.post("/api/show")
    async def show(request: Request) -> Response:
        body = await _read(server, request)
        if body.get("model") not in server.models:
            return _error(404, f"model '{body.get('model')}' not found")
        return JSONResponse({"license": "long " * 100, "capabilities": ["completion"]} | server.models[body["model"]])

    @app.post("/api/chat")
    async def chat(request: Request) -> Response:
        body = await _read(server, request)
        if (refused := _refused(server, body)) is not None:
            return refused
        step = server.script.popleft() if server.script else server.otherwise or ok()
        return await step(request, body)

    @app.post("/api/pull")
    async def pull(request: Request) -> Response:
        body = await _read(server, request)
        lines = server.pulls.popleft() if server.pulls else downloaded()
        if lines[-1].get("status") == "success":
            server.models[body["model"]] = {}
        return StreamingResponse(_stream(lines, server.pull_pause), media_type="application/x-ndjson")

    return app


async def _read(server: OllamaServer, request: Request) -> dict[str, Any]:
    body: dict[str, Any] = await request.json()
    server.asked.append((request.url.path, body))
    return body


def _refused(server: OllamaServer, body: dict[str, Any]) -> Response | None:
    """What the real server would not take, and fields that it would silently ignore."""
    unknown = set(body) - _KNOWN
    if unknown or not isinstance(body.get("format"), dict) or "num_ctx" not in body.get("options", {}):
        return _error(400, f"invalid request: {sorted(unknown)}, format and options.num_ctx are needed")
    if body["model"] not in server.models:
        return _error(404, f"model '{body['model']}' not found")
    if not body.get("truncate", True) and _tokens(body) > body["options"]["num_ctx"]:
        return _error(400, "the input length exceeds the context length")
    return None


def _tokens(body: dict[str, Any]) -> int:
    return sum(len(message["content"]) for message in body["messages"]) // 4


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status_code=status)


async def _stream(records: list[dict[str, Any]], pause: float = 0.0) -> AsyncIterator[bytes]:
    for record in records:
        yield json.dumps(record).encode() + b"\n"
        await asyncio.sleep(pause)


def _spoken(text: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The records in which the model says a text, without the last one."""
    pieces = [text[start : start + 20] for start in range(0, len(text), 20)]
    said = {"model": body["model"], "created_at": "2026-11-20T09:00:00Z", "done": False}
    return [said | {"message": {"role": "assistant", "content": piece}} for piece in pieces]


def _last(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    ended = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
    counts = {"prompt_eval_count": _tokens(body), "eval_count": 200, "total_duration": 1, "load_duration": 1}
    return {"model": body["model"], **ended, **counts, **changes}


def ok(answer: str | None = None, pause: float = 0.0, **last: Any) -> Step:
    """The model says this, or something sensible; `pause` seconds a piece; `last` changes the last record."""

    async def step(_: Request, body: dict[str, Any]) -> Response:
        text = sensible(body) if answer is None else answer
        return StreamingResponse(_stream([*_spoken(text, body), _last(body, **last)], pause))

    return step


def status(code: int, text: str) -> Step:
    """The server refuses."""

    async def step(_: Request, __: dict[str, Any]) -> Response:
        return _error(code, text)

    return step


def records(*said: dict[str, Any]) -> Step:
    """The model says something and then these records come, and no end."""

    async def step(_: Request, body: dict[str, Any]) -> Response:
        return StreamingResponse(_stream([*_spoken('{"line_1": 1', body), *said]))

    return step


def raw(content: bytes) -> Step:
    """What comes is not what Ollama sends."""

    async def step(_: Request, __: dict[str, Any]) -> Response:
        return Response(content, media_type="application/x-ndjson")

    return step


def endless() -> Step:
    """The stream has no end, and no piece is late."""

    async def babble() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536
            await asyncio.sleep(0)

    async def step(_: Request, __: dict[str, Any]) -> Response:
        return StreamingResponse(babble())

    return step


def silence() -> Step:
    """Not even a status comes, until the client goes away."""

    async def step(request: Request, _: dict[str, Any]) -> Response:
        while not await request.is_disconnected():  # noqa: ASYNC110 - starlette has no event for it
            await asyncio.sleep(_LOOK)
        return _error(499, "client closed request")

    return step


def stall() -> Step:
    """A few words come, then nothing more."""

    async def stalled(body: dict[str, Any]) -> AsyncIterator[bytes]:
        async for piece in _stream(_spoken('{"line_1": 1', body)):
            yield piece
        await asyncio.sleep(3600)

    async def step(_: Request, body: dict[str, Any]) -> Response:
        return StreamingResponse(stalled(body))

    return step


def drop() -> Step:
    """The connection breaks in the middle of the answer, as when the server is killed."""

    async def broken(body: dict[str, Any]) -> AsyncIterator[bytes]:
        async for piece in _stream(_spoken('{"line_1": 1', body)):
            yield piece
        raise ConnectionAbortedError("scripted")

    async def step(_: Request, body: dict[str, Any]) -> Response:
        return StreamingResponse(broken(body))

    return step


def downloaded(total: int = 2_500_000_000) -> list[dict[str, Any]]:
    """The lines of a download that comes to its end."""
    layer = {"status": "pulling 3e4cb1417446", "digest": "sha256:3e4cb1417446", "total": total}
    parts = [layer | {"completed": total * part // 20} for part in range(21)]
    ends = ["verifying sha256 digest", "writing manifest", "success"]
    return [{"status": "pulling manifest"}, *parts, *({"status": end} for end in ends)]


if __name__ == "__main__":
    uvicorn.run(application(OllamaServer()), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
