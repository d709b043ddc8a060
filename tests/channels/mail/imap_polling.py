"""A process that polls one mailbox without pause, to be killed: PORT USER DATABASE-URL AFTER."""

from __future__ import annotations

import contextlib
import sys
from datetime import UTC, datetime

from channels.mail.imap_poll import MailboxPoller
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.errors import RetryLater
from tests.channels.mail.polled import Password, mailbox_at


class _Now:
    """The system's clock."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)


def main(port: str, user: str, url: str, after: str) -> None:
    """Poll for ever."""
    mailbox = mailbox_at(int(port), user=user, after=after, move_to="Processed")
    store = Mailboxes(Database(make_engine(url)), _Now())
    poller = MailboxPoller(mailbox, Password(), store, _Now(), lambda _: None, lambda: True, timeout=5)
    sys.stdout.write("polling\n")
    sys.stdout.flush()
    while True:
        with contextlib.suppress(RetryLater):
            poller.poll()


if __name__ == "__main__":
    main(*sys.argv[1:])
