"""Addresses that lead an answer back to its lead: `leads+1042.3f0c…@shop.example`, signed so that none can be guessed.

A token says which lead is meant, not who writes: a match must still be a participant (see thread.py).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

_SIGNED = 16  # hexadecimal digits, 64 bits: enough against guessing by mail, and the local part stays below 64
_MOST_READ = 100
_TOKEN = re.compile(rf"\+(\d{{1,15}})\.([0-9a-f]{{{_SIGNED}}})$")


def token_address(address: str, lead_id: int, key: bytes) -> str:
    """The address to answer to about that lead; address: one of ours; key: a secret of this installation.

    Raises ValueError when the address has no room for the token.
    """
    local, _, domain = address.rpartition("@")
    plain = local.partition("+")[0]
    token = f"{plain}+{lead_id}.{_sign(lead_id, key)}"
    if not plain or not domain or len(token) > 64:
        raise ValueError(f"no token fits into the address {address}")
    return f"{token}@{domain}"


def leads_by_token(recipients: Iterable[str], key: bytes) -> tuple[int, ...]:
    """The leads whose tokens are among the recipients, each once; a token that we did not sign is none."""
    found: dict[int, None] = {}
    for recipient, _ in zip(recipients, range(_MOST_READ), strict=False):
        match = _TOKEN.search(recipient.lower().rpartition("@")[0][-80:])
        if match and hmac.compare_digest(match[2], _sign(int(match[1]), key)):
            found.setdefault(int(match[1]))
    return tuple(found)


def _sign(lead_id: int, key: bytes) -> str:
    return hmac.new(key, f"lead:{lead_id}".encode(), hashlib.sha256).hexdigest()[:_SIGNED]
