"""IDLE (RFC 2177): waiting until the server says that a folder has something new."""

from __future__ import annotations

import imaplib
import re
import time

from channels.mail.imap_server import Server

# A server that talks of anything else looks the same as one that hangs.
_NEWS = re.compile(rb"\* \d{1,10} (?:EXISTS|RECENT)\b", re.IGNORECASE)
_BYE = re.compile(rb"\* BYE\b", re.IGNORECASE)
MOST_LINES = 10_000


def wait(server: Server, seconds: float) -> bool:
    """Wait in the folder that is open, at most so long; False at once where the server has no IDLE.

    Raises RetryLater when the connection breaks, also because another thread has ended it.
    """
    with server.asking() as client:
        if not client.has_capability("IDLE"):
            return False
        connection = client.connection
        tag = connection._command("IDLE")  # noqa: SLF001 - as IMAPClient does
        while connection._get_response() is not None:  # noqa: SLF001
            if connection.tagged_commands[tag] is not None:  # refused
                del connection.tagged_commands[tag]
                return False
        _listen(connection, time.monotonic() + seconds)
        connection.wire.expect()  # the time limit of the command begins now
        connection.send(b"DONE\r\n")
        connection._get_tagged_response(tag)  # noqa: SLF001
    return True


def _listen(connection: imaplib.IMAP4, until: float) -> None:
    """Until there is news, or it is time."""
    for _ in range(MOST_LINES):
        left = until - time.monotonic()
        if left <= 0 or not connection.wire.waiting(left):
            return
        line = connection.readline()
        if not line:
            raise imaplib.IMAP4.abort("the server has closed the connection")
        if _BYE.match(line):
            raise imaplib.IMAP4.abort(line.decode("ascii", "replace"))
        if _NEWS.match(line):
            return
