"""`similar`: leads like a text or like a lead, on the real store and model."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.search import SHOWN, Search, lead_number
from enrichment.errors import GiveUp, RetryLater
from enrichment.lead import MatchKind
from enrichment.pipeline import Pipeline
from enrichment.ports import Embedder
from tests.enrichment import fixtures
from tests.enrichment.house import mail
from tests.enrichment.parts import ExactIndex, Parts

# The core's own fixtures; this folder's conftest has others by some of the names.
embedder = fixtures.embedder
house = fixtures.house
index = fixtures.index
migrated_file = fixtures.migrated_file
pipeline = fixtures.pipeline
sqlite_parts = fixtures.sqlite_parts


@pytest.fixture
def search(house: Parts, pipeline: Pipeline, embedder: Embedder) -> Search:
    """A search over what the pipeline stores."""
    return Search(house.leads, house.book, pipeline.neighbours, embedder, "US")


def receive(house: Parts, pipeline: Pipeline, sender: str, body: str) -> int:
    """The lead that a mail has become."""
    pipeline.run(house.accept(mail(sender, body, subject="Hello")))
    return max(lead.id for lead in house.book.listed(every=True))


@pytest.mark.parametrize(("text", "number"), [("L-12", 12), (" l12 ", 12), ("L-", None), ("L-12 brakes", None)])
def test_a_lead_is_named_by_its_label(text: str, number: int | None) -> None:
    """With or without the hyphen, in either case."""
    assert lead_number(text) == number


def test_a_text_finds_leads_of_the_same_meaning(house: Parts, pipeline: Pipeline, search: Search) -> None:
    """In other words, and nothing else."""
    brakes = receive(house, pipeline, "ann@example.com", "My brakes grind when I stop the car.")
    receive(house, pipeline, "bob@example.org", "What does a lip filler cost, and is it safe?")
    assert [hit.lead.id for hit in search.similar("noise from the car when braking")] == [brakes]


def test_an_address_or_a_phone_finds_its_party_first(house: Parts, pipeline: Pipeline, search: Search) -> None:
    """Whatever was asked."""
    filler = receive(house, pipeline, "ann@example.com", "What does a lip filler cost? Call (415) 555-0132")
    receive(house, pipeline, "bob@example.org", "My brakes grind when I stop the car.")
    for query in ("brakes ann@example.com", "brakes 415-555-0132"):
        assert search.similar(query)[0].lead.id == filler


def test_a_lead_finds_its_duplicates_and_not_itself(house: Parts, pipeline: Pipeline, search: Search) -> None:
    """From either side."""
    first = receive(house, pipeline, "ann@example.com", "My brakes grind when I stop the car.")
    second = receive(house, pipeline, "ann@example.com", "My brakes still grind when I stop the car!")
    for query, other in ((f"L-{first}", second), (f"l{second}", first)):
        (hit,) = search.similar(query)
        assert (hit.lead.id, hit.found.kind) == (other, MatchKind.DUPLICATE)


def test_ten_are_shown_and_no_more_are_read(house: Parts, pipeline: Pipeline, search: Search) -> None:
    """A search among hundreds that fit costs no more than its page."""
    for number in range(SHOWN + 6):
        receive(house, pipeline, f"c{number}@example{number}.com", "My brakes grind when I stop the car.")
    reads: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM matches" in statement:
            reads.append(statement)

    sa.event.listen(house.engine, "before_cursor_execute", count)
    assert len(search.similar("grinding brakes on my car")) == SHOWN
    assert len(reads) == SHOWN


def test_a_lead_that_is_not_judged_yet_is_not_shown(house: Parts, search: Search) -> None:
    """It will be, a moment later."""
    house.open("ann@example.com", vector=[1.0] + [0.0] * 383, text="My brakes grind")
    assert search.similar("ann@example.com") == []


def test_what_cannot_be_searched_for_is_said(search: Search) -> None:
    """In a line for the user."""
    with pytest.raises(GiveUp, match="say what to look for"):
        search.similar("   ")
    with pytest.raises(GiveUp, match="no lead L-77"):
        search.similar("L-77")


def test_an_index_that_is_away_is_said(house: Parts, pipeline: Pipeline, search: Search, index: ExactIndex) -> None:
    """An empty answer would be a wrong one."""
    lead_id = receive(house, pipeline, "ann@example.com", "My brakes grind.")
    index.trouble = RetryLater("chroma is away")
    for query in ("brakes", f"L-{lead_id}"):
        with pytest.raises(RetryLater):
            search.similar(query)
