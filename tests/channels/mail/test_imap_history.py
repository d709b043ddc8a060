"""History read from a real Dovecot: what is imported, in which order and under which date, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from channels.mail.imap_fetch import Attempts
from channels.mail.imap_history import History, Taken, Wanted
from channels.mail.imap_server import FIRST_MEGABYTE, Server
from channels.mail.imap_session import open_session
from enrichment.errors import GiveUp, RetryLater
from tests.channels.mail.polled import Polling, Post, letter, mailbox_at
from tests.enrichment.parts import START, Parts
from tests.servers.dovecot import Dovecot, running_dovecot
from tests.servers.odd_imap import OddImap, odd_imap

INBOX = ("INBOX",)
LONG_AGO = date(2020, 1, 1)
DAY = timedelta(days=1)


def put(post: Post, *ages: int, folder: str = "INBOX") -> None:
    """Letters that came so many days ago, numbered by that; in this order."""
    with post.server.client(post.user) as client:
        if not client.folder_exists(folder):
            client.create_folder(folder)
        for age in ages:
            client.append(folder, letter(age), msg_time=START - age * DAY)


@contextmanager
def opened(polling: Polling, most_bytes: int = 10**6, attempts: Attempts | None = None) -> Iterator[History]:
    """The history of a polled mailbox, over one connection."""
    with open_session(polling.mailbox, polling.credential, timeout=polling.timeout) as client:
        server = Server(polling.mailbox, client)
        yield History(server, polling.store, polling.parts.clock, attempts or Attempts(), most_bytes)


def imported(polling: Polling, since: date = LONG_AGO, limit: int | None = None, **options: Any) -> list[Taken]:
    """Import what is missing; each commit."""
    with opened(polling, **options) as history:
        plan = history.plan(Wanted(polling.mailbox.folders, since, limit))
        return [taken for part in plan.parts for taken in history.take(part)]


def numbers(polling: Polling) -> list[int]:
    """The letters that are stored, in their order."""
    return [int(content.split(b"Subject: ")[1].split(b"\r\n")[0]) for content in polling.contents]


def test_history_is_what_was_there_before_the_first_poll(post: Post) -> None:
    """Newest first, marked as historical, under the time at which it came; the cursor and the flags stay."""
    put(post, 900, 30, 2)
    polling = post.polling()
    polling.poll()
    before = polling.store.cursor("shop", "INBOX")
    put(post, 1)
    assert sum(taken.new for taken in imported(polling)) == 3
    assert numbers(polling) == [2, 30, 900]
    assert {row["historical"] for row in polling.rows("historical")} == {1}
    stored = [polling.parts.messages.get(row["id"]) for row in polling.rows("id")]
    assert [each.received_at for each in stored if each] == [START - age * DAY for age in (2, 30, 900)]
    assert polling.store.cursor("shop", "INBOX") == before
    assert polling.poll().new == 1
    assert set().union(*post.flags().values()) == set()


def test_since_and_limit(post: Post) -> None:
    """Only what came on that day or later, and of that only the newest, of all folders together."""
    put(post, 900, 30, 20, 2)
    put(post, 40, 3, folder="Website")
    polling = post.polling(folders=("INBOX", "Website"))
    polling.poll()
    imported(polling, (START - 35 * DAY).date(), 1)
    assert numbers(polling) == [2]
    imported(polling, (START - 35 * DAY).date(), 4)
    assert numbers(polling) == [2, 20, 30, 3]
    imported(polling, START.date())
    assert len(numbers(polling)) == 4


def test_again_fetches_nothing_that_is_stored(post: Post) -> None:
    """An import that broke off goes on where it was."""
    put(post, 5, 4, 3, 2)
    polling = post.polling()
    polling.poll()
    with opened(polling, most_bytes=1) as history:
        (part,) = history.plan(Wanted(INBOX, LONG_AGO)).parts
        steps = history.take(part)
        next(steps)
        next(steps)
    with opened(polling) as history:
        plan = history.plan(Wanted(INBOX, LONG_AGO))
        assert (plan.known, plan.missing, plan.parts[0].uids) == (2, 2, [2, 1])
    imported(polling)
    assert imported(polling) == []
    assert numbers(polling) == [2, 3, 4, 5]


def test_nothing_is_history_before_the_first_poll(post: Post) -> None:
    """It would come again as news; what to do is said."""
    put(post, 3)
    polling = post.polling()
    with pytest.raises(GiveUp, match=r"not read the folder INBOX yet.*start `leadbot run`"):
        imported(polling)
    assert polling.contents == []


def test_junk_is_left_out(post: Post) -> None:
    """The bot reads the folder, but only for what comes now."""
    put(post, 3, folder="Junk")
    polling = post.polling()
    polling.poll()
    assert polling.store.cursor("shop", "Junk") is not None
    assert imported(polling) == []


def test_history_is_neither_marked_nor_moved(post: Post) -> None:
    """Whatever is done with new mail."""
    put(post, 3)
    polling = post.polling(after="seen")
    polling.poll()
    imported(polling)
    assert polling.poll() == (0, 0)
    assert post.flags() == {1: set()}


def test_a_large_mail_is_cut(post: Post) -> None:
    """As when it is polled."""
    content = b"Subject: 1\r\n\r\n" + b"x" * 70 + b"\r\n" * (FIRST_MEGABYTE // 2)
    post.put(content)
    polling = post.polling(largest=1000)
    polling.poll()
    imported(polling)
    (row,) = polling.rows("cut_from", "length(content) AS size")
    assert (row["cut_from"], row["size"]) == (len(content), FIRST_MEGABYTE)


def test_a_mail_that_vanishes_is_passed_over(post: Post) -> None:
    """It was expunged after the plan; the others come, and so does what is new."""
    put(post, 5, 4, 3)
    polling = post.polling()
    polling.poll()
    with opened(polling) as history:
        (part,) = history.plan(Wanted(INBOX, LONG_AGO)).parts
        post.server.remove(2, user=post.user)
        put(post, 0)
        polling.poll()  # what comes meanwhile moves the cursor, and changes nothing
        assert [(taken.mails, taken.stored) for taken in history.take(part)] == [(3, 2)]
    assert numbers(polling) == [0, 3, 5]


def test_a_folder_that_is_numbered_anew_is_left_to_the_bot_first(sqlite_parts: Parts, server: Dovecot) -> None:
    """Its poll says where history ends now; what was imported before is known by its bytes."""
    post = Post(server, "leads", sqlite_parts)
    put(post, 900, 3)
    polling = post.polling()
    polling.poll()
    imported(polling, limit=1)
    polling.poller.close()
    server.change_uidvalidity()
    with pytest.raises(RetryLater, match="numbered the folder INBOX anew"):
        imported(polling)
    polling.poll()
    assert [(taken.stored, taken.new) for taken in imported(polling)] == [(2, 1)]
    assert sorted(numbers(polling)) == [3, 900]
    polling.poller.close()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    """A server that the test may stop."""
    with running_dovecot(request.getfixturevalue("require_server")("dovecot")) as made:
        yield made


@pytest.fixture
def odd(sqlite_parts: Parts) -> Iterator[tuple[OddImap, Polling]]:
    """A server that misbehaves, polled once."""
    with odd_imap() as made:
        made.mails[1] = letter(1)
        polling = Polling(sqlite_parts, mailbox_at(made.port), timeout=0.5)
        polling.poll()
        polling.poller.close()
        yield made, polling


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (b"31-Dec-2999 23:59:59 +0000", START),
        (b"01-Jan-1900 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"01-Jan-0001 00:00:00 +1400", datetime(2000, 12, 31, 10, tzinfo=UTC)),
        (b"99-Xyz-2020 77:00:00 +9999", START),
        (b"20-Nov-2026 10:00:00 +0200", START - timedelta(hours=1)),
    ],
)
def test_dates_of_the_server_are_hostile(odd: tuple[OddImap, Polling], told: bytes, kept: datetime) -> None:
    """One that is none, or beyond what can be, is brought within bounds; a time zone counts."""
    server, polling = odd
    server.dates[1] = told
    imported(polling)
    stored = polling.parts.messages.get(1)
    assert stored is not None
    assert stored.received_at == kept


def test_a_connection_that_breaks_stores_nothing_half(odd: tuple[OddImap, Polling]) -> None:
    """The mail comes whole at the next try."""
    server, polling = odd
    server.poison.add(1)
    with pytest.raises(RetryLater):
        imported(polling)
    assert polling.contents == []
    server.poison.clear()
    imported(polling)
    assert polling.contents == [letter(1)]
