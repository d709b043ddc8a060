"""Servers that speak IMAP and mean harm, or only mean well in an odd way: nothing is lost, doubled or given away."""

from __future__ import annotations

import base64
import contextlib
import tracemalloc
from datetime import timedelta
from typing import Literal

import pytest

from channels.mail.imap_fetch import ALL_TRIES, WHOLE_TRIES
from channels.mail.imap_list import MOST_JUNK
from channels.mail.imap_server import FIRST_MEGABYTE
from channels.mail.imap_session import open_session
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater
from tests.channels.mail import odd
from tests.channels.mail.polled import Polling, letter, mailbox_at
from tests.servers.odd_imap import OddImap

YEARS = 10 * 365 * 86_400.0


server, polling = odd.server, odd.polling


@pytest.mark.parametrize(
    "aside", [rb"* 9 FETCH (UID 44 FLAGS (\Seen))", rb"* 9 FETCH (FLAGS (\Seen))", b"* 3 EXPUNGE\r\n* OK [ALERT] x"]
)
def test_what_a_server_says_unasked_is_no_trouble(server: OddImap, polling: Polling, aside: bytes) -> None:
    """Another program's change of flags, told in the middle of our question (RFC 3501, 7), does not end the poll."""
    polling.poll()
    server.mails |= {1: letter(1), 2: letter(2)}
    server.asides = dict.fromkeys(("FETCH", "SEARCH", "NOOP"), aside)
    assert polling.poll().new == 2
    assert server.sessions == 1


def test_an_answer_in_several_lines_is_one_answer(server: OddImap, polling: Polling) -> None:
    """Some servers tell what they found in more than one line."""
    polling.poll()
    server.mails |= {1: letter(1), 2: letter(2)}
    server.asides["SEARCH"] = b"* SEARCH 1\r\n* SEARCH"
    assert polling.poll().new == 2


@pytest.mark.parametrize("line", [b'NIL "/" odd', b'7 "/" odd', b'() "/" odd one', b'(7 (8)) (9) "odd"', b'() "/" (x)'])
def test_a_line_of_the_list_that_is_out_of_order_hides_nothing(server: OddImap, polling: Polling, line: bytes) -> None:
    """Such a line is passed over; INBOX is read, and the Junk folder behind it is found."""
    server.listed += [line, rb'(\Junk) "/" {5}' + b"\r\nlater"]
    polling.poll()
    server.mails[1] = letter(1)
    polling.poll()
    assert set(polling.contents) == {letter(1)}  # this server has the same mails in every folder
    assert 'EXAMINE "later"' in server.commands


def test_a_thousand_junk_folders_are_a_few(server: OddImap, polling: Polling) -> None:
    """A server that marks everything as Junk does not make a poll of a thousand folders."""
    server.listed += [rb'(\Junk) "/" "junk %d"' % number for number in range(1000)]
    polling.poll()
    assert sum(command.startswith("EXAMINE") for command in server.commands) == 1 + MOST_JUNK


def test_a_list_of_endless_names_makes_a_short_line(server: OddImap, polling: Polling) -> None:
    """What is said of a folder that is gone names others, cut to what a phone shows."""
    server.listed = [b'() "/" "%s"' % (b"%03d" % number * 300) for number in range(20)]
    polling.mailbox = mailbox_at(server.port, folders=("gone",))
    polling.restart()
    server.faults["EXAMINE"] = "NO there is none"
    with pytest.raises(NeedsPerson, match='there is no folder "gone"') as caught:
        polling.poll()
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("answer", ["NO I do not like {}", "BAD unknown: A1 LOGIN leads {}", "BYE you said {}"])
@pytest.mark.parametrize("kind", ["password", "token"])
def test_a_server_that_repeats_the_secret_does_not_get_it_into_our_words(
    server: OddImap, polling: Polling, answer: str, kind: str
) -> None:
    """Errors go to logs and to Slack; the password or token in them is blotted out, in base64 too."""
    polling.credential.text, polling.credential.kind = "hunter22 x", kind  # type: ignore[assignment] # one of the two
    encoded = base64.b64encode(b"user=leads\1auth=Bearer hunter22 x\1\1").decode()
    for said in ("hunter22 x", encoded):
        server.faults = dict.fromkeys(("LOGIN", "AUTHENTICATE"), answer.format(said))
        with pytest.raises(LeadbotError) as caught:
            polling.poll()
        told: BaseException | None = caught.value
        while told is not None:
            assert said not in str(told)
            told = told.__cause__


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_preauth_gives_nothing_away(server: OddImap, polling: Polling, security: str) -> None:
    """A greeting that says that we are logged in already, as whoever it may be, ends the session."""
    server.capabilities += " STARTTLS"
    server.greeting = b"* PREAUTH welcome"
    polling.mailbox = mailbox_at(server.port, security=security)
    polling.restart()
    with pytest.raises(LeadbotError, match=r"^shop: .*without asking who we are"):
        polling.poll()
    assert not any(command.startswith(("LOGIN", "AUTH")) for command in server.commands)


def test_endless_words_in_place_of_a_mail_take_little_room(server: OddImap, polling: Polling) -> None:
    """A mail may be large, what stands around it may not: taken apart it would take twenty times its room."""
    polling.poll()
    server.mails[1] = letter(1)
    server.sizes[1] = 20 * 2**20
    server.instead = b"* 1 FETCH (UID 1 X (" + b"ab " * (10 * 2**20) + b"))"
    tracemalloc.start()
    try:
        with pytest.raises(RetryLater, match="answers without end"):
            polling.poll()
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_a_mail_that_is_larger_than_it_was_said_is_stored_as_cut(server: OddImap, polling: Polling) -> None:
    """Its beginning is stored once it could not be had whole, and says that it is one."""
    polling.poll()
    server.mails[1] = b"x" * (3 * FIRST_MEGABYTE)
    server.sizes[1] = 10
    for _ in range(WHOLE_TRIES):
        with pytest.raises(RetryLater):
            polling.poll()
    assert polling.poll().new == 1
    assert [len(content) for content in polling.contents] == [FIRST_MEGABYTE]
    assert polling.rows("cut_from")[0]["cut_from"] is not None


def test_a_uidvalidity_that_changes_at_every_poll_doubles_nothing(server: OddImap, polling: Polling) -> None:
    """Back and forth between two, and new mail in between: each mail once."""
    polling.poll()
    for turn in range(1, 7):
        server.uidvalidity = str(7 + turn % 2)
        server.mails[turn] = letter(turn)
        polling.poll()
    assert sorted(polling.contents) == [letter(number) for number in range(1, 7)]


def test_a_uid_that_is_none_hides_no_mail(server: OddImap, polling: Polling) -> None:
    """A search that finds the highest UID there can be, which is not there, keeps none of the others away."""
    polling.poll()
    server.phantoms.add(2**32 - 1)
    for number in range(1, 4):
        server.mails[number] = letter(number)
        for _ in range(2 * ALL_TRIES):
            with contextlib.suppress(RetryLater):
                polling.poll()
    assert polling.contents == [letter(1), letter(2), letter(3)]


def test_a_clock_that_was_ahead_at_first_loses_nothing_later(server: OddImap, polling: Polling) -> None:
    """The folder was begun in a year to come; after a new UIDVALIDITY what has come since is looked for."""
    clock = polling.parts.clock
    clock.move(YEARS)
    polling.poll()
    clock.move(-YEARS)
    server.mails[1] = letter(1)
    server.uidvalidity = "8"
    polling.poll()
    since = [command for command in server.commands if "SINCE" in command]
    assert str((clock.now() - timedelta(days=4)).year) in since[-1]
    assert polling.contents == [letter(1)]


class _Tokens:
    """Tokens that are renewed when they are refused; implements channels.mail.imap_session.TokenSource."""

    advice = "ask the tenant"

    def __init__(self) -> None:
        self.number = 1

    def secret(self) -> tuple[Literal["password", "token"], str]:
        """The present token."""
        return "token", f"token-{self.number}"

    def refused(self) -> None:
        """The next token, and a trouble of its own."""
        self.number += 1
        raise RetryLater("the disk is full")


@pytest.mark.parametrize("said", ["NO [AUTHENTICATIONFAILED] bad token", "NO [UNAVAILABLE] try again", "BAD what"])
def test_a_token_that_is_refused_is_renewed_at_the_next_try(server: OddImap, said: str) -> None:
    """Only when it is refused: trouble at the provider's costs no token. What to do is what the credential says."""
    tokens, mailbox = _Tokens(), mailbox_at(server.port)
    server.faults["AUTHENTICATE"] = said
    is_refused = "FAILED" in said
    with (
        pytest.raises(NeedsPerson if is_refused else RetryLater, match="; ask the tenant$" if is_refused else None),
        open_session(mailbox, tokens, timeout=5),
    ):
        pass
    assert tokens.number == 1 + is_refused
    server.faults.clear()
    with open_session(mailbox, tokens, timeout=5):
        pass
