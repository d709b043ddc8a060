"""Serving on sockets of our own: there after `start`, gone after `stop`, and clear when the port is taken."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket

import httpx
import pytest
from fastapi import FastAPI

from bot.web import WebServer, bind_tcp
from enrichment.errors import StartupError


def app() -> FastAPI:
    """An application that takes its time."""
    made = FastAPI()

    @made.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(0.3)
        return "done"

    return made


async def test_server_answers_when_it_is_started() -> None:
    """No request is refused after `start`; signals stay the service's."""
    former = signal.getsignal(signal.SIGINT)
    listening = bind_tcp("127.0.0.1", 0, "LEADBOT_HTTP_PORT")
    port = listening.getsockname()[1]
    server = WebServer(app(), listening)
    await server.start()
    assert signal.getsignal(signal.SIGINT) is former
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        answering = asyncio.create_task(client.get("/slow"))
        await asyncio.sleep(0.1)
        await server.stop()
        assert (await answering).json() == "done"
        with pytest.raises(httpx.ConnectError):
            await client.get("/slow")


async def test_server_that_was_not_started_is_stopped() -> None:
    """As when the start fails before it."""
    listening = bind_tcp("127.0.0.1", 0, "X")
    await WebServer(app(), listening).stop()
    assert listening.fileno() == -1


@pytest.mark.parametrize("listens", [True, False])
def test_port_in_use_is_told_in_one_line(*, listens: bool) -> None:
    """Also while the other has only bound it: two bots that start at once cannot both have it."""
    with contextlib.closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        if not listens:
            with (
                contextlib.closing(bind_tcp("127.0.0.1", port, "LEADBOT_SMTP_PORT")),
                pytest.raises(OSError, match="use"),
            ):
                other.listen()
            return
        other.listen()
        with pytest.raises(StartupError) as caught:
            bind_tcp("127.0.0.1", port, "LEADBOT_SMTP_PORT")
    assert str(caught.value) == (
        f"LEADBOT_SMTP_PORT: 127.0.0.1:{port} is in use; stop what uses it or set another port, "
        f"e.g. LEADBOT_SMTP_PORT={port + 1}"
    )


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 2525), ("a..b", 65535), ("x" * 70, 25), ("::2", 0)])
def test_address_that_cannot_be_had_is_told_in_one_line(host: str, port: int) -> None:
    """Somebody else's address, or no address at all; the port of the example exists."""
    with pytest.raises(StartupError) as caught:
        bind_tcp(host, port, "LEADBOT_HTTP_PORT")
    told = str(caught.value)
    assert told.startswith(f"LEADBOT_HTTP_PORT: {host}:{port} cannot be used (")
    assert int(told.rpartition("=")[2]) <= 65535
    assert "\n" not in told


def test_loopback_of_both_families_can_be_had() -> None:
    """127.0.0.1 by number and by name, and ::1."""
    for host in ("127.0.0.1", "localhost", "::1"):
        bind_tcp(host, 0, "X").close()
