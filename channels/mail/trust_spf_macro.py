"""Fills the macros of SPF in (RFC 7208, 7): `%{i}` and its like become parts of the envelope."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import quote

from channels.mail.trust_spf_record import SpfError

_MACRO = re.compile(r"%(?:([%_-])|\{([A-Za-z])([0-9]{0,5})([rR]?)([.\-+,/_=]{0,7})\})")
_LITERALS = {"%": "%", "_": " ", "-": "%20"}
_MAX_NAME = 253


class Envelope(NamedTuple):
    """What a check is about: who connected, and whom they said they were. sender: always with a local part."""

    ip: IPv4Address | IPv6Address
    sender: str
    helo: str


def expand(spec: str, domain: str, envelope: Envelope, validated: Callable[[], str]) -> str:
    """The domain that a domain-spec means; of one that is too long the last labels.

    validated: gives the client's proven host name, asked only when a macro needs it.
    """

    def fill(macro: re.Match[str]) -> str:
        if macro[1]:
            return _LITERALS[macro[1]]
        value = validated() if macro[2] in "pP" else _value(macro[2].lower(), domain, envelope)
        value = _transformed(value, macro[3], macro[4], macro[5])
        return quote(value, safe="") if macro[2].isupper() else value

    return _shortened(_MACRO.sub(fill, spec).rstrip("."))


def _value(letter: str, domain: str, envelope: Envelope) -> str:
    local, _, sender_domain = envelope.sender.rpartition("@")
    values = {
        "s": envelope.sender,
        "l": local,
        "o": sender_domain,
        "d": domain,
        "i": dotted(envelope.ip),
        "v": "in-addr" if envelope.ip.version == 4 else "ip6",
        "h": envelope.helo,
    }
    return values[letter]


def _transformed(value: str, digits: str, reverse: str, delimiters: str) -> str:
    if digits and int(digits) == 0:
        raise SpfError("a macro of no labels")
    parts = re.split(f"[{re.escape(delimiters or '.')}]", value)
    if reverse:
        parts.reverse()
    return ".".join(parts[-int(digits) :] if digits else parts)


def dotted(ip: IPv4Address | IPv6Address) -> str:
    """The address as `%{i}` writes it: IPv6 as 32 nibbles with dots."""
    return str(ip) if ip.version == 4 else ".".join(ip.exploded.replace(":", ""))


def _shortened(name: str) -> str:
    """The last labels that fit into a name."""
    return name if len(name) <= _MAX_NAME else name[-_MAX_NAME - 1 :].partition(".")[2]
