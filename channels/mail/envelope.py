"""What one SMTP conversation delivered, as a raw message: envelope and bytes, and what tells two sendings apart."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime

from aiosmtpd.smtp import Envelope, Session

from enrichment.models import RawMessage

HEADER_BYTES = 65_536
_STAMP = re.compile(rb"^(?:message-id|date)[ \t]*:[ \t]*\S", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f]")


def raw_message(session: Session, envelope: Envelope, account: str, received_at: datetime) -> RawMessage:
    """The message. account: the listener that it came to."""
    content = envelope.original_content or b""
    # The null sender `<>` of bounces is stored as the empty string that RFC 5321 means by it.
    mail_from = "" if envelope.mail_from in (None, "<>") else safe(str(envelope.mail_from))
    rcpt_tos = tuple(safe(address) for address in envelope.rcpt_tos)
    return RawMessage(
        channel="smtp",
        identity=identity_of(mail_from, rcpt_tos, content),
        account=account,
        content=content,
        received_at=received_at,
        mail_from=mail_from,
        rcpt_tos=rcpt_tos,
        client_ip=_ip(session),
        helo=safe(str(session.host_name or ""), 255),
        tls=session.ssl is not None,
        stamped=_is_stamped(content),
    )


def _is_stamped(content: bytes) -> bool:
    """Whether its header holds a Message-ID or a Date."""
    return _STAMP.search(_BLANK_LINE.split(content[:HEADER_BYTES], maxsplit=1)[0]) is not None


def identity_of(mail_from: str, rcpt_tos: tuple[str, ...], content: bytes) -> str:
    """Hex sha256 of envelope and bytes: what a sender repeats when it did not see our 250."""
    identity = hashlib.sha256(json.dumps([mail_from, sorted(rcpt_tos)]).encode() + b"\0")
    identity.update(content)  # by itself: a large mail need not be copied
    return identity.hexdigest()


def safe(text: str, limit: int | None = None) -> str:
    """Text of the envelope that can be stored and sent back: valid Unicode without control characters."""
    return _UNSAFE.sub("?", text.encode("utf-8", "replace").decode("utf-8"))[:limit]


def _ip(session: Session) -> str | None:
    peer = session.peer
    return str(peer[0]) if isinstance(peer, tuple) and peer else None
