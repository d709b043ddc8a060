"""A monitor: a real HTTP server that counts the signs of life, and answers as it is told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Monitor:
    """What was asked for. status: what every request is answered; `stall`: an answer that takes longer than anyone."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        self.location = ""
        self.body = b"OK"
        self.stall = threading.Event()
        self.stall.set()
        self.url = ""

    def pings(self, path: str = "/ping/secret-uuid") -> int:
        """How often the URL was asked for."""
        return sum(asked == path for _, asked in self.asked)


@contextlib.contextmanager
def monitoring() -> Iterator[Monitor]:
    """The server on a free port."""
    monitor = Monitor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            monitor.asked.append((self.command, self.path))
            monitor.stall.wait(30)
            self.send_response(monitor.status)
            if monitor.location:
                self.send_header("Location", monitor.location)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(monitor.body)

        do_HEAD = do_GET  # noqa: N815 - http.server's

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    monitor.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield monitor
    finally:
        monitor.stall.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
