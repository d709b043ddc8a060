"""aiosmtpd's connection without the work that it repeats for each client and each command.

aiosmtpd 1.4.6 looks up its own methods by inspection whenever somebody connects, and takes every address apart with the
parser of mail headers: together a third of the time that a small mail costs.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import defaultdict
from typing import Self

from aiosmtpd.smtp import SMTP

from channels.mail.reader import LineReader

# The plainest of RFC 5321's paths, and what may follow it; any other is left to aiosmtpd.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN_PATH = re.compile(rf"<({_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?: ([^(]*))?\Z")
_LONGEST_PLAIN = 320


class QuickSMTP(SMTP):
    """One connection, or the model that the connections of a server are made after."""

    _reader: LineReader

    def like(self, tls: ssl.SSLContext | None) -> Self:
        """A connection of its own with the same settings, without looking everything up again."""
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._begin(tls)  # noqa: SLF001 - of its own class
        return made

    def _begin(self, tls: ssl.SSLContext | None) -> None:
        """Take the place of what is the model's own."""
        reader = LineReader(limit=self.line_length_limit, loop=self.loop)
        asyncio.StreamReaderProtocol.__init__(self, reader, self._cb_client_connected, loop=self.loop)
        self.tls_context = tls
        size = self.command_size_limit
        self.command_size_limits = defaultdict(lambda: size)  # aiosmtpd's is one for the class
        self._smtp_methods = {verb: method.__func__.__get__(self) for verb, method in self._smtp_methods.items()}

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address and what follows it; None when it cannot be read."""
        plain = _PLAIN_PATH.match(arg) if len(arg) < _LONGEST_PLAIN else None
        if plain is None:
            found: tuple[str | None, str | None] = super()._getaddr(arg)
            return found
        return plain[1], (plain[2] or "").strip()
