"""A server that accepts every connection and never answers: the worst way of being away."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class SilentServer:
    """port: where it listens; connections: who has come."""

    port: int
    connections: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def silent(port: int = 0) -> Iterator[SilentServer]:
    """Silence on a free port, or on this one."""
    listening = socket.create_server(("127.0.0.1", port))
    server = SilentServer(listening.getsockname()[1])

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                server.connections.append(listening.accept()[0])

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)
        for connection in server.connections:
            connection.close()
