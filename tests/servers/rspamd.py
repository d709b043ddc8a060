"""An rspamd server on a real socket: its shapes, its refusals, and every way in which it can fail."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# The request headers of the protocol; others that a client of HTTP sends are let through, unknown ones are a mistake.
_PROTOCOL = {"from", "rcpt", "ip", "helo", "hostname", "user", "deliver-to", "queue-id", "pass", "flags", "subject"}
_OF_HTTP = {"host", "content-length", "accept", "accept-encoding", "connection", "user-agent", "transfer-encoding"}


class RspamdServer:
    """What it answers and what it was asked.

    answer: the JSON of a scan, raw: instead of it, any bytes; status: of the answer; asked: (headers, body) of each
    scan, the values of a header as a list; mistakes: what in the requests was against the protocol.
    trickle: send the answer for ever, a byte at a time; stall: do not answer until it is set.
    """

    def __init__(self) -> None:
        self.answer: dict[str, Any] = ham()
        self.raw: bytes | None = None
        self.status = 200
        self.asked: list[tuple[dict[str, list[str]], bytes]] = []
        self.mistakes: list[str] = []
        self.trickle = False
        self.stall = threading.Event()
        self.stall.set()
        self.ended = threading.Event()
        self.url = ""

    def check(self, path: str, headers: dict[str, list[str]], body: bytes) -> None:
        """Note what the real one would refuse or misread."""
        if path != "/checkv2":
            self.mistakes.append(f"path {path}")
        if unknown := set(headers) - _PROTOCOL - _OF_HTTP:
            self.mistakes.append(f"unknown headers {sorted(unknown)}")
        self.mistakes += [
            f"{name} came twice" for name, values in headers.items() if name != "rcpt" and len(values) > 1
        ]
        for address in headers.get("ip", []):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                self.mistakes.append(f"ip {address}")
        if not body:
            self.mistakes.append("an empty message")


def ham() -> dict[str, Any]:
    """The answer to a good mail."""
    symbols = {"R_SPF_ALLOW": {"name": "R_SPF_ALLOW", "score": -0.2, "metric_score": -0.2, "options": ["+ip4"]}}
    return {
        "is_skipped": False,
        "score": -0.2,
        "required_score": 15.0,
        "action": "no action",
        "thresholds": {"reject": 15.0, "add header": 6.0, "greylist": 4.0},
        "symbols": symbols,
        "messages": {},
        "message-id": "1@customer.example",
        "time_real": 0.1,
        "milter": {},
    }


def spam() -> dict[str, Any]:
    """The answer to a bad one."""
    symbols = {
        "BAYES_SPAM": {"name": "BAYES_SPAM", "score": 5.1, "metric_score": 5.1, "description": "Message probably spam"},
        "URIBL_BLACK": {"name": "URIBL_BLACK", "score": 7.5, "metric_score": 7.5, "options": ["bad.example:url"]},
        "R_SPF_ALLOW": {"name": "R_SPF_ALLOW", "score": -0.2, "metric_score": -0.2},
    }
    return ham() | {"score": 12.4, "action": "add header", "symbols": symbols}


@contextlib.contextmanager
def scanning() -> Iterator[RspamdServer]:
    """The server on a free port, that is stopped at the end."""
    scanner = RspamdServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers: dict[str, list[str]] = {}
            for name, value in self.headers.items():
                headers.setdefault(name.lower(), []).append(value)
            scanner.check(self.path, headers, body)
            scanner.asked.append((headers, body))
            scanner.stall.wait(30)
            with contextlib.suppress(OSError):
                self._answer()

        def _answer(self) -> None:
            answer = json.dumps(scanner.answer).encode() if scanner.raw is None else scanner.raw
            self.send_response(scanner.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer) if not scanner.trickle else 10**9))
            self.end_headers()
            while scanner.trickle and not scanner.ended.wait(0.05):
                self.wfile.write(b" ")
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scanner.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield scanner
    finally:
        scanner.stall.set()
        scanner.ended.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
