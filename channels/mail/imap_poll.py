"""One poll of one mailbox: each of its folders, what is owed to the server, and now and then what was overlooked.

One connection is kept between polls; one that has broken meanwhile is opened again without a word. Trouble with one
folder does not keep the others from being read, and is raised at the end.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import structlog

from channels.mail import imap_errands, imap_idle
from channels.mail.imap_fetch import Attempts
from channels.mail.imap_folder import FolderPoll
from channels.mail.imap_list import folders, junk_folders
from channels.mail.imap_server import Refused, Server
from channels.mail.imap_session import Credential, Mailbox, connect
from channels.mail.imap_trouble import words
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater
from enrichment.mailboxes import MailboxStore
from enrichment.ports import Clock

log = structlog.get_logger(__name__)

T = TypeVar("T")

# Large providers search a large folder for half a minute without a word.
TIMEOUT = 60.0
MOST_NAMED, LONGEST_NAMED = 10, 60


class Polled(NamedTuple):
    """new: how many mails were stored; errands: how many are still owed to the server."""

    new: int
    errands: int


class MailboxPoller:
    """Reads one mailbox; blocking, for one thread at a time, but `close` is for any.

    stored: called with how many new mails were stored, after each commit; may: False while none may be.
    timeout: seconds that the server may be silent.
    """

    def __init__(  # noqa: PLR0917 - as the composition root passes them, one by one
        self,
        mailbox: Mailbox,
        credential: Credential,
        store: MailboxStore,
        clock: Clock,
        stored: Callable[[int], None],
        may: Callable[[], bool],
        timeout: float = TIMEOUT,
    ) -> None:
        self._mailbox, self._credential = mailbox, credential
        self._store, self._clock = store, clock
        self._stored, self._may = stored, may
        self._timeout = timeout
        self._attempts = Attempts()
        self._server: Server | None = None
        self._junk: tuple[str, ...] | None = None
        self._uidnext: int | None = None
        self._socket: socket.socket | None = None
        self._complaint = ""
        self._busy = threading.Lock()
        self._ended = False

    def poll(self, *, sweep: bool = False) -> Polled:
        """Store what is new, and with `sweep` what was overlooked in the last days. Raises RetryLater, NeedsPerson."""
        self._ended = False
        polled = self._on_connection(lambda server: self._poll(server, sweep=sweep))
        if passed := self._attempts.passed:
            self._attempts.passed = []
            raise RetryLater(passed[0])
        return polled

    def idle(self, seconds: float) -> bool:
        """Wait at most so long for new mail in the first folder; False at once where the server has no IDLE."""
        self._ended = False
        return self._on_connection(lambda server: self._idle(server, seconds))

    def close(self) -> None:
        """Break off what is going on, from any thread; the next poll connects anew. Never raises."""
        self._ended = True
        if (found := self._socket) is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own, which first takes the TLS away: what the thread sends then would be readable.
                socket.socket.shutdown(found, socket.SHUT_RDWR)
        if self._busy.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._busy.release()

    def _on_connection(self, work: Callable[[Server], T]) -> T:
        """Do it on the kept connection, or on a new one when that is found to be broken."""
        with self._busy:
            kept = self._server
            if kept is not None:
                answered = kept.answered
                try:
                    return self._holding(work, kept)
                except RetryLater:
                    if self._server is not None or kept.answered > answered or self._ended:
                        raise
            return self._holding(work, self._connected())

    def _holding(self, work: Callable[[Server], T], server: Server) -> T:
        """Only where the server has answered to the end is the connection used again."""
        try:
            return work(server)
        except (Refused, NeedsPerson):
            raise
        except BaseException:
            self._drop()
            raise
        finally:
            if self._ended:
                self._drop()

    def _connected(self) -> Server:
        client = connect(self._mailbox, self._credential, timeout=self._timeout, opened=self._opened)
        self._server = Server(self._mailbox, client)
        return self._server

    def _opened(self, found: socket.socket) -> None:
        self._socket = found
        if self._ended:
            self.close()

    def _drop(self) -> None:
        if self._server is not None:
            self._server.client.drop()
        self._server = self._socket = None

    def _poll(self, server: Server, *, sweep: bool) -> Polled:
        troubles: list[LeadbotError] = []
        every = self._folders(server, troubles, sweep=sweep)
        new = sum(self._read(server, folder, troubles, junk=junk) for folder, junk in every)
        errands = sum(self._run_errands(server, folder) for folder in self._mailbox.folders)
        if sweep:
            new += sum(self._read(server, folder, troubles, junk=junk, sweep=True) for folder, junk in every)
        if troubles:  # what only a person can mend is what must be told
            raise next((each for each in troubles if isinstance(each, NeedsPerson)), troubles[0])
        return Polled(new, errands)

    def _folders(self, server: Server, troubles: list[LeadbotError], *, sweep: bool) -> list[tuple[str, bool]]:
        """Each folder to read, and whether it is Junk."""
        if self._mailbox.junk:
            self._junk = tuple(name for name in self._mailbox.junk if name not in self._mailbox.folders)
        elif self._junk is None or sweep:
            try:
                self._junk = junk_folders(server)
            except Refused as error:
                troubles.append(error)
        return [(name, False) for name in self._mailbox.folders] + [(name, True) for name in self._junk or ()]

    def _read(
        self, server: Server, folder: str, troubles: list[LeadbotError], *, junk: bool, sweep: bool = False
    ) -> int:
        poll = FolderPoll(
            server,
            folder,
            self._store,
            self._clock,
            junk=junk,
            attempts=self._attempts,
            stored=self._stored,
            may=self._may,
        )
        try:
            if sweep:
                poll.sweep()
            else:
                uidnext = poll.poll().uidnext
                self._uidnext = uidnext if folder == self._mailbox.folders[0] else self._uidnext
        except Refused as error:
            if trouble := self._explained(server, folder, error, junk=junk):
                troubles.append(trouble)
        return poll.new

    def _explained(self, server: Server, folder: str, error: Refused, *, junk: bool) -> LeadbotError | None:
        """What a refusal means: often that there is no such folder. None where it is Junk that we found ourselves."""
        names = [each.name for each in folders(server)]
        if folder in names or folder.upper() == "INBOX":
            return RetryLater(f"{error} (folder {folder})")
        if junk and not self._mailbox.junk:
            self._junk = None
            return None
        there = ", ".join(words(each)[:LONGEST_NAMED] for each in names[:MOST_NAMED])
        there += ", ..." if len(names) > MOST_NAMED else ""
        return NeedsPerson(
            f'{self._mailbox.name}: there is no folder "{folder}"; correct its name in leadbot.toml; there are: {there}'
        )

    def _run_errands(self, server: Server, folder: str) -> int:
        """Mark or move what is stored; a refusal leaves it for the next poll."""
        if self._mailbox.after == "leave":
            return 0
        try:
            left = imap_errands.run(server, self._store, folder)
        except Refused as error:
            if self._complaint != str(error):  # once, not at every poll
                log.warning("stored mail could not be marked or moved", why=str(error))
            self._complaint = str(error)
            return len(self._store.errands(self._mailbox.name, folder, imap_errands.MOST))
        self._complaint = ""
        return left

    def _idle(self, server: Server, seconds: float) -> bool:
        found = server.examine(self._mailbox.folders[0])
        if self._uidnext is not None and found.uidnext not in (None, self._uidnext):
            return True  # it came between the poll and now
        return imap_idle.wait(server, seconds)
