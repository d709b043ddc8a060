"""A real DNS server for tests, on UDP and TCP of one free port: it knows the records it is given, and can misbehave."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
from collections.abc import Iterator

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

LARGEST_UDP = 1232


class Names:
    """The server's zone. records: (name, type) to the texts of its records; faults: a name to `silent` or `broken`.

    asked: every question that came, in its order, as (name, type).
    """

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.faults: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []
        self.port = 0

    def txt(self, name: str, *texts: str) -> None:
        """Give a name TXT records, each cut into strings of 255 characters."""
        self.records[name, "TXT"] = [
            " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255)) for text in texts
        ]

    def answer(self, packet: bytes, *, most: int) -> bytes | None:
        """The answer to one packet; None to say nothing."""
        try:
            query = dns.message.from_wire(packet)
        except dns.exception.DNSException:
            return None
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked.append((name, dns.rdatatype.to_text(question.rdtype)))
        if self.faults.get(name) == "silent":
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if self.faults.get(name) == "broken":
            response.set_rcode(dns.rcode.SERVFAIL)
        elif found := self.records.get((name, dns.rdatatype.to_text(question.rdtype))):
            response.answer.append(
                dns.rrset.from_text_list(question.name, 300, dns.rdataclass.IN, question.rdtype, found)
            )
        elif not any(known == name for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        try:
            return response.to_wire(max_size=most)
        except dns.exception.TooBig:
            short = dns.message.make_response(query)
            short.flags |= dns.flags.TC
            return short.to_wire()


@contextlib.contextmanager
def name_server() -> Iterator[Names]:
    """The server, running."""
    names = Names()

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            packet, connection = self.request
            if reply := names.answer(packet, most=LARGEST_UDP):
                connection.sendto(reply, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack(">H", self.rfile.read(2))
            if reply := names.answer(self.rfile.read(length), most=65_535):
                self.wfile.write(struct.pack(">H", len(reply)) + reply)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tcp) as tcp:
        names.port = tcp.server_address[1]
        with socketserver.ThreadingUDPServer(("127.0.0.1", names.port), Udp) as udp:
            servers = (tcp, udp)
            threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in servers]
            for thread in threads:
                thread.start()
            try:
                yield names
            finally:
                for server in servers:
                    server.shutdown()
                for thread in threads:
                    thread.join()
