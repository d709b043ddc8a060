"""What a mailbox of 50,000 mails costs: its first poll, and each poll that finds nothing, beside one of 100 mails."""

from __future__ import annotations

import contextlib
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bot.bootstrap import SystemClock
from channels.mail.imap_poll import MailboxPoller
from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.adapters.store.migrate import upgrade
from tests.benchmarks.figures import progress
from tests.channels.mail.polled import Password, letter, mailbox_at
from tests.servers.dovecot import Dovecot, running_dovecot

SMALL, LARGE = 100, 50_000
POLLS = 101


def measure(large: int = LARGE) -> None:
    """Measure and print."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        sys.stdout.write("dovecot-imapd is not installed\n")
        return
    sizes = {"small": SMALL, "large": large}
    with running_dovecot(Path(program), users=tuple(sizes)) as server:
        for user, count in sizes.items():
            progress(f"filling a mailbox with {count} mails")
            server.fill(count, letter(1), user=user)
        progress("")
        for user, count in sizes.items():
            _measure(server, user, count)


def _measure(server: Dovecot, user: str, count: int) -> None:
    with _poller(server, user) as poller:
        began = time.monotonic()
        poller.poll()
        first = time.monotonic() - began
        work = []
        for _ in range(POLLS):
            spent = time.process_time()
            poller.poll()
            work.append(1000 * (time.process_time() - spent))
    told = f"first poll {first:.2f} s, one without news {statistics.median(work):.2f} ms of CPU"
    sys.stdout.write(f"{count:>6} mails: {told} (90 %: {sorted(work)[POLLS * 9 // 10]:.2f} ms)\n")


@contextlib.contextmanager
def _poller(server: Dovecot, user: str) -> Iterator[MailboxPoller]:
    """A poller with a store of its own, which has never read this mailbox."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/store.db")
        upgrade(engine)
        clock = SystemClock()
        store = Mailboxes(Database(engine), clock)
        box = mailbox_at(server.port, user=user)
        poller = MailboxPoller(box, Password(), store, clock, lambda _new: None, lambda: True)
        try:
            yield poller
        finally:
            poller.close()
            engine.dispose()
