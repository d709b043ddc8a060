"""What the pipeline makes of parts that fail and of mail that wants to break it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from enrichment.errors import GiveUp, NeedsPerson, RetryLater
from enrichment.models import MessageState, ParsedMessage
from enrichment.pipeline import Pipeline, StageError
from enrichment.ports import Embedder, Vectors
from tests.enrichment.house import BRAKES, build, mail, shown
from tests.enrichment.parts import ExactIndex, Parts


class Broken:
    """A part that fails; a parser and an embedder in one."""

    name = "broken"
    dimension = 384

    def __init__(self, error: Exception) -> None:
        self.error = error

    def parse(self, _content: bytes) -> ParsedMessage:
        """Fail."""
        raise self.error

    def embed(self, _texts: Sequence[str]) -> Vectors:
        """Fail."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "blame"),
    [
        (RetryLater("the parser cannot be started"), False),
        (NeedsPerson("the model is not allowed"), False),
        (GiveUp("larger than a mail may be"), True),
        (KeyError("a bug that this message finds"), True),
    ],
)
def test_a_failing_part_says_whose_fault_it_is(
    house: Parts, embedder: Embedder, index: ExactIndex, error: Exception, *, blame: bool
) -> None:
    """Our own trouble never counts against a message, and a failed message waits as it was."""
    message_id = house.accept(mail("ann@example.com"))
    parts: list[tuple[str, Callable[[], Pipeline]]] = [
        ("parse", lambda: build(house, embedder, index, Broken(error))),
        ("match", lambda: build(house, Broken(error), index)),
    ]
    for stage, broken in parts:
        with pytest.raises(StageError) as caught:
            broken().run(message_id)
        assert (caught.value.stage, caught.value.blame) == (stage, blame)
        assert house.state(message_id) == MessageState.IN_PROGRESS
    assert house.scalar("SELECT count(*) FROM leads") == 0


def test_an_index_that_is_away_delays_no_lead(house: Parts, pipeline: Pipeline, index: ExactIndex) -> None:
    """It is shown, and the party's own duplicate is found all the same."""
    index.trouble = RetryLater("chroma is away")
    pipeline.run(house.accept(mail("ann@example.com", Message_ID="<1@x>")))
    pipeline.run(house.accept(mail("ann@example.com", BRAKES + "!", Message_ID="<2@x>")))
    assert shown(house)[1].duplicate_of == shown(house)[0].id


HOSTILE = {
    "empty": b"",
    "nul, surrogates": b"Subject: =?utf-8?q?a=00=ED=A0=80?=\r\nFrom: x\x00\xff@y.example\r\n\r\n\x00\xff\xed\xa0\x80",
    "long ids": b"Message-ID: <"
    + "".join(map(chr, range(0x4E00, 0x4E00 + 990))).encode()
    + b"@x>\r\nReferences: "
    + b"<a@b> " * 5000
    + b"\r\n\r\nHi",
    "long names": b"From: " + b"n" * 5000 + b" <" + b"a" * 400 + b"@" + b"b" * 400 + b".example>\r\n\r\nHi",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["sqlite_parts", "postgres_parts"], ids=["sqlite", "postgresql"])
def test_hostile_mail_comes_to_an_end(
    request: pytest.FixtureRequest, embedder: Embedder, index: ExactIndex, kind: str, name: str
) -> None:
    """On both databases: whatever the bytes are, they become a lead or are filtered, and nothing is quarantined."""
    parts: Parts = request.getfixturevalue(kind)
    house = Parts(parts.database, parts.clock, embedder=embedder.name)
    assert build(house, embedder, index).run(house.accept(HOSTILE[name])) in {MessageState.LEAD, MessageState.FILTERED}
