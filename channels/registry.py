"""The one table of channels: the name in the ledger, and the class behind it."""

from __future__ import annotations

from channels.base import Channel
from channels.mail.smtp import SmtpChannel

CHANNELS: dict[str, type[Channel]] = {SmtpChannel.name: SmtpChannel}
