"""Stored messages for tests of what is done with their envelope."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from enrichment.models import ChannelName, RawMessage

HEADER = b"Authentication-Results: mx.us.example; dmarc=fail header.from=acme.example\r\n"
MAIL = b"From: ana@acme.example\r\n\r\nHello\r\n"


def message(
    client_ip: str | None = "198.51.100.9",
    *,
    channel: ChannelName = "smtp",
    account: str = "smtp",
    sample: bool = False,
    content: bytes = HEADER + MAIL,
) -> RawMessage:
    """A stored message that came from that address."""
    return RawMessage(
        channel=channel,
        identity=hashlib.sha256(content).hexdigest(),
        account=account,
        content=content,
        received_at=datetime(2026, 1, 5, tzinfo=UTC),
        mail_from="ana@acme.example",
        client_ip=client_ip,
        helo="mail.acme.example",
        sample=sample,
    )
