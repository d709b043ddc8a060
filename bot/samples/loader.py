"""Makes raw messages of the sample mails: sent just now, to us, each with a Message-ID of its own."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from enrichment.models import RawMessage

FOLDER = Path(__file__).parent / "mails"
ACCOUNT = "samples"
# Between two mails, so that they are seen to have come one after the other.
APART = timedelta(minutes=3)
# The mails are kept as their writers wrote them: a line is folded anew only where we change it.
_POLICY = SMTP.clone(refold_source="none")


def sample_mails(recipient: str, now: datetime) -> list[RawMessage]:
    """The samples in the order in which they came, the last one some minutes ago.

    The identity names the file alone, so that the store takes a sample once until it is removed; the Message-ID is new
    each time, for an earlier one may be remembered elsewhere.
    """
    files = sorted(FOLDER.glob("*.eml"))
    token = secrets.token_hex(6)
    moments = [now - APART * (len(files) - number) for number in range(len(files))]
    return [_raw(file, recipient, moment, token) for file, moment in zip(files, moments, strict=True)]


def _raw(file: Path, recipient: str, moment: datetime, token: str) -> RawMessage:
    mail = BytesParser(EmailMessage, policy=_POLICY).parsebytes(file.read_bytes())
    sender = str(mail["Return-Path"]).strip("<> ")
    _set(mail, "To", recipient)
    _set(mail, "Date", format_datetime(moment))
    _set(mail, "Message-ID", f"<{token}.{str(mail['Message-ID']).strip('<> ')}>")
    return RawMessage(
        channel="smtp",
        identity=hashlib.sha256(f"leadbot sample {file.name}".encode()).hexdigest(),
        account=ACCOUNT,
        content=mail.as_bytes(),
        received_at=moment,
        mail_from=sender,
        rcpt_tos=(recipient,),
        sample=True,
    )


def _set(mail: EmailMessage, name: str, value: str) -> None:
    """Replace a header where it stands."""
    mail.replace_header(name, value)
