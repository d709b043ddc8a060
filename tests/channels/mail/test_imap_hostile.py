"""Polling a server that refuses, hangs, lies or floods: one clear line each, within bounds, and nothing half stored."""

from __future__ import annotations

import threading
import time
import tracemalloc

import pytest

from channels.mail.imap_fetch import ALL_TRIES
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater
from tests.channels.mail import odd
from tests.channels.mail.polled import Polling, letter, mailbox_at
from tests.conftest import free_port
from tests.enrichment.parts import Parts
from tests.servers.odd_imap import OddImap

COMMANDS = ("CONNECT", "CAPABILITY", "LOGIN", "LIST", "EXAMINE", "SEARCH", "FETCH")


server, polling = odd.server, odd.polling


def _news(server: OddImap, polling: Polling) -> None:
    """One mail is new, and the next poll is that of a bot that was started again."""
    polling.poll()
    polling.poller.close()
    polling.restart()
    server.mails[1] = letter(1)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "fault", ["NO [SERVERBUG] try again", "BAD what", "BYE [UNAVAILABLE] going down", "drop", "hang", "drip"]
)
def test_a_refusal_or_silence_is_one_line_and_costs_nothing(
    server: OddImap, polling: Polling, command: str, fault: str
) -> None:
    """Whatever a server refuses or leaves unanswered is told in one line; the mail comes as soon as it answers."""
    _news(server, polling)
    server.faults[command] = fault
    with pytest.raises(RetryLater) as caught:
        polling.poll()
    assert str(caught.value).startswith("shop: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    server.faults.clear()
    for _ in range(2):
        polling.poll()
    assert polling.contents == [letter(1)]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", ["endless lines", "endless line", "raw * OK {10737418240}"])
def test_a_flood_is_refused_within_bounds(server: OddImap, polling: Polling, command: str, fault: str) -> None:
    """Lines without end and a literal of 10 GB end the session after a few megabytes."""
    _news(server, polling)
    server.faults[command] = fault
    tracemalloc.start()
    try:
        with pytest.raises(RetryLater, match=r"^shop: "):
            polling.poll()
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("EXAMINE", "* OK [UIDVALIDITY 99999999999] v\r\nTAG OK"),
        ("EXAMINE", "* OK [UIDVALIDITY x] v\r\nTAG OK"),
        ("EXAMINE", "* 5 EXISTS\r\nTAG OK without UIDVALIDITY"),
        ("SEARCH", "* SEARCH 1 2 99999999999\r\nTAG OK"),
        ("SEARCH", "* SEARCH one\r\nTAG OK"),
        ("SEARCH", "* SEARCH " + "9" * 5000 + "\r\nTAG OK"),
        ("FETCH", "* 1 FETCH (UID 1 RFC822.SIZE -5)\r\nTAG OK"),
        ("FETCH", "* 1 FETCH (UID 1 RFC822.SIZE {3}\r\nabc)\r\nTAG OK"),
        ("FETCH", "* 1 FETCH " + "(" * 5000 + "\r\nTAG OK"),
        ("FETCH", "* 1 FETCH (UID 1 BODY[] {" + "9" * 5000 + "}\r\nTAG OK"),
        ("FETCH", "* 1 FETCH \xff\xfe\x00\r\nTAG OK"),
        ("LIST", "* LIST (\r\nTAG OK"),
        ("LOGIN", "hello"),
        ("CONNECT", "HTTP/1.1 400 Bad Request"),
    ],
)
def test_an_answer_that_is_no_imap_is_refused(server: OddImap, polling: Polling, command: str, answer: str) -> None:
    """Numbers out of range, nesting without end and other nonsense raise one error of ours and store nothing."""
    _news(server, polling)
    server.faults[command] = f"raw {answer}"
    with pytest.raises(RetryLater, match=r"^shop: [^\n]*$"):
        polling.poll()
    server.faults.clear()
    assert polling.contents == []


def test_a_literal_that_is_cut_short_is_not_stored(server: OddImap, polling: Polling) -> None:
    """A connection that ends in the middle of a mail stores nothing of it, and the whole of it later."""
    _news(server, polling)
    server.poison.add(1)
    with pytest.raises(RetryLater, match=r"connection ended after \d+ of \d+ bytes"):
        polling.poll()
    assert polling.contents == []
    server.poison.clear()
    assert polling.poll().new == 1
    assert polling.contents == [letter(1)]


def test_a_mail_that_always_breaks_the_connection_does_not_stop_the_others(server: OddImap, polling: Polling) -> None:
    """After some tries, of which the last ask for its beginning only, it is told and passed over until the sweep."""
    polling.poll()
    server.mails |= {number: letter(number) for number in range(1, 6)}
    server.poison.add(3)
    broken = []
    for _ in range(ALL_TRIES + 2):
        try:
            polling.poll()
        except LeadbotError as error:
            broken.append(str(error))
    assert polling.contents == [letter(1), letter(2), letter(4), letter(5)]
    assert "the mail with UID 3 in INBOX cannot be fetched" in broken[-1]
    assert any("BODY.PEEK[]<0." in command for command in server.commands)
    server.poison.clear()
    assert polling.poll(sweep=True).new == 1
    assert polling.contents[-1] == letter(3)


def test_a_mail_that_the_server_withholds_is_not_taken_for_expunged(server: OddImap, polling: Polling) -> None:
    """An OK without the mail that was asked for is believed only when the server says that the mail is gone."""
    _news(server, polling)
    server.faults["FETCH"] = "raw TAG OK nothing"
    with pytest.raises(RetryLater):
        polling.poll()
    server.faults.clear()
    assert polling.poll().new == 1


def test_a_server_that_lies_about_sizes_fills_no_memory(server: OddImap, polling: Polling) -> None:
    """A mail that is said to be small and is not gets no more room than it was announced with, and a megabyte."""
    polling.poll()
    server.mails[1] = b"x" * (30 * 2**20)
    server.sizes[1] = 10
    with pytest.raises(RetryLater, match="announces 31457280 bytes"):
        polling.poll()


def test_names_of_folders_are_hostile(server: OddImap, polling: Polling) -> None:
    """Folder names that cannot be read or opened are passed over; Junk is found beside them."""
    server.listed += [
        rb'(\Junk) "/" "&AAA-"',
        rb'(\Junk) "/" "&broken"',
        rb'(\Junk) "/" "a \" quote \\ here"',
        rb'(\Junk \Noselect) "/" "no"',
        b'(\\Junk) "/" "8 bit \xff"',
        rb'(\Junk) NIL "' + b"x" * 5000 + b'"',
        rb'() "/" 42',
    ]
    polling.poll()
    examined = [command for command in server.commands if command.startswith("EXAMINE")]
    assert examined == ['EXAMINE "INBOX"', 'EXAMINE "a \\" quote \\\\ here"']


def test_a_password_with_a_line_break_is_never_sent(server: OddImap, polling: Polling) -> None:
    """A user or password that would end the command early is refused before anything is connected."""
    polling.credential.text = "secret\r\nA1 DELETE INBOX"
    with pytest.raises(NeedsPerson, match="line break"):
        polling.poll()
    assert server.sessions == 0


def test_a_refused_login_needs_a_person(server: OddImap, polling: Polling) -> None:
    """What the server says about a login is passed on, what its code means in words, and what to do."""
    server.faults["LOGIN"] = "NO [EXPIRED] Password expired"
    with pytest.raises(NeedsPerson, match=r'^shop: .*has expired; set a new one \("\[EXPIRED\] Password expired"\)'):
        polling.poll()
    server.faults["AUTHENTICATE"] = "NO [AUTHENTICATIONFAILED] Invalid credentials"
    polling.credential.kind = "token"
    with pytest.raises(NeedsPerson, match="run leadbot login shop"):
        polling.poll()


def test_too_many_connections_are_waited_for(server: OddImap, polling: Polling) -> None:
    """A refusal that speaks of limits or of trouble at the provider's is no matter for a person."""
    server.faults["LOGIN"] = "NO [ALERT] Too many simultaneous connections. (Failure)"
    with pytest.raises(RetryLater, match="Too many simultaneous"):
        polling.poll()


def test_words_of_a_server_carry_no_control_characters(server: OddImap, polling: Polling) -> None:
    """What a server says reaches a person without escape sequences, and short."""
    server.faults["LOGIN"] = "NO \x1b[31mred\x07 " + "long " * 1000
    with pytest.raises(NeedsPerson) as caught:
        polling.poll()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_nobody_listens(sqlite_parts: Parts) -> None:
    """A port where nobody listens is told as such."""
    polling = Polling(sqlite_parts, mailbox_at(free_port()))
    with pytest.raises(RetryLater, match=r"shop: nothing listens at 127.0.0.1:\d+; check host and port"):
        polling.poll()


@pytest.mark.parametrize("command", ["CONNECT", "EXAMINE", "LOGIN"])
def test_close_ends_a_poll_that_hangs(server: OddImap, sqlite_parts: Parts, command: str) -> None:
    """Another thread can break off a poll whose server hangs, long before its time limit."""
    server.faults[command] = "hang"
    polling = Polling(sqlite_parts, mailbox_at(server.port), timeout=60)
    errors: list[Exception] = []

    def work() -> None:
        try:
            polling.poll()
        except RetryLater as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not server.sessions or (command != "CONNECT" and not any(command in each for each in server.commands)):
        time.sleep(0.01)
    polling.poller.close()
    thread.join(10)
    assert not thread.is_alive()
    assert len(errors) == 1
