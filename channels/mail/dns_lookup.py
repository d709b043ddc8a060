"""Looks names up: the port, the resolver that asks the system's name servers, and the allowance of one message."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Literal, Protocol

import dns.exception
import dns.resolver
from dns.rdata import Rdata
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

RecordType = Literal["A", "AAAA", "MX", "PTR", "TXT"]

_REMEMBERED = 500  # answers; each may be as large as a sender's server likes, up to 64 KB
_MAX_RECORDS = 100
_MAX_TEXT = 8_192  # the largest useful TXT record is a 4096-bit key of 800 characters
_LABEL = re.compile(r"[\x20-\x2d\x2f-\x5b\x5d-\x7e]{1,63}")
_MAX_NAME = 253


class DnsTrouble(Exception):
    """There is no answer now: a server is silent or broken, or the message has used its allowance up."""


class Resolver(Protocol):
    """Asks the DNS. Thread-safe."""

    def resolve(self, name: str, kind: RecordType, seconds: float) -> tuple[str, ...]:
        """The records of a name, in any order; empty when there are none or there is no such name.

        TXT: the whole text, one character a byte. MX: host names, the preferred first. Raises DnsTrouble.
        """
        ...


class DnsResolver:
    """The `Resolver` that asks the name servers of this machine, or given ones, and remembers their answers."""

    def __init__(self, nameservers: Sequence[str] = (), port: int = 53) -> None:
        self._stub = _stub(nameservers)
        self._stub.port = port
        self._stub.cache = dns.resolver.LRUCache(_REMEMBERED)
        self._stub.use_edns(0, 0, 1232)  # larger packets are lost on the way; TCP fetches the rest

    def resolve(self, name: str, kind: RecordType, seconds: float) -> tuple[str, ...]:
        """As `Resolver.resolve`."""
        try:
            answer = self._stub.resolve(name, kind, search=False, raise_on_no_answer=False, lifetime=seconds)
        except dns.resolver.NXDOMAIN:
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise DnsTrouble(f"no answer about {name[:80]} ({type(error).__name__})") from error
        records = list(answer.rrset or ())[:_MAX_RECORDS]
        records.sort(key=lambda record: record.preference if isinstance(record, MX) else 0)
        texts = (_text(record) for record in records)
        return tuple(text for text in texts if len(text) <= _MAX_TEXT)


class Lookups:
    """What one message may ask, all together: so many seconds, and so many questions."""

    def __init__(self, resolver: Resolver, seconds: float, most: int = 40) -> None:
        self._resolver = resolver
        self._end = time.monotonic() + seconds
        self._left = most

    def records(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """The records of a name; none for what cannot be a name. Raises DnsTrouble."""
        plain = name.rstrip(".").lower()
        if not is_name(plain):
            return ()
        seconds = self._end - time.monotonic()
        self._left -= 1
        if seconds <= 0 or self._left < 0:
            raise DnsTrouble("the look-ups for this message took too long, or are too many")
        return self._resolver.resolve(plain, kind, seconds)


def is_name(name: str) -> bool:
    """Whether the DNS could hold that name: labels of 1 to 63 ASCII characters, 253 in all."""
    return 0 < len(name) <= _MAX_NAME and all(_LABEL.fullmatch(label) for label in name.split("."))


def _stub(nameservers: Sequence[str]) -> dns.resolver.Resolver:
    """A stub resolver; on a machine that names no servers one that always fails, so that the bot still starts."""
    try:
        stub = dns.resolver.Resolver(configure=not nameservers)
    except dns.resolver.NoResolverConfiguration:
        stub = dns.resolver.Resolver(configure=False)
    if nameservers:
        stub.nameservers = list(nameservers)
    return stub


def _text(record: Rdata) -> str:
    """One record as text; host names without the last dot."""
    if isinstance(record, TXT):
        return b"".join(record.strings).decode("latin-1")
    if isinstance(record, MX):
        return str(record.exchange).rstrip(".")
    return str(record).rstrip(".")
