"""Serves the workspace: `run` in a process of its own, `create_app` for tests."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.workspace import answers, control, control_people, file_routes, link, mailing, page
from bot.workspace.actions import NotFound
from bot.workspace.api import dispatch
from bot.workspace.errors import SlackError
from bot.workspace.guard import Guard, allowed_hosts
from bot.workspace.options import MAX_BODY_BYTES, Options
from bot.workspace.workspace import DATABASE, Workspace
from enrichment.errors import StartupError

BACKLOG = 128
GRACE = 3  # seconds that open requests have after a signal


def create_app(data_dir: Path, *, base_url: str, options: Options | None = None) -> FastAPI:
    """The application over the state in data_dir; app.state.workspace is the Workspace."""
    options = options or Options()
    workspace = Workspace(data_dir, base_url=base_url, options=options)
    app = FastAPI(title="Leadbot local workspace", docs_url=None, redoc_url=None)
    app.state.workspace = workspace
    for part in (dispatch, answers, link, control, control_people, file_routes, mailing, page):
        app.include_router(part.router(workspace))
    app.add_middleware(Guard, hosts=allowed_hosts(base_url, options.hosts))
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(SlackError, _slack_error)
    return app


class WorkspaceServer(uvicorn.Server):
    """Serves an app of create_app; tells when it listens, and lets streams and sockets end before it stops.

    on_ready: called once it listens. signals: whether SIGINT and SIGTERM stop it; they are not raised again
    afterwards, as uvicorn would.
    """

    def __init__(self, app: FastAPI, *, signals: bool, on_ready: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                log_config=None,
                lifespan="off",
                ws="websockets-sansio",  # the other implementation over `websockets` is deprecated
                ws_max_size=MAX_BODY_BYTES,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._workspace: Workspace = app.state.workspace
        self._on_ready = on_ready
        self._signals = signals
        app.state.drop_connection = self._drop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self._workspace.hub.start()
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would stay open for ever, then stop; the state is closed last."""
        await self._workspace.stop()
        await super().shutdown(sockets)
        self._workspace.store.close()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, unless whoever started the server stops it."""
        if not self._signals:
            yield
            return
        former = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.should_exit = True

    def _drop(self, client: tuple[str, int]) -> None:
        for protocol in list(self.server_state.connections):
            if getattr(protocol, "client", None) == client and protocol.transport is not None:
                protocol.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises StartupError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's 40 ms delay off only where the protocol is named
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise StartupError(
            f"The local workspace's address {host}:{port} {reason}: choose another port with LEADBOT_WORKSPACE_PORT"
        ) from error
    return listening


def address(host: str, port: int) -> str:
    """The URL under which a server on this host and port is reached from this machine."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def run(host: str, port: int, data_dir: Path, *, base_url: str | None = None, options: Options | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Prints `workspace ready URL` on standard output once it listens.

    port 0 takes a free one. base_url: the address that the bot is given, when it is not this machine's.
    Raises StartupError when the port is taken or the data directory cannot be used.
    """
    with listen(host, port) as listening:
        url = address(host, listening.getsockname()[1])
        try:
            app = create_app(data_dir, base_url=base_url or url, options=options)
        except (OSError, sqlite3.Error) as error:
            raise StartupError(f"The local workspace cannot use {data_dir / DATABASE}: {error}") from error
        server = WorkspaceServer(app, signals=True, on_ready=lambda: print(f"workspace ready {url}", flush=True))  # noqa: T201
        asyncio.run(server.serve(sockets=[listening]))


@contextlib.asynccontextmanager
async def serving(data_dir: Path, options: Options | None = None) -> AsyncIterator[Workspace]:
    """A workspace served on a free port inside the running event loop, for tests; its base_url is where."""
    with listen("127.0.0.1", 0) as listening:
        url = address("127.0.0.1", listening.getsockname()[1])
        app = create_app(data_dir, base_url=url, options=options)
        ready = asyncio.Event()
        server = WorkspaceServer(app, signals=False, on_ready=ready.set)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        await ready.wait()
        try:
            yield app.state.workspace
        finally:
            server.should_exit = True
            await task


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    return JSONResponse({"error": detail}, status_code=status)


async def _invalid_request(_: Request, error: Exception) -> JSONResponse:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": ""}
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"error": f"{where}: {first['msg']}"}, status_code=400)


async def _not_found(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, status_code=404)


async def _slack_error(_: Request, error: Exception) -> JSONResponse:
    body = error.body() if isinstance(error, SlackError) else {}
    return JSONResponse(body, status_code=400)
