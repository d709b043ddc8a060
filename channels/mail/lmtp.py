"""The LMTP listener's connection: SMTP for a mail server on this machine, with one reply for each recipient."""

from __future__ import annotations

from typing import cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope

from channels.mail.smtp_connection import LeadSMTP


class LeadLMTP(LMTP, LeadSMTP):
    """One connection. The message is stored once, for all its recipients."""

    def answers(self, status: str) -> str:
        """The one outcome, as many times as there are recipients (RFC 2033, 4.2)."""
        return "\r\n".join([status] * len(cast("Envelope", self.envelope).rcpt_tos))
