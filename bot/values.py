"""Checks of single values that settings and the [[business]] tables share; each raises ValueError in words."""

from __future__ import annotations

import ipaddress
import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

# A person's id in Slack; U of a team, W of an organisation.
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_SERVER_NAME = re.compile(r"[a-z0-9_.-]{1,253}")
_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?([KMGT])B", re.ASCII | re.IGNORECASE)
_UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def addresses(value: Any) -> tuple[str, ...]:
    """E-mail addresses in lower case, from a list or from text with commas; at least one."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("should be e-mail addresses")
    found = tuple(part.strip().lower() for part in parts if part.strip())
    if not found or not all(_ADDRESS.fullmatch(address) for address in found):
        raise ValueError("should be e-mail addresses separated by commas")
    return found


def slack_users(value: Any) -> tuple[str, ...]:
    """Slack user ids, from a list or from text with commas; none is allowed."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("should be Slack user ids")
    found = tuple(part.strip().upper() for part in parts if part.strip())
    if not all(_SLACK_USER.fullmatch(user) for user in found):
        raise ValueError("should be Slack user ids separated by commas, as a profile in Slack copies them")
    return found


def slack_channels(value: Any) -> tuple[str, ...]:
    """Names or ids of Slack channels, from a list or from text with commas; none is allowed."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("should be names of Slack channels")
    found = tuple(part.strip().removeprefix("#") for part in parts if part.strip())
    if any(not name or len(name) > 80 or any(sign.isspace() for sign in name) for name in found):
        raise ValueError("should be names or ids of Slack channels separated by commas")
    return found


def country(value: str) -> str:
    """A two-letter country that phone numbers are known of, in capitals."""
    if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("is not a two-letter country code")
    return value.upper()


def zone(value: str) -> str:
    """A time zone that is there."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone of the IANA list") from error
    return value


def networks(value: Any) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks or single addresses, from a list or from text with commas; may be none."""
    parts = value.split(",") if isinstance(value, str) else value
    try:
        found = [ipaddress.ip_network(str(part).strip(), strict=False) for part in parts if str(part).strip()]
    except (TypeError, ValueError) as error:
        raise ValueError("should be networks separated by commas") from error
    return tuple(found)


def server_names(value: Any) -> tuple[str, ...]:
    """Names of servers in lower case, from a list or from text with commas; may be none."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("should be names of servers")
    found = tuple(part.strip().lower() for part in parts if part.strip())
    if not all(_SERVER_NAME.fullmatch(name) for name in found):
        raise ValueError("should be names of servers separated by commas")
    return found


def endpoint(value: str) -> tuple[str, int] | Path | None:
    """Where to listen: host and port, the path of a Unix socket, None for the empty text."""
    if not value:
        return None
    if value.startswith("/"):
        return Path(value)
    host, _, port = value.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise ValueError("should be host:port, the path of a Unix socket, or empty")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its loopback address or by the name of it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def size(value: str) -> int:
    """Bytes of a size with its unit, as `500MB` or `1.5 GB`; 0 needs none."""
    if value == "0":
        return 0
    found = _SIZE.fullmatch(value)
    if found is None:
        raise ValueError("should be a size with its unit: KB, MB, GB or TB")
    return int(float(found[1]) * _UNITS[found[2].upper()])
