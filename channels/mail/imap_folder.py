"""One poll of one folder: what is new is stored, in the order of its UIDs, and the cursor with it in one commit.

Nothing is changed on the server, and only what is stored moves the cursor: a poll that breaks off is begun again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from channels.mail.imap_fetch import Attempts, Fetcher, batches
from channels.mail.imap_server import Examined, Server
from channels.mail.imap_session import Mailbox
from enrichment.mailboxes import Cursor, Fetched, MailboxStore
from enrichment.models import RawMessage
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

# How far back the sweep looks for what was overlooked, and a day for time zones: servers search by their own date.
SWEEP = timedelta(days=3)
ZONES = timedelta(days=1)
# UIDs whose sizes are asked for at once.
CHUNK = 200
# The server's UIDVALIDITY is in the lower bits of ours; the upper ones count its changes, so that none comes back.
SERVERS = 2**32


class FolderPoll:
    """A folder of a mailbox. junk: whether it is its Junk folder.

    stored: called with how many new mails were stored; may: False while none may be.
    """

    def __init__(
        self,
        server: Server,
        folder: str,
        store: MailboxStore,
        clock: Clock,
        *,
        junk: bool,
        attempts: Attempts,
        stored: Callable[[int], None],
        may: Callable[[], bool],
    ) -> None:
        self._mailbox, self._folder, self._junk = server.mailbox, folder, junk
        self._server, self._store, self._clock = server, store, clock
        self._attempts = attempts
        self._stored, self._may = stored, may
        self.new = 0
        self.halted = False

    def poll(self) -> Examined:
        """Store what is new; the folder stays examined. Raises RetryLater."""
        found = self._server.examine(self._folder)
        cursor = self._cursor(found)
        if cursor.last_uid < cursor.since_uid:
            self._rescan(cursor)
        last = max(cursor.last_uid, cursor.since_uid)
        if not self.halted and (found.uidnext is None or found.uidnext > last + 1):
            self._take(cursor, self._server.above(last))
        return found

    def sweep(self) -> None:
        """Store what came in the last days and was overlooked."""
        self._server.examine(self._folder)
        cursor = self._store.cursor(self._mailbox.name, self._folder)
        if cursor is None or cursor.last_uid < cursor.since_uid:
            return
        recent = self._server.since((self._clock.now() - SWEEP - ZONES).date())
        uids = [uid for uid in recent if cursor.since_uid < uid <= cursor.last_uid]
        known = self._store.stored(self._mailbox.name, self._folder, cursor.uidvalidity, uids)
        self._attempts.once_more(self._clock.now())
        self._take(cursor, [uid for uid in uids if uid not in known])

    def _cursor(self, found: Examined) -> Cursor:
        """Where to go on: at first behind what is there already; after a new UIDVALIDITY all is rescanned."""
        name, store = self._mailbox.name, self._store
        cursor = store.cursor(name, self._folder)
        if cursor is None:
            return store.begin(name, self._folder, found.uidvalidity, self._top(found))
        same = cursor.uidvalidity % SERVERS == found.uidvalidity
        if same and (found.uidnext is None or found.uidnext > max(cursor.last_uid, cursor.since_uid)):
            return cursor
        log.warning("the folder was made anew on the server", mailbox=name, folder=self._folder)
        again = (cursor.uidvalidity // SERVERS + 1) * SERVERS + found.uidvalidity
        return store.begin(name, self._folder, again, 0, since_uid=self._top(found))

    def _top(self, found: Examined) -> int:
        return self._server.highest() if found.uidnext is None else found.uidnext - 1

    def _rescan(self, cursor: Cursor) -> None:
        """What came since we first read the folder may hold what we have not; the store knows the rest by its bytes."""
        now = self._clock.now()
        # A folder that was begun in the future was begun by a clock that was wrong.
        begun_at = cursor.begun_at if cursor.begun_at <= now else now - SWEEP
        recent = self._server.since((begun_at - ZONES).date())
        self._take(cursor, [uid for uid in recent if cursor.last_uid < uid <= cursor.since_uid], rescan=True)
        if not self.halted:
            self._keep(cursor, [], last_uid=cursor.since_uid)

    def _take(self, cursor: Cursor, uids: Sequence[int], *, rescan: bool = False) -> None:
        """Fetch and store these, a batch a commit, as long as there is room."""
        fetcher = Fetcher(self._server, self._folder, cursor.uidvalidity, self._attempts)
        for begin in range(0, len(uids), CHUNK):
            part = uids[begin : begin + CHUNK]
            sizes = fetcher.sizes(part)
            for batch in batches(part, sizes, self._mailbox.largest, fetcher.alone):
                if not self._may():
                    self.halted = True
                    return
                mails = [Fetched(uid, self._raw(cursor, uid, *mail)) for uid, mail in fetcher.mails(batch, sizes)]
                self._keep(cursor, mails, last_uid=batch[-1], rescan=rescan)

    def _keep(self, cursor: Cursor, mails: Sequence[Fetched], *, last_uid: int, rescan: bool = False) -> None:
        accepted = self._store.store(
            self._mailbox.name,
            self._folder,
            cursor.uidvalidity,
            mails,
            last_uid=last_uid,
            errands=self._mailbox.after != "leave" and not self._junk,
            rescan=rescan,
        )
        if new := sum(each.new for each in accepted):
            self.new += new
            self._stored(new)

    def _raw(self, cursor: Cursor, uid: int, content: bytes, cut_from: int | None) -> RawMessage:
        raw = raw_of(self._mailbox, self._folder, cursor.uidvalidity, uid, content, self._clock.now())
        return raw.model_copy(update={"junk": self._junk, "cut_from": cut_from})


def raw_of(  # noqa: PLR0917 - where it lies, then what it is
    mailbox: Mailbox, folder: str, uidvalidity: int, uid: int, content: bytes, received_at: datetime
) -> RawMessage:
    """A mail as it is stored, known by the place where it lies."""
    key = json.dumps([mailbox.name, folder, uidvalidity, uid])
    return RawMessage(
        channel="imap",
        identity=hashlib.sha256(key.encode()).hexdigest(),
        account=mailbox.name,
        content=content,
        received_at=received_at,
        rcpt_tos=mailbox.recipients,
        tls=mailbox.security != "none",
    )
