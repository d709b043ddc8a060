"""One worker reads a mailbox at a time: a lease in the database, and a store that is closed without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.mailbox_lease import LEASE_SECONDS, MARGIN_SECONDS, Lease, LeasedStore
from enrichment.adapters.store.mailboxes import Mailboxes
from enrichment.errors import RetryLater
from enrichment.mailboxes import Fetched
from tests.enrichment.parts import Parts, raw

BOX = "shop"


class Workers:
    """Two workers on one database. elapsed: their clock that is never set; it stands unless it is moved."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.elapsed = 0.0
        self.first, self.second = self.worker("one"), self.worker("two")

    def worker(self, name: str, mailbox: str = BOX) -> Lease:
        """The lease of a worker of this name."""
        return Lease(self.parts.views, mailbox, name, lambda: self.elapsed)

    def pass_time(self, seconds: float) -> None:
        """By both clocks."""
        self.elapsed += seconds
        self.parts.clock.move(seconds)


@pytest.fixture
def workers(parts: Parts) -> Workers:
    """Two workers that want the same mailbox."""
    return Workers(parts)


def test_one_worker_has_a_mailbox_at_a_time(workers: Workers) -> None:
    """The second gets it when the first has not kept it for half a minute, and the first knows that before."""
    assert workers.first.keep()
    assert workers.first.held
    assert not workers.second.keep()
    assert not workers.second.held
    workers.pass_time(LEASE_SECONDS - MARGIN_SECONDS + 0.1)
    assert (workers.first.held, workers.second.keep()) == (False, False)
    workers.pass_time(MARGIN_SECONDS + 0.1)
    assert workers.second.keep()
    assert not workers.first.keep()


def test_a_lease_that_is_kept_stays(workers: Workers) -> None:
    """However long it takes."""
    for _ in range(20):
        assert workers.first.keep()
        assert not workers.second.keep()
        workers.pass_time(LEASE_SECONDS / 2)


def test_a_lease_is_given_back(workers: Workers) -> None:
    """Then the next worker need not wait, and the first takes it no more."""
    assert workers.first.keep()
    workers.first.give_back()
    workers.pass_time(0.001)
    assert workers.second.keep()
    assert (workers.first.held, workers.first.keep()) == (False, False)


def test_what_has_run_out_is_not_given_back(workers: Workers) -> None:
    """It may be another worker's by now, who must keep it."""
    assert workers.first.keep()
    workers.pass_time(LEASE_SECONDS + 1)
    assert workers.second.keep()
    workers.first.give_back()
    workers.pass_time(1)
    assert not workers.worker("three").keep()


def test_a_long_name_has_a_lease_of_its_own(workers: Workers) -> None:
    """Names that are alike at the beginning are told apart, whatever the database's column holds."""
    assert workers.worker("one", "m" * 63 + "a").keep()
    assert workers.worker("two", "m" * 63 + "b").keep()
    assert not workers.worker("two", "m" * 63 + "a").keep()


Change = Callable[[LeasedStore], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.begin(BOX, "INBOX", 2, 10),
        lambda store: store.store(BOX, "INBOX", 1, [], last_uid=99),
        lambda store: store.errands(BOX, "INBOX", 5),
        lambda store: store.succeeded(BOX),
        lambda store: store.failed(BOX, "away"),
    ],
)
def test_without_the_lease_nothing_is_changed(workers: Workers, change: Change) -> None:
    """A worker that was held up while another took over moves no cursor, and says nothing of the mailbox."""
    store = Mailboxes(workers.parts.database, workers.parts.clock)
    mine = LeasedStore(store, workers.first)
    assert workers.first.keep()
    before = mine.begin(BOX, "INBOX", 1, 7)
    workers.pass_time(LEASE_SECONDS)
    with pytest.raises(RetryLater, match="another worker"):
        change(mine)
    assert store.cursor(BOX, "INBOX") == before
    assert store.pulses([BOX])[0].last_success is None


def test_under_the_lease_everything_goes_through(workers: Workers) -> None:
    """The store behind it does the work."""
    store = Mailboxes(workers.parts.database, workers.parts.clock)
    mine = LeasedStore(store, workers.first)
    assert workers.first.keep()
    mine.begin(BOX, "INBOX", 1, 7)
    mail = Fetched(8, raw(b"Subject: x\r\n\r\nx", workers.parts.clock, channel="imap", account=BOX))
    (accepted,) = mine.store(BOX, "INBOX", 1, [mail], last_uid=8, errands=True)
    assert accepted.new
    assert mine.stored(BOX, "INBOX", 1, [8, 9]) == {8}
    owed = mine.errands(BOX, "INBOX", 5)
    assert [errand.uid for errand in owed] == [8]
    mine.ran(BOX, "INBOX", owed)
    assert mine.errands(BOX, "INBOX", 5) == []
    mine.failed(BOX, "away")
    assert mine.pulses([BOX])[0].error == "away"
    mine.succeeded(BOX)
    assert mine.pulses([BOX])[0].error == ""
    cursor = mine.cursor(BOX, "INBOX")
    assert cursor is not None
    assert cursor.last_uid == 8


def test_after_the_end_nothing_is_stored(workers: Workers) -> None:
    """A stop of the bot closes the store at once, while the lease has still to run."""
    mine = LeasedStore(Mailboxes(workers.parts.database, workers.parts.clock), workers.first)
    assert workers.first.keep()
    workers.first.end()
    with pytest.raises(RetryLater):
        mine.begin(BOX, "INBOX", 1, 7)
