"""Waits for the browser to come back to us after a login, or for a person to paste the address it ended at."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

from channels.mail.oauth_code import LONGEST_ANSWER
from enrichment.errors import GiveUp, NeedsPerson

SECONDS = 900.0
_LOOK_SECONDS = 0.2
_IDLE_SECONDS = 5.0
_MOST_WAITING = 16
_PAGE = b"This page belongs to Leadbot. If you have just allowed it to read your mail, you can close it now.\n"

T = TypeVar("T")
Take = Callable[[str], T]


class Redirects:
    """A port of this machine that a browser is sent to. port: which one."""

    def __init__(self, server: ThreadingHTTPServer, arrived: queue.Queue[str]) -> None:
        self.port: int = server.server_address[1]
        self._arrived = arrived

    def wait(self, take: Take[T], pasted: int | None, tell: Callable[[str], None], seconds: float = SECONDS) -> T:
        """What `take` makes of the first address that it accepts; one it raises GiveUp for is passed over.

        pasted: a descriptor on which a person may paste it, a line each; what is wrong with a pasted one is told.
        Raises NeedsPerson when nothing came.
        """
        ends = time.monotonic() + seconds
        lines = _Lines(pasted)
        while time.monotonic() < ends:
            for line in lines.read(_LOOK_SECONDS):
                try:
                    return take(line)
                except GiveUp as error:
                    tell(str(error))
            for address in self._came():
                with contextlib.suppress(GiveUp):
                    return take(address)
        raise NeedsPerson(f"nobody has allowed it within {seconds / 60:g} minutes; begin again")

    def _came(self) -> list[str]:
        return [self._arrived.get() for _ in range(self._arrived.qsize())]


class _Lines:
    """The lines of a descriptor, without ever waiting for longer than asked."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor, self._rest = descriptor, b""

    def read(self, seconds: float) -> list[str]:
        if self._descriptor is None or not select.select([self._descriptor], [], [], seconds)[0]:
            if self._descriptor is None:
                time.sleep(seconds)
            return []
        got = os.read(self._descriptor, LONGEST_ANSWER)
        if not got:  # nobody can paste anything any more; the browser still may come
            self._descriptor = None
        *whole, rest = (self._rest + (got or b"\n")).split(b"\n")
        self._rest = rest[:LONGEST_ANSWER]
        return [line.decode(errors="replace") for line in whole if line.strip()]


@contextlib.contextmanager
def listening() -> Iterator[Redirects]:
    """A free port of this machine, which no other machine reaches."""
    arrived: queue.Queue[str] = queue.Queue(_MOST_WAITING)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(arrived))
    server.daemon_threads = True
    server.block_on_close = False  # a browser that keeps a connection open must not keep the command
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Redirects(server, arrived)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(arrived: queue.Queue[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_SECONDS  # of the socket: browsers open connections that they say nothing on

        def do_GET(self) -> None:
            """Take the address, and say the same whatever it is."""
            with contextlib.suppress(queue.Full):
                arrived.put_nowait(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(_PAGE)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(_PAGE)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing: the address holds a code."""

    return Handler
