"""A FastAPI application on the running loop: a socket we opened ourselves, and an end that we decide."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket

import uvicorn
from fastapi import FastAPI

from enrichment.errors import StartupError

BACKLOG = 128


class WebServer:
    """Serves an application on a bound socket until stopped."""

    def __init__(self, app: FastAPI, listening: socket.socket) -> None:
        self._socket = listening
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve; requests are answered when this returns."""
        # Signals belong to the service, not to one of its servers.
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="web")
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 - uvicorn has no event; some ms
            await asyncio.sleep(0.005)
        if self._task.done():
            await self._task

    async def stop(self) -> None:
        """Finish what is being answered, within two seconds."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


def bind_tcp(host: str, port: int, variable: str) -> socket.socket:
    """A listening TCP socket. Raises StartupError naming the variable to change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Only bound, the address could be bound by another bot too that starts at the same moment.
        listening.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        listening.close()
        other = port + 1 if 2525 <= port < 65_535 else 2525
        raise StartupError(f"{variable}: {host}:{port} {_why(error)}, e.g. {variable}={other}") from error
    return listening


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "cannot be used (it is no host name); set another host or port"
    if error.errno == errno.EADDRINUSE:
        return "is in use; stop what uses it or set another port"
    if error.errno == errno.EACCES:
        return "is not allowed to this user; ports below 1024 need rights, set another"
    return f"cannot be used ({error.strerror}); set another host or port"
