"""What is done with a mail on the server once it is stored: marked as seen, or moved. Best effort, never the truth.

An errand that fails stays with the store and is run again at the next poll.
"""

from __future__ import annotations

import imaplib
from collections.abc import Sequence

import structlog

from channels.mail.imap_server import Server
from channels.mail.imap_trouble import words
from channels.mail.imap_wire import Client
from enrichment.mailboxes import Errand, MailboxStore

log = structlog.get_logger(__name__)

# So many a poll, so that a long list of them does not keep new mail waiting.
MOST = 500
CHUNK = 50
# Copied mails that are not yet removed come twice when the connection breaks between the two.
COPY_CHUNK = 5
_SERVERS = 2**32


def run(server: Server, store: MailboxStore, folder: str) -> int:
    """Run what is owed to a folder; how many are left. Raises RetryLater when the connection breaks."""
    name = server.mailbox.name
    cursor = store.cursor(name, folder)
    owed = store.errands(name, folder, MOST)
    if cursor is None or not owed:
        return 0
    # The UIDs of an earlier UIDVALIDITY mean other mails now.
    lapsed = [errand for errand in owed if errand.uidvalidity != cursor.uidvalidity]
    if lapsed:
        store.ran(name, folder, lapsed)
    current = [errand for errand in owed if errand.uidvalidity == cursor.uidvalidity]
    if current and _opened(server, folder, cursor.uidvalidity % _SERVERS):
        size = COPY_CHUNK if server.mailbox.after == "move" and not _has(server, "MOVE") else CHUNK
        for begin in range(0, len(current), size):
            _run(server, store, folder, current[begin : begin + size])
    return len(store.errands(name, folder, MOST))


def _opened(server: Server, folder: str, uidvalidity: int) -> bool:
    """Open the folder for changes. False when it is another one by now: then the next poll sees to it."""
    with server.asking() as client:
        try:
            opened = client.select_folder(folder)
        except imaplib.IMAP4.readonly as error:  # which imaplib takes for a broken connection
            raise imaplib.IMAP4.error('the folder cannot be changed; set after = "leave"') from error
        return bool(opened.get(b"UIDVALIDITY") == uidvalidity)


def _run(server: Server, store: MailboxStore, folder: str, errands: Sequence[Errand]) -> None:
    uids = [errand.uid for errand in errands]
    with server.asking() as client:
        if server.mailbox.after == "move":
            _move(client, uids, server.mailbox.move_to)
        else:
            client.add_flags(uids, [rb"\Seen"], silent=True)
    store.ran(server.mailbox.name, folder, errands)


def _move(client: Client, uids: Sequence[int], to: str) -> None:
    act = _by_move if client.has_capability("MOVE") else _by_copy
    try:
        act(client, uids, to)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        if "TRYCREATE" not in str(error):
            raise
        log.info("the folder to move mail into is made", folder=to, why=words(error))
        client.create_folder(to)
        act(client, uids, to)


def _by_move(client: Client, uids: Sequence[int], to: str) -> None:
    client.move(uids, to)


def _by_copy(client: Client, uids: Sequence[int], to: str) -> None:
    """Without MOVE. A plain EXPUNGE would also remove what somebody else has marked: without UIDPLUS the mark stays."""
    client.copy(uids, to)
    client.add_flags(uids, [rb"\Deleted"], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)


def _has(server: Server, capability: str) -> bool:
    with server.asking() as client:
        found: bool = client.has_capability(capability)
    return found
