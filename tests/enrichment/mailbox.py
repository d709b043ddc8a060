"""Mails of a polled mailbox, as a poller hands them to the store."""

from __future__ import annotations

import hashlib
from typing import Any

from enrichment.mailboxes import Fetched
from tests.enrichment.parts import SetClock, raw

SHOP, INBOX = "shop", "INBOX"


def fetched(uid: int, content: bytes, *, validity: int = 1, folder: str = INBOX, **changes: Any) -> Fetched:
    """One mail of the mailbox `shop`, unless told otherwise."""
    where = f"{changes.get('account', SHOP)}\0{folder}\0{validity}\0{uid}".encode("utf-8", "surrogatepass")
    known = {"channel": "imap", "account": SHOP, "identity": hashlib.sha256(where).hexdigest(), "mail_from": None}
    return Fetched(uid, raw(content, SetClock(), **(known | changes)))
