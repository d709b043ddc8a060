"""A login server: a real HTTP server with the rules of Google's and Microsoft's, and every way they can fail."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.token_rules import DEVICE, Fault, TokenServer

__all__ = ["DEVICE", "Fault", "TokenServer", "token_server"]

FORM = "application/x-www-form-urlencoded"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    known: TokenServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        known, parts = self.server.known, urlsplit(self.path)
        form = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/authorize"):
            where = known.authorize(form)
            self._say(Fault(302 if where else 400, b"", {"Location": where} if where else {}))
        elif parts.path == "/tokeninfo":
            self._answer(*known.tokeninfo(form.get("access_token", "")))
        elif parts.path.endswith("/v2.0/.well-known/openid-configuration"):
            self._answer(*known.discovery(parts.path.split("/")[1]))
        else:
            self._say(Fault(404))

    def do_POST(self) -> None:
        known = self.server.known
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.headers.get_content_type() != FORM:
            self._say(Fault(415))
            return
        form = {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}
        if self.path.endswith(("/device", "/devicecode")):
            self._answer(*known.device(form))
            return
        fault = known.faults.popleft() if known.faults else None
        if fault is not None and not fault.late:
            self._say(fault)
            return
        with known.lock:
            status, found = known.token(form)
        if fault is not None:
            known.stall.wait(30)
        self._answer(status, found)

    def _answer(self, status: int, found: dict[str, Any]) -> None:
        self._say(Fault(status, json.dumps(found).encode(), {"Content-Type": "application/json"}))

    def _say(self, fault: Fault) -> None:
        flood = fault.body if isinstance(fault.body, int) else 0
        body = b"" if isinstance(fault.body, int) else fault.body
        with contextlib.suppress(OSError):
            self.send_response(fault.status)
            for name, value in fault.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(flood or len(body)))
            self.end_headers()
            self.wfile.write(body)
            for _ in range(flood // 65_536):
                self.wfile.write(b" " * 65_536)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def token_server(certificate: tuple[Path, Path] | None = None) -> Iterator[TokenServer]:
    """The server on a free port, with TLS for `localhost` when there is a certificate and its key."""
    known = TokenServer()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.known = known
    known.url = f"http://127.0.0.1:{server.server_address[1]}"
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        known.url = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield known
    finally:
        known.stall.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
