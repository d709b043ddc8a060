"""The scanner of the owner's: asked in its own shapes, believed when it speaks, and never waited for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from enrichment.adapters.breaker import CircuitBreaker, Rules
from enrichment.adapters.rspamd import Rspamd
from enrichment.errors import StartupError
from enrichment.models import RawMessage, SpamOpinion
from tests.enrichment.parts import SetClock
from tests.servers.rspamd import RspamdServer, ham, scanning, spam

MAIL = b"From: a@b.example\r\nSubject: hi\r\n\r\nhello\r\n"


@pytest.fixture
def server() -> Iterator[RspamdServer]:
    """A server; whatever was asked of it must have been to the protocol."""
    with scanning() as scanner:
        yield scanner
        assert scanner.mistakes == []


def mail(
    content: bytes = MAIL,
    mail_from: str | None = "jo@customer.example",
    rcpt_tos: tuple[str, ...] = ("leads@shop.example", "office@shop.example"),
    client_ip: str | None = "192.0.2.7",
    helo: str | None = "mx.customer.example",
) -> RawMessage:
    """A mail as it was accepted."""
    return RawMessage(
        channel="smtp",
        identity="0" * 64,
        account="smtp",
        content=content,
        received_at=datetime(2026, 1, 5, tzinfo=UTC),
        mail_from=mail_from,
        rcpt_tos=rcpt_tos,
        client_ip=client_ip,
        helo=helo,
    )


def scanned(server: RspamdServer, raw: RawMessage | None = None, seconds: float = 5.0) -> SpamOpinion | None:
    """What the adapter makes of the server's answer."""
    return Rspamd(server.url, seconds).scan(raw or mail())


def test_the_bytes_and_the_whole_envelope_are_sent(server: RspamdServer) -> None:
    """The scanner sees the mail as it came, and who sent it to whom, from where."""
    scanned(server)
    [(headers, body)] = server.asked
    assert body == MAIL
    assert headers["from"] == ["jo@customer.example"]
    assert headers["rcpt"] == ["leads@shop.example", "office@shop.example"]
    assert (headers["ip"], headers["helo"]) == (["192.0.2.7"], ["mx.customer.example"])


def test_what_is_not_known_of_the_envelope_is_left_out(server: RspamdServer) -> None:
    """A polled mailbox knows no envelope; the null sender is one, and empty."""
    scanned(server, mail(mail_from=None, rcpt_tos=(), client_ip=None, helo=None))
    scanned(server, mail(mail_from="<>", client_ip="unix socket"))
    (first, _), (second, _) = server.asked
    assert not {"from", "rcpt", "ip", "helo"} & set(first)
    assert second["from"] == [""]
    assert "ip" not in second


def test_an_envelope_cannot_add_headers(server: RspamdServer) -> None:
    """Line ends in what a client said do not reach the scanner's headers; letters of any script do."""
    scanned(server, mail(mail_from="jö@b.example\r\nPass: all", helo="x\nUser: root"))
    [(headers, _)] = server.asked
    assert not {"pass", "user"} & set(headers)
    assert headers["helo"] == ["xUser: root"]


def test_good_mail_is_no_spam(server: RspamdServer) -> None:
    """`no action` is an opinion too, with a low score."""
    opinion = scanned(server)
    assert opinion == SpamOpinion(score=0.0, spam=False, reasons=("rspamd: no action, -0.2 of 15 points",))


@pytest.mark.parametrize("action", ["reject", "add header", "rewrite subject"])
def test_bad_mail_is_spam_with_the_names_of_what_weighed_most(server: RspamdServer, action: str) -> None:
    """Staff read why; what spoke for the mail is not listed."""
    server.answer = spam() | {"action": action}
    opinion = scanned(server)
    assert opinion is not None
    assert opinion.spam
    assert opinion.score > 0.5
    assert opinion.reasons == (f"rspamd: {action}, 12.4 of 15 points (URIBL_BLACK, BAYES_SPAM)",)


@pytest.mark.parametrize("action", ["greylist", "soft reject", "no action", "something new"])
def test_a_wish_to_wait_is_no_verdict(server: RspamdServer, action: str) -> None:
    """Greylisting means that the sender should come again, not that this is spam."""
    server.answer = spam() | {"action": action}
    opinion = scanned(server)
    assert opinion is not None
    assert not opinion.spam
    assert opinion.score < 0.5


def test_a_skipped_mail_has_no_opinion(server: RspamdServer) -> None:
    """A scanner that is told to skip a mail says nothing about it."""
    server.answer = ham() | {"is_skipped": True}
    assert scanned(server) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>nginx</html>",
        b"[]",
        b"{}",
        b'{"action": "reject"}',
        b'{"action": "reject", "score": "high", "required_score": 15}',
        b'{"action": "reject", "score": NaN, "required_score": 15}',
        b'{"action": "reject", "score": 1e999, "required_score": 15}',
        b"[" * 100_000,
        b" " * 1_100_000,
    ],
)
def test_an_answer_that_is_none_says_nothing(
    server: RspamdServer, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """What is not rspamd's shape is no verdict; one line in the log says so."""
    server.raw = raw
    assert scanned(server) is None
    assert "goes on without it" in caplog.text


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_refusal_says_nothing(server: RspamdServer, status: int) -> None:
    """Fail open: the mail goes on."""
    server.status = status
    assert scanned(server) is None


def test_strange_symbols_do_not_matter(server: RspamdServer) -> None:
    """The verdict stands even where the details make no sense."""
    server.answer = spam() | {"symbols": ["x"]}
    opinion = scanned(server)
    assert opinion is not None
    assert opinion.spam


def test_a_silent_server_is_left_in_time(server: RspamdServer, caplog: pytest.LogCaptureFixture) -> None:
    """One that takes the mail and never answers costs no more than the limit."""
    server.stall.clear()
    assert scanned(server, seconds=0.2) is None
    assert "did not answer within 0.2 s" in caplog.text


def test_a_trickling_server_is_left_in_time(server: RspamdServer) -> None:
    """The limit is for the whole answer, not for each byte of it."""
    server.trickle = True
    assert scanned(server, seconds=0.3) is None


def test_nobody_there_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A server that is away is one line in the log without what the mail says."""
    with scanning() as gone:
        url = gone.url
    with caplog.at_level(logging.WARNING):
        assert Rspamd(url).scan(mail()) is None
    assert "hello" not in caplog.text


@pytest.mark.parametrize(
    ("given", "where"),
    [("127.0.0.1:11333", "127.0.0.1:11333"), ("https://u:pw@scan.example/", "scan.example")],
)
def test_where_it_is(given: str, where: str) -> None:
    """A bare host and port will do; a password is not shown."""
    assert Rspamd(given).where == where


@pytest.mark.parametrize("given", ["ftp://scan.example", "http://", "http://[::1"])
def test_no_url(given: str) -> None:
    """A mistake in the setting stops the start, with an example."""
    with pytest.raises(StartupError, match="LEADBOT_RSPAMD_URL"):
        Rspamd(given)


def test_a_path_before_it_is_kept(server: RspamdServer) -> None:
    """`/checkv2` may be written out, and is asked once."""
    assert Rspamd(f"{server.url}/checkv2").scan(mail()) is not None


def test_a_server_in_trouble_is_left_alone_and_tried_again(
    server: RspamdServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A flood of mail does not wait for it one by one, and the log does not repeat it; its first answer ends that."""
    seconds = [0.0]
    rules = Rules(failures=2, first=10.0)
    breaker = CircuitBreaker(SetClock(), rules, now=lambda: seconds[0], random=lambda: 1.0)
    scanner = Rspamd(server.url, 5.0, breaker)
    server.status = 503
    assert [scanner.scan(mail()) for _ in range(5)] == [None] * 5
    assert (len(server.asked), caplog.text.count("goes on without it")) == (2, 2)
    server.status = 200
    seconds[0] = 100.0
    assert scanner.scan(mail()) is not None
    assert scanner.scan(mail()) is not None
    assert len(server.asked) == 4


def test_trouble_is_told_in_words(server: RspamdServer) -> None:
    """A trial mail is judged; what keeps the server from that is said."""
    assert Rspamd(server.url).trouble() == ""
    server.raw = b"<html>nginx</html>"
    assert "answers strangely" in Rspamd(server.url).trouble()
    server.stall.clear()
    assert Rspamd(server.url, 0.2).trouble().endswith("did not answer within 0.2 s")
