"""Who is at the other end of a connection: one name for one client, and which networks are our own."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
# One customer of a provider owns at least this much of IPv6, and could come from another address each time.
IPV6_PREFIX = 64


def address_of(peername: Any) -> Address | None:
    """The address of a transport's peer, as IPv4 where it is one; None for a Unix socket."""
    if not isinstance(peername, tuple) or not peername:
        return None
    return plain(ipaddress.ip_address(str(peername[0]).partition("%")[0]))


def plain(address: Address) -> Address:
    """The IPv4 address in an IPv4-mapped IPv6 one, else the address itself."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def counted_as(address: Address) -> Network:
    """What an address is counted as: itself, or its /64."""
    prefix = IPV6_PREFIX if isinstance(address, IPv6Address) else 32
    return ipaddress.ip_network((address, prefix), strict=False)


def is_within(address: Address | None, networks: Iterable[Network]) -> bool:
    """Whether an address is in one of the networks; a Unix socket, which is on this machine, always is."""
    return address is None or any(address in network for network in networks)
