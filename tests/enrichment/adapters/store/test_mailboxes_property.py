"""Whatever a server and a poller that is cut off go through, each mail is stored once."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.adapters.store.engine import Database, make_engine
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.mailboxes import Cursor, Fetched
from tests.enrichment.mailbox import SHOP, fetched
from tests.enrichment.parts import Parts, SetClock

FOLDERS = ("INBOX", "Junk")


@dataclass
class Folder:
    """One folder of a server: its mails by UID."""

    name: str
    validity: int = 1
    next_uid: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)

    def deliver(self, content: bytes) -> None:
        """A mail comes in."""
        self.mails[self.next_uid] = content
        self.next_uid += 1

    def renumber(self) -> None:
        """The server moves house: new UIDs, in another order."""
        kept = list(self.mails.values())[::-1]
        self.validity, self.next_uid, self.mails = self.validity + 1, 1, {}
        for content in kept:
            self.deliver(content)

    def after(self, uid: int) -> list[Fetched]:
        """The mails above a UID."""
        found = ((other, content) for other, content in sorted(self.mails.items()) if other > uid)
        return [fetched(other, content, validity=self.validity, folder=self.name) for other, content in found]


def poll(boxes: Mailboxes, folder: Folder, steps: int, size: int) -> Cursor:
    """Read a folder as a poller does, in batches of this size, cut off after so many transactions."""
    cursor = boxes.cursor(SHOP, folder.name)
    if cursor is None:
        cursor = boxes.begin(SHOP, folder.name, folder.validity, folder.next_uid - 1)
    elif cursor.uidvalidity != folder.validity:
        cursor = boxes.begin(SHOP, folder.name, folder.validity, 0, since_uid=folder.next_uid - 1)
    waiting = folder.after(cursor.last_uid)
    old = [mail for mail in waiting if mail.uid <= cursor.since_uid]
    new = [mail for mail in waiting if mail.uid > cursor.since_uid]
    batches = [(mails[at : at + size], mails is old) for mails in (old, new) for at in range(0, len(mails), size)]
    for batch, rescan in batches[:steps]:
        last = batch[-1].uid
        boxes.store(SHOP, folder.name, folder.validity, batch, last_uid=last, rescan=rescan, errands=True)
    found = boxes.cursor(SHOP, folder.name)
    assert found is not None
    assert found.last_uid >= cursor.last_uid
    return found


MOVES = st.one_of(
    # Few different mails, so that copies are common.
    st.tuples(st.just("deliver"), st.integers(0, 1), st.integers(0, 2)),
    st.tuples(st.just("poll"), st.integers(0, 1), st.integers(0, 3)),
    st.tuples(st.just("renumber"), st.integers(0, 1), st.just(0)),
)


@settings(max_examples=40, deadline=None)
@given(moves=st.lists(MOVES, max_size=30), size=st.integers(1, 3))
def test_each_mail_is_stored_once(migrated_file: Path, moves: list[tuple[str, int, int]], size: int) -> None:
    """Through renumberings, polls that are cut off anywhere, and mails that are equal to the byte."""
    with tempfile.TemporaryDirectory() as place:
        shutil.copy(migrated_file, file := Path(place, "leadbot.db"))
        engine = make_engine(f"sqlite:///{file}")
        try:
            _run(Parts(Database(engine), SetClock()), moves, size)
        finally:
            engine.dispose()


def _run(parts: Parts, moves: list[tuple[str, int, int]], size: int) -> None:
    boxes = Mailboxes(parts.database, parts.clock)
    server = [Folder(name) for name in FOLDERS]
    for folder in server:
        poll(boxes, folder, 0, size)
    for move, number, value in moves:
        match move:
            case "deliver":
                server[number].deliver(b"mail %d" % value)
            case "renumber":
                server[number].renumber()
            case _:
                poll(boxes, server[number], value, size)
    for folder in server:
        # The hardest end: a copy of what may be here already comes in just before a renumbering.
        folder.deliver(b"mail 0")
        folder.renumber()
        cursor = poll(boxes, folder, 99, size)
        assert boxes.stored(SHOP, folder.name, folder.validity, folder.mails) == set(folder.mails)
        assert cursor.last_uid == folder.next_uid - 1
    with parts.engine.begin() as connection:
        held = Counter(bytes(row[0]) for row in connection.exec_driver_sql("SELECT content FROM messages"))
    assert held == Counter(content for folder in server for content in folder.mails.values())
