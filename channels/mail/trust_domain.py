"""Which domains belong to one organisation, by the Public Suffix List; it lies in the package, nothing is fetched."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from channels.mail.dns_lookup import is_name

# Two labels or more, the last of them no number: neither `localhost` nor an IP address.
_DOMAIN = re.compile(r"[a-z0-9_-][a-z0-9_.-]{0,252}\.[a-z0-9-]{0,62}[a-z][a-z0-9-]{0,62}")


def ascii_domain(domain: str) -> str:
    """The domain as the DNS writes it: lower case, foreign letters as `xn--`; empty when it is none."""
    plain = domain[:1000].strip().rstrip(".").lower()
    try:
        written = plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return written if is_name(written) and _DOMAIN.fullmatch(written) else ""


def domain_of(address: str) -> str:
    """The domain of an address as the DNS writes it; empty when there is none."""
    return ascii_domain(address.strip().strip("<>").rpartition("@")[2])


@lru_cache(maxsize=4096)
def organisation(domain: str) -> str:
    """The domain that somebody registered, `example.co.uk` for `a.b.example.co.uk`; itself where there is none above.

    domain: as the DNS writes it.
    """
    return _suffixes().privatesuffix(domain) or domain


def is_aligned(domain: str, author: str, *, strict: bool = False) -> bool:
    """Whether a proven domain speaks for the author's (RFC 7489, 3.1): the same one, or of the same organisation."""
    if not domain or not author:
        return False
    return domain == author or (not strict and organisation(domain) == organisation(author))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
