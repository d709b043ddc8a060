"""The owner's scanner beside the pipeline: asked of strangers' mail that would pass, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from enrichment.adapters.rspamd import Rspamd
from enrichment.models import MessageState
from enrichment.pipeline import Pipeline
from enrichment.ports import Embedder
from tests.enrichment.house import BRAKES, build, mail, shown
from tests.enrichment.parts import ExactIndex, Parts
from tests.servers.rspamd import RspamdServer, scanning, spam

FORM = "Name: Jo Smith\nEmail: jo@customer.example\nMessage: My brakes grind, can you help?\n"
PASSED_ON = f"---------- Forwarded message ----------\nFrom: Ann <ann@example.com>\nSubject: Brakes\n\n{BRAKES}\n"


@pytest.fixture
def server() -> Iterator[RspamdServer]:
    """A scanner that calls every mail spam."""
    with scanning() as scanner:
        scanner.answer = spam()
        yield scanner
        assert scanner.mistakes == []


@pytest.fixture
def scanned(house: Parts, embedder: Embedder, index: ExactIndex, server: RspamdServer) -> Pipeline:
    """The pipeline of an owner who has that scanner."""
    return build(house, embedder, index, scanner=Rspamd(server.url))


def test_what_the_scanner_calls_spam_is_set_aside(house: Parts, scanned: Pipeline, server: RspamdServer) -> None:
    """With the scanner's words as the reason; it saw the mail and its envelope."""
    content = mail("eve@elsewhere.example")
    message_id = house.accept(content, mail_from="eve@elsewhere.example", client_ip="192.0.2.7")
    assert scanned.run(message_id) == MessageState.FILTERED
    reason = house.scalar(f"SELECT reason FROM messages WHERE id = {message_id}")
    assert reason.startswith("spam (")
    assert "rspamd: add header, 12.4 of 15 points (URIBL_BLACK, BAYES_SPAM)" in reason
    [(headers, body)] = server.asked
    assert (body, headers["from"], headers["ip"]) == (content, ["eve@elsewhere.example"], ["192.0.2.7"])


def test_a_known_party_is_not_scanned(house: Parts, scanned: Pipeline, server: RspamdServer) -> None:
    """Whoever has written before is a customer, whatever a scanner would say."""
    house.lead("ann@example.com")
    assert scanned.run(house.accept(mail("ann@example.com"))) == MessageState.LEAD
    assert server.asked == []


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        (mail("ann@example.com"), {"sample": True}),
        (mail("ann@example.com"), {"channel": "slack"}),
        (mail("site@elsewhere.example", FORM, "Contact form"), {}),
        (mail("Sam <leads@localhost>", PASSED_ON, "Fwd: Brakes"), {}),
    ],
    ids=["sample", "slack", "form", "forward"],
)
def test_what_no_opinion_can_set_aside_is_not_scanned(
    house: Parts, scanned: Pipeline, server: RspamdServer, content: bytes, changes: dict[str, object]
) -> None:
    """Samples, Slack, a web form, and what a colleague passed on."""
    assert scanned.run(house.accept(content, **changes)) == MessageState.LEAD
    assert server.asked == []


def test_what_is_set_aside_anyway_is_not_scanned(house: Parts, scanned: Pipeline, server: RspamdServer) -> None:
    """A newsletter needs no second opinion."""
    assert scanned.run(house.accept(mail("n@shop.example", List_Id="<sale.shop.example>"))) == MessageState.FILTERED
    assert server.asked == []


@pytest.mark.parametrize("status", [200, 500])
def test_a_scanner_that_is_no_use_lets_mail_pass(
    house: Parts, scanned: Pipeline, server: RspamdServer, status: int
) -> None:
    """Neither nonsense nor an error of its own costs a customer."""
    server.status, server.raw = status, b"nonsense"
    assert scanned.run(house.accept(mail("ann@example.com"))) == MessageState.LEAD
    assert len(server.asked) == 1


def test_only_members_of_a_thread_are_spared(house: Parts, scanned: Pipeline, server: RspamdServer) -> None:
    """A reply by somebody who takes part is attached unseen; a stranger who quotes its Message-ID is judged."""
    house_server, server.answer = server.answer, server.answer | {"is_skipped": True}
    scanned.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    server.answer = house_server
    server.asked.clear()
    reply = mail("ann@example.com", "Any news?", "Re: Brakes", Message_ID="<2@x>", In_Reply_To="<1@x>")
    assert scanned.run(house.accept(reply)) == MessageState.ATTACHED
    assert server.asked == []
    stranger = mail("eve@elsewhere.example", "Any news?", "Re: Brakes", Message_ID="<3@x>", In_Reply_To="<1@x>")
    assert scanned.run(house.accept(stranger)) == MessageState.FILTERED
    assert len(server.asked) == 1
    assert len(shown(house)) == 1
