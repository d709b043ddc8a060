"""SPF records as data (RFC 7208, 4.6 and 12). One wrong term makes the whole record wrong, before anything is asked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

_MACRO = r"(?:%%|%_|%-|%\{[slodiphvSLODIPHV][0-9]{0,5}[rR]?[.\-+,/_=]{0,7}\}|[\x21-\x24\x26-\x7e])"
_MACRO_STRING = re.compile(_MACRO + "{0,1000}")
_ENDS_WELL = re.compile(r".*(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?\.?|%\{[^}]{1,20}\})", re.DOTALL)
_ALL_DIGITS_LAST = re.compile(r"\.[0-9]{1,64}\.?$")
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,63})=(.*)", re.DOTALL)
_MECHANISM = re.compile(r"([+\-?~]?)([A-Za-z][A-Za-z0-9]{0,15})(.*)", re.DOTALL)
_LENGTHS = re.compile(r"(?P<rest>[^/].*?|)(?:/(?P<v4>0|[1-9][0-9]?))?(?://(?P<v6>0|[1-9][0-9]{0,2}))?", re.DOTALL)
_RESULTS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_MAX_TERMS = 500
# Whether a mechanism must (True), may (None) or must not (False) be followed by a domain.
_DOMAINS = {"all": False, "include": True, "exists": True, "a": None, "mx": None, "ptr": None}


class SpfError(Exception):
    """The record is wrong, or asks for more than a record may: the verdict is `permerror`."""


class Mechanism(NamedTuple):
    """One test of a record. result: the verdict when it matches; domain: unexpanded, empty for the one in question."""

    result: str
    name: str
    domain: str = ""
    v4: int = 32
    v6: int = 128
    network: IPv4Network | IPv6Network | None = None


class Record(NamedTuple):
    """A whole record; redirect is empty when there is none."""

    mechanisms: tuple[Mechanism, ...]
    redirect: str


def choose(texts: Sequence[str]) -> str | None:
    """The SPF record among a name's TXT records, None when there is none. Raises SpfError when there are several."""
    found = [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
    if len(found) > 1:
        raise SpfError("several records")
    return found[0] if found else None


def read_record(text: str) -> Record:
    """The terms of a record. Raises SpfError."""
    terms = [term for term in text[len("v=spf1") :].split(" ") if term]
    if len(terms) > _MAX_TERMS:
        raise SpfError("too many terms")
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in terms:
        if modifier := _MODIFIER.fullmatch(term):
            _add_modifier(modifiers, modifier[1].lower(), modifier[2])
        else:
            mechanisms.append(_mechanism(term))
    return Record(tuple(mechanisms), modifiers.get("redirect", ""))


def _add_modifier(modifiers: dict[str, str], name: str, value: str) -> None:
    if name not in {"redirect", "exp"}:
        if not _MACRO_STRING.fullmatch(value):
            raise SpfError(f"wrong value of {name}")
        return
    if name in modifiers:
        raise SpfError(f"{name} twice")
    modifiers[name] = _domain(value)


def _mechanism(term: str) -> Mechanism:
    parts = _MECHANISM.fullmatch(term)
    if not parts:
        raise SpfError("no mechanism")
    result, name, rest = _RESULTS[parts[1]], parts[2].lower(), parts[3]
    if name in {"ip4", "ip6"}:
        return Mechanism(result, name, network=_network(name, rest))
    if name not in _DOMAINS:
        raise SpfError("unknown mechanism")
    v4, v6 = 32, 128
    if name in {"a", "mx"}:
        rest, v4, v6 = _prefix_lengths(rest)
    return Mechanism(result, name, _domain_after(rest, wanted=_DOMAINS[name]), v4, v6)


def _prefix_lengths(rest: str) -> tuple[str, int, int]:
    """What stands before `/24//64`, and these two numbers."""
    found = _LENGTHS.fullmatch(rest)
    if not found:
        raise SpfError("wrong prefix length")
    v4, v6 = int(found["v4"] or 32), int(found["v6"] or 128)
    if v4 > 32 or v6 > 128:
        raise SpfError("wrong prefix length")
    return found["rest"], v4, v6


def _domain_after(rest: str, *, wanted: bool | None) -> str:
    if not rest:
        if wanted:
            raise SpfError("a domain is missing")
        return ""
    if wanted is False or not rest.startswith(":"):
        raise SpfError("wrong mechanism")
    return _domain(rest[1:])


def _domain(spec: str) -> str:
    """The domain-spec, checked: visible ASCII, known macros, and at its end a possible top-level domain or a macro."""
    if not _MACRO_STRING.fullmatch(spec) or not _ENDS_WELL.fullmatch(spec) or _ALL_DIGITS_LAST.search(spec):
        raise SpfError("wrong domain")
    return spec


def _network(name: str, rest: str) -> IPv4Network | IPv6Network:
    address, slash, length = rest.removeprefix(":").partition("/")
    if not rest.startswith(":") or (slash and not re.fullmatch(r"0|[1-9][0-9]{0,2}", length)) or "%" in address:
        raise SpfError("wrong network")
    try:
        kind = IPv4Network if name == "ip4" else IPv6Network
        return kind(f"{address}{slash}{length}", strict=False)
    except (ipaddress.AddressValueError, ipaddress.NetmaskValueError, ValueError) as error:
        raise SpfError("wrong network") from error
