"""Polled mailboxes: each mail is stored once, with how far its folder was read, or neither is."""

from __future__ import annotations

import functools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.errors import RetryLater
from enrichment.mailboxes import Cursor, Errand, MailboxStore, Pulse
from tests.enrichment.mailbox import INBOX, SHOP, fetched
from tests.enrichment.parts import START, Parts, at_once

LONG = "Ж" * 999 + "\U0001f4ec"


@pytest.fixture
def boxes(parts: Parts) -> Mailboxes:
    """The mailboxes of a store."""
    return Mailboxes(parts.database, parts.clock)


def contents(parts: Parts) -> list[bytes]:
    """What was stored, oldest first."""
    with parts.engine.begin() as connection:
        return [bytes(row) for row in connection.execute(sa.text("SELECT content FROM messages ORDER BY id")).scalars()]


def test_folder_begins_where_it_is_told(boxes: Mailboxes, parts: Parts) -> None:
    """What is there before the first poll is passed over; somebody who begins it as well does not set it back."""
    store: MailboxStore = boxes
    assert store.cursor(SHOP, INBOX) is None
    first = Cursor(1, 7, 7, START)
    assert store.begin(SHOP, INBOX, 1, 7) == first
    store.store(SHOP, INBOX, 1, [fetched(8, b"a")], last_uid=8)
    parts.clock.move(60)
    assert store.begin(SHOP, INBOX, 1, 3) == first._replace(last_uid=8)
    assert store.cursor(SHOP, INBOX) == first._replace(last_uid=8)
    assert store.cursor("other", INBOX) is None


def test_new_numbering_begins_anew(boxes: Mailboxes, parts: Parts) -> None:
    """From the point that it is told; when the folder was first read stays. A numbering may take more than 32 bits."""
    boxes.begin(SHOP, INBOX, 1, 7)
    parts.clock.move(3600)
    again = (3 << 32) | 0xFFFFFFFF
    assert boxes.begin(SHOP, INBOX, again, 0, since_uid=5) == Cursor(again, 0, 5, START)
    boxes.store(SHOP, INBOX, again, [fetched(0xFFFFFFFF, b"a", validity=again)], last_uid=0xFFFFFFFF)
    assert boxes.cursor(SHOP, INBOX) == Cursor(again, 0xFFFFFFFF, 5, START)


def test_mail_is_stored_once_with_its_place(boxes: Mailboxes, parts: Parts) -> None:
    """The same batch again changes nothing and names the same rows; the cursor never goes back."""
    boxes.begin(SHOP, INBOX, 1, 0)
    batch = [fetched(3, b"c"), fetched(2, b"b")]
    new = boxes.store(SHOP, INBOX, 1, batch, last_uid=3)
    assert [accepted.new for accepted in new] == [True, True]
    again = boxes.store(SHOP, INBOX, 1, [*batch, fetched(1, b"a")], last_uid=1)
    assert [(accepted.id, accepted.new) for accepted in again[:2]] == [(accepted.id, False) for accepted in new]
    assert again[2].new
    assert sorted(contents(parts)) == [b"a", b"b", b"c"]
    assert boxes.stored(SHOP, INBOX, 1, [1, 2, 3, 4]) == {1, 2, 3}
    assert boxes.cursor(SHOP, INBOX) == Cursor(1, 3, 0, START)


def test_all_that_is_known_of_a_mail_is_kept(boxes: Mailboxes, parts: Parts) -> None:
    """To the byte, with whether it was in Junk, how much of it is missing and whether it was imported."""
    boxes.begin(SHOP, INBOX, 1, 0)
    content = bytes(range(256)) * 3
    (accepted,) = boxes.store(
        SHOP, INBOX, 1, [fetched(1, content, junk=True, cut_from=2**40, historical=True)], last_uid=1
    )
    stored = parts.messages.get(accepted.id)
    assert stored is not None
    assert (stored.content, stored.channel, stored.account) == (content, "imap", SHOP)
    assert (stored.junk, stored.cut_from, stored.historical) == (True, 2**40, True)
    plain = parts.messages.get(parts.accept(b"by SMTP"))
    assert plain is not None
    assert (plain.junk, plain.cut_from, plain.historical) == (False, None, False)


def test_server_that_tells_one_mail_twice(boxes: Mailboxes, parts: Parts) -> None:
    """One row, named for both."""
    boxes.begin(SHOP, INBOX, 1, 0)
    first, second = boxes.store(SHOP, INBOX, 1, [fetched(1, b"a"), fetched(1, b"a")], last_uid=1)
    assert first == second
    assert contents(parts) == [b"a"]


def test_a_poll_without_mail_moves_the_cursor(boxes: Mailboxes, parts: Parts) -> None:
    """As when all that was new is gone again."""
    boxes.begin(SHOP, INBOX, 1, 0)
    assert boxes.store(SHOP, INBOX, 1, [], last_uid=9) == []
    assert boxes.cursor(SHOP, INBOX) == Cursor(1, 9, 0, START)
    assert contents(parts) == []


@pytest.mark.parametrize("begun", [False, True])
def test_mail_of_another_numbering_is_refused_whole(boxes: Mailboxes, parts: Parts, *, begun: bool) -> None:
    """Another worker has begun the folder anew meanwhile, or nobody has; the next poll reads it as it is."""
    if begun:
        boxes.begin(SHOP, INBOX, 2, 0)
    with pytest.raises(RetryLater, match="shop: the folder 'INBOX' was numbered anew meanwhile") as caught:
        boxes.store(SHOP, INBOX, 1, [fetched(1, b"a")], last_uid=1)
    assert "\n" not in str(caught.value)
    assert contents(parts) == []
    assert boxes.cursor(SHOP, INBOX) == (Cursor(2, 0, 0, START) if begun else None)


@pytest.mark.parametrize("folder", [LONG, "a\0b", "a\ud800", "\n\"'\\%_", " INBOX", "ＩＮＢＯＸ", ""])
def test_any_name_of_a_folder(boxes: Mailboxes, folder: str) -> None:
    """However long and in whatever letters; names that differ in anything are two folders."""
    boxes.begin(SHOP, INBOX, 1, 5)
    boxes.begin(SHOP, folder, 2, 0)
    boxes.begin(SHOP, folder + "x", 3, 0)
    boxes.store(SHOP, folder, 2, [fetched(1, b"a", validity=2, folder=folder)], last_uid=1, errands=True)
    assert boxes.cursor(SHOP, folder) == Cursor(2, 1, 0, START)
    assert boxes.cursor(SHOP, INBOX) == Cursor(1, 5, 5, START)
    assert boxes.errands(SHOP, folder, 9) == [Errand(2, 1)]
    assert boxes.errands(SHOP, folder + "x", 9) == []


def test_names_that_a_database_would_make_one_are_two_folders(boxes: Mailboxes) -> None:
    """What no database takes is replaced in the name, and not in what tells folders apart."""
    for number, folder in enumerate(("a\0", "a\ud800", "a\ufffd"), 1):
        boxes.begin(SHOP, folder, number, 0)
    assert [boxes.cursor(SHOP, folder) for folder in ("a\0", "a\ud800", "a\ufffd")] == [
        Cursor(number, 0, 0, START) for number in (1, 2, 3)
    ]


def test_sweep_asks_about_thousands(boxes: Mailboxes) -> None:
    """More than a statement takes; a folder that was never read holds none."""
    boxes.begin(SHOP, INBOX, 1, 0)
    boxes.store(SHOP, INBOX, 1, [fetched(uid, b"%d" % uid) for uid in (1, 1500, 2500)], last_uid=2500)
    assert boxes.stored(SHOP, INBOX, 1, range(1, 2501)) == {1, 1500, 2500}
    assert boxes.stored(SHOP, INBOX, 2, [1]) == set()
    assert boxes.stored(SHOP, "Junk", 1, [1]) == set()
    assert boxes.stored(SHOP, INBOX, 1, []) == set()


def test_rescan_stores_what_is_new_alone(boxes: Mailboxes, parts: Parts) -> None:
    """And counts copies: of three mails with the same bytes one is new where two were here."""
    boxes.begin(SHOP, INBOX, 1, 0)
    old = boxes.store(SHOP, INBOX, 1, [fetched(1, b"a"), fetched(2, b"b"), fetched(3, b"a")], last_uid=3)
    boxes.begin(SHOP, INBOX, 2, 0, since_uid=5)
    mails = [fetched(uid, content, validity=2) for uid, content in enumerate((b"a", b"a", b"b", b"c", b"a"), 1)]
    first = boxes.store(SHOP, INBOX, 2, mails[:2], last_uid=2, rescan=True)
    assert sorted(accepted.id for accepted in first) == [old[0].id, old[2].id]
    rest = boxes.store(SHOP, INBOX, 2, mails[2:], last_uid=5, rescan=True)
    assert [accepted.new for accepted in rest] == [False, True, True]
    assert contents(parts) == [b"a", b"b", b"a", b"c", b"a"]
    assert boxes.stored(SHOP, INBOX, 2, range(9)) == {1, 2, 3, 4, 5}
    # Broken off after the commit and done again, it finds the places that it has given.
    again = boxes.store(SHOP, INBOX, 2, mails, last_uid=5, rescan=True)
    assert [accepted.id for accepted in again] == [accepted.id for accepted in [*first, *rest]]
    assert len(contents(parts)) == 5


def test_rescan_after_rescan(boxes: Mailboxes, parts: Parts) -> None:
    """A server that numbers anew every day doubles nothing."""
    for validity in range(1, 6):
        boxes.begin(SHOP, INBOX, validity, 0, since_uid=2)
        mails = [fetched(uid, b"a", validity=validity) for uid in (1, 2)]
        boxes.store(SHOP, INBOX, validity, mails, last_uid=2, rescan=validity > 1)
    assert contents(parts) == [b"a", b"a"]


def test_rescan_leaves_other_places_alone(boxes: Mailboxes, parts: Parts) -> None:
    """What lies in another folder as it is numbered now, or in another mailbox, or came by SMTP, is another mail."""
    for box in (SHOP, "info"):
        for folder in (INBOX, "Junk"):
            boxes.begin(box, folder, 1, 0)
    boxes.store(SHOP, "Junk", 1, [fetched(1, b"a", folder="Junk")], last_uid=1)
    boxes.store("info", INBOX, 1, [fetched(1, b"a", account="info")], last_uid=1)
    parts.accept(b"a")
    boxes.begin(SHOP, INBOX, 2, 0, since_uid=1)
    (accepted,) = boxes.store(SHOP, INBOX, 2, [fetched(1, b"a", validity=2)], last_uid=1, rescan=True)
    assert accepted.new
    assert len(contents(parts)) == 4


def test_rescan_finds_what_was_moved_between_folders_of_then(boxes: Mailboxes, parts: Parts) -> None:
    """A server that moved house has numbered every folder anew, and staff have sorted the mail meanwhile."""
    for folder in (INBOX, "Junk"):
        boxes.begin(SHOP, folder, 1, 0)
    boxes.store(SHOP, "Junk", 1, [fetched(1, b"a", folder="Junk")], last_uid=1)
    for folder in (INBOX, "Junk"):
        boxes.begin(SHOP, folder, 2, 0, since_uid=1)
    (accepted,) = boxes.store(SHOP, INBOX, 2, [fetched(1, b"a", validity=2)], last_uid=1, rescan=True)
    assert not accepted.new
    assert contents(parts) == [b"a"]


def test_without_rescan_equal_bytes_are_another_mail(boxes: Mailboxes, parts: Parts) -> None:
    """What comes in after the rescan is new, whatever it says."""
    boxes.begin(SHOP, INBOX, 1, 0)
    boxes.store(SHOP, INBOX, 1, [fetched(1, b"a")], last_uid=1)
    boxes.begin(SHOP, INBOX, 2, 0, since_uid=0)
    (accepted,) = boxes.store(SHOP, INBOX, 2, [fetched(1, b"a", validity=2)], last_uid=1)
    assert accepted.new
    assert contents(parts) == [b"a", b"a"]


def test_errands_wait_until_they_are_run(boxes: Mailboxes) -> None:
    """Oldest first, those of an earlier numbering too, so that they can be dropped; none for what was stored before."""
    boxes.begin(SHOP, INBOX, 1, 0)
    boxes.store(SHOP, INBOX, 1, [fetched(2, b"b"), fetched(1, b"a")], last_uid=2, errands=True)
    boxes.store(SHOP, INBOX, 1, [fetched(3, b"c")], last_uid=3)
    boxes.begin(SHOP, INBOX, 2, 0, since_uid=1)
    boxes.store(SHOP, INBOX, 2, [fetched(1, b"a", validity=2)], last_uid=1, errands=True, rescan=True)
    assert boxes.errands(SHOP, INBOX, 9) == [Errand(1, 1), Errand(1, 2), Errand(2, 1)]
    assert boxes.errands(SHOP, INBOX, 2) == [Errand(1, 1), Errand(1, 2)]
    boxes.ran(SHOP, INBOX, [Errand(1, 2), Errand(2, 1), Errand(7, 7)])
    boxes.ran("other", INBOX, [Errand(1, 1)])
    boxes.ran(SHOP, INBOX, [])
    assert boxes.errands(SHOP, INBOX, 9) == [Errand(1, 1)]
    boxes.store(SHOP, INBOX, 2, [fetched(1, b"a", validity=2)], last_uid=1, errands=True)
    assert boxes.errands(SHOP, INBOX, 9) == [Errand(1, 1)]


def test_how_mailboxes_fare(boxes: Mailboxes, parts: Parts) -> None:
    """In the order asked for: since when one fails, why it failed last, and when it was last well."""
    boxes.failed("info", "info: the password is refused")
    parts.clock.move(60)
    boxes.failed("info", "info: the server does not answer\0" + "x" * 600)
    boxes.succeeded(SHOP)
    later = START + timedelta(seconds=60)
    ill, never, well = boxes.pulses(["info", "new", SHOP])
    assert (ill.mailbox, ill.last_success, ill.failing_since) == ("info", None, START)
    assert ill.error.startswith("info: the server does not answer\ufffdxxx")
    assert len(ill.error) == 500
    assert never == Pulse("new", None, "", None)
    assert well == Pulse(SHOP, later, "", None)
    parts.clock.move(60)
    boxes.succeeded("info")
    boxes.failed(SHOP, "away")
    again = START + timedelta(seconds=120)
    assert boxes.pulses(["info", SHOP]) == [Pulse("info", again, "", None), Pulse(SHOP, later, "away", again)]


def test_two_workers_bring_the_same_mails_at_once(boxes: Mailboxes, parts: Parts) -> None:
    """A lease that ran out: one begins, one stores, and the other is told of the rows that there are."""
    assert at_once(*(lambda: boxes.begin(SHOP, INBOX, 1, 0) for _ in range(4))) == [Cursor(1, 0, 0, START)] * 4
    for start in range(0, 50, 5):
        batch = [fetched(uid, b"%d" % uid) for uid in range(start + 1, start + 6)]
        store = functools.partial(boxes.store, SHOP, INBOX, 1, batch, last_uid=start + 5, errands=True)
        found = at_once(store, store, store)
        assert len({tuple(accepted.id for accepted in answer) for answer in found}) == 1
        assert sum(accepted.new for answer in found for accepted in answer) == 5
    assert sorted(contents(parts), key=int) == [b"%d" % uid for uid in range(1, 51)]
    assert len(boxes.errands(SHOP, INBOX, 99)) == 50


def test_two_rescans_at_once_share_the_rows_of_then(boxes: Mailboxes, parts: Parts) -> None:
    """Each row takes one place, whoever was first."""
    boxes.begin(SHOP, INBOX, 1, 0)
    boxes.store(SHOP, INBOX, 1, [fetched(uid, b"a") for uid in (1, 2, 3)], last_uid=3)
    boxes.begin(SHOP, INBOX, 2, 0, since_uid=4)
    mails = [fetched(uid, b"a", validity=2) for uid in (1, 2, 3, 4)]
    at_once(*(lambda: boxes.store(SHOP, INBOX, 2, mails, last_uid=4, rescan=True) for _ in range(3)))
    assert contents(parts) == [b"a"] * 4


def test_imported_mail_that_is_polled_as_well_is_news(boxes: Mailboxes, parts: Parts) -> None:
    """A mail that came in while history was imported must not be passed over in silence."""
    boxes.begin(SHOP, INBOX, 1, 0)
    (old,) = boxes.store(SHOP, INBOX, 1, [fetched(1, b"a", historical=True)], last_uid=0)
    (same,) = boxes.store(SHOP, INBOX, 1, [fetched(1, b"a")], last_uid=1)
    assert (same.id, same.new) == (old.id, False)
    stored = parts.messages.get(old.id)
    assert stored is not None
    assert not stored.historical


def test_rescan_makes_no_news_of_history(boxes: Mailboxes, parts: Parts) -> None:
    """It reads what came long before."""
    boxes.begin(SHOP, INBOX, 1, 0)
    (old,) = boxes.store(SHOP, INBOX, 1, [fetched(1, b"a", historical=True)], last_uid=0)
    boxes.begin(SHOP, INBOX, 2, 0, since_uid=1)
    for _ in range(2):
        boxes.store(SHOP, INBOX, 2, [fetched(1, b"a", validity=2)], last_uid=1, rescan=True)
    stored = parts.messages.get(old.id)
    assert stored is not None
    assert stored.historical
    assert contents(parts) == [b"a"]
