"""An Airtable on this machine, over real HTTP, that fails on request: `python -m tests.servers.airtable PORT`."""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.airtable_faults import FAULTS, NOT_SHOWN, Answer, Fault, refused
from tests.servers.airtable_table import Refused, Table

TOKEN = "patTestToken0001.0123456789abcdef"
BASE = "appTestBase000001"
SCOPES = ("data.records:read", "data.records:write", "schema.bases:read")
LONGEST_BODY = 16_000_000


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any


class AirtableServer:
    """One base with its tables. per_second: requests that it answers; penalty: seconds of 429 after more than that."""

    def __init__(self, port: int = 0, *, per_second: float = 5, penalty: float = 30.0) -> None:
        self.token = TOKEN
        self.base = BASE
        self.scopes = set(SCOPES)
        self.table = Table.leads()
        self.tables = [self.table]
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.too_often = 0
        self._per_second = per_second
        self._penalty = penalty
        self._penalty_until = 0.0
        self._recent: list[float] = []
        self.lock = threading.RLock()
        self.connections: set[socket.socket] = set()
        self._http = _Http(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def serve(self) -> None:
        """Answer until stopped."""
        self._http.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        """Stop, ending what is still open."""
        self._http.shutdown()
        self._http.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def fail(self, kind: str, times: int = 1, *, method: str = "", seconds: float = 0.0) -> None:
        """Ask for trouble."""
        self.faults.append(Fault(kind, times, method, seconds))

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the first table."""
        with self.lock:
            return [dict(row) for row in self.table.rows.values()]

    def count(self, method: str) -> int:
        """How many requests came with this method."""
        return sum(request.method == method for request in self.requests)

    def take_fault(self, method: str) -> Fault | None:
        """The trouble that this request is to have."""
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method in {"", method}:
                    fault.times -= 1
                    return fault
        return None

    def limited(self) -> bool:
        """Count a request; whether it is one too many, or falls into the penalty for one."""
        now = time.monotonic()
        with self.lock:
            self._recent = [*(at for at in self._recent if now - at < 1.0), now]
            if now >= self._penalty_until and len(self._recent) <= self._per_second:
                return False
            if now >= self._penalty_until:
                self._penalty_until = now + self._penalty
            self.too_often += 1
            return True

    def answer(self, request: Request) -> Answer:
        """Airtable's answer to a request whose token is right."""
        parts = [urllib.parse.unquote(part) for part in request.path.strip("/").split("/")]
        with self.lock:
            match (request.method, parts):
                case ("GET", ["v0", "meta", "bases", base, "tables"]):
                    return self._schema(base)
                case ("GET", ["v0", base, name]):
                    return self._listed(base, name, request.query)
                case ("PATCH", ["v0", base, name]):
                    return self._written(base, name, request.body)
        return FAULTS["404"]

    def _schema(self, base: str) -> Answer:
        if base != self.base or "schema.bases:read" not in self.scopes:
            return NOT_SHOWN
        return 200, {"tables": [table.described() for table in self.tables]}

    def _find(self, base: str, name: str, scope: str) -> Table | None:
        if base != self.base or scope not in self.scopes:
            return None
        return next((table for table in self.tables if name in {table.name, table.id}), None)

    def _listed(self, base: str, name: str, query: dict[str, list[str]]) -> Answer:
        table = self._find(base, name, "data.records:read")
        if table is None:
            return NOT_SHOWN
        only = query.get("fields[]", query.get("fields", []))
        for each in only:
            if each not in table.fields:
                return refused(Refused("UNKNOWN_FIELD_NAME", f'Unknown field name: "{each}"'))
        size = min(int(query.get("pageSize", ["100"])[0]), 100)
        start = int(query.get("offset", ["0"])[0])
        ids = list(table.rows)[: int(query.get("maxRecords", [str(10**9)])[0])]
        more = {"offset": str(start + size)} if start + size < len(ids) else {}
        return 200, {"records": [table.shown(row_id, only) for row_id in ids[start : start + size]]} | more

    def _written(self, base: str, name: str, body: Any) -> Answer:
        table = self._find(base, name, "data.records:write")
        if table is None:
            return NOT_SHOWN
        merge_on = (body.get("performUpsert") or {}).get("fieldsToMergeOn")
        try:
            return 200, table.upsert(body.get("records"), merge_on, typecast=bool(body.get("typecast")))
        except Refused as error:
            return refused(error)


class _Http(ThreadingHTTPServer):
    """Hands each request to the AirtableServer."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], airtable: AirtableServer) -> None:
        self.airtable = airtable
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in two packets waits for the first one's acknowledgement
    server: _Http

    def setup(self) -> None:
        """Remember the connection, to be ended with the server."""
        super().setup()
        self.server.airtable.connections.add(self.connection)

    def finish(self) -> None:
        """The connection has ended."""
        self.server.airtable.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Be quiet."""

    def do_GET(self) -> None:
        """A list, or the schema."""
        self._serve()

    def do_PATCH(self) -> None:
        """A write."""
        self._serve()

    def _serve(self) -> None:
        airtable = self.server.airtable
        url = urllib.parse.urlsplit(self.path)
        length = min(int(self.headers.get("Content-Length") or 0), LONGEST_BODY)
        content = self.rfile.read(length)
        body = json.loads(content) if content else None
        request = Request(self.command, url.path, urllib.parse.parse_qs(url.query), body)
        with airtable.lock:
            airtable.requests.append(request)
        fault = airtable.take_fault(self.command)
        if fault is None or fault.kind in {"slow", "lost"}:
            self._answer(request, fault)
        elif fault.kind == "endless":
            self._send_endless(fault.seconds)
        elif fault.kind == "echo":
            said = f"bad request with {self.headers['Authorization']}"
            self._send(refused(Refused("INVALID_REQUEST_UNKNOWN", said)))
        elif fault.kind == "redirect":
            self._send((302, {}), Location=f"{airtable.url}/elsewhere")
        elif fault.kind == "drop":
            self._drop()
        else:
            self._send(FAULTS[fault.kind])

    def _answer(self, request: Request, fault: Fault | None) -> None:
        airtable = self.server.airtable
        if fault is not None:
            time.sleep(fault.seconds)
        if self.headers.get("Authorization") != f"Bearer {airtable.token}":
            self._send(FAULTS["401"])
        elif airtable.limited():
            self._send(FAULTS["429"])
        else:
            answer = airtable.answer(request)
            self._drop() if fault is not None and fault.kind == "lost" else self._send(answer)

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: Answer, **headers: str) -> None:
        status, body = answer
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    def _send_endless(self, seconds: float) -> None:
        """White space before a JSON answer, for as long as somebody reads it."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            while True:
                self.wfile.write(b" " * (10 if seconds else 1_000_000))
                self.wfile.flush()
                time.sleep(seconds)


@contextlib.contextmanager
def serving(**options: Any) -> Iterator[AirtableServer]:
    """A started server on a free port that is stopped at the end."""
    server = AirtableServer(**options)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(5)


def main() -> None:
    """Serve until interrupted; prints what to set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int, nargs="?", default=0)
    server = AirtableServer(parser.parse_args().port)
    told = {"AIRTABLE_ENDPOINT_URL": server.url, "AIRTABLE_API_KEY": server.token, "AIRTABLE_BASE_ID": server.base}
    print("\n".join(f"{name}={value}" for name, value in told.items()), flush=True)  # noqa: T201 - for the person who started it
    with contextlib.suppress(KeyboardInterrupt):
        server.serve()


if __name__ == "__main__":
    main()
