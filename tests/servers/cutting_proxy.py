"""A TCP proxy that cuts connections after a random number of bytes, as bad networks do: at any point of anything."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator


class CuttingProxy:
    """The proxy. chance: of a connection to be cut, 0.0-1.0; cuts: how many were."""

    def __init__(self, target: int, seed: int) -> None:
        self._target = target
        self._random = random.Random(seed)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept)
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.port: int = self._listening.getsockname()[1]
        self.chance = 0.5
        self.cuts = 0

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def stop(self) -> None:
        """End everything."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listening.close()
        for each in self._sockets:
            _end(each)
        for thread in self._threads:
            thread.join(10)
        for each in self._sockets:
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listening.accept()[0]
                self._sockets.append(client)
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets.append(server)
                cut = self._random.randrange(200, 40_000) if self._random.random() < self.chance else None
                for source, sink, limit in ((server, client, cut), (client, server, None)):
                    thread = threading.Thread(target=self._pass, args=(source, sink, limit))
                    self._threads.append(thread)
                    thread.start()

    def _pass(self, source: socket.socket, sink: socket.socket, limit: int | None) -> None:
        """Pass bytes on, so many at most."""
        with contextlib.suppress(OSError):
            while piece := source.recv(4096):
                if limit is not None and len(piece) > limit:
                    sink.sendall(piece[:limit])
                    self.cuts += 1
                    break
                sink.sendall(piece)
                limit = None if limit is None else limit - len(piece)
        _end(source)
        _end(sink)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def cutting_proxy(target: int, seed: int = 1) -> Iterator[CuttingProxy]:
    """The proxy in front of a port of this machine."""
    proxy = CuttingProxy(target, seed)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
