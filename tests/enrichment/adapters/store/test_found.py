"""The leads that somebody asks for, by filters and by words; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enrichment.adapters.store import lead_filters
from enrichment.adapters.store.book import Filters
from enrichment.lead import LeadStatus, UrgencyLabel
from tests.enrichment.parts import START, Parts

MAYA = ("U1", "Maya Brooks")
HOUR = timedelta(hours=1)


def ids(parts: Parts, filters: Filters, limit: int = 99, offset: int = 0) -> list[int]:
    """The numbers of what is found; as many as are counted."""
    found = [lead.id for lead in parts.book.found(filters, limit, offset)]
    if limit == 99:
        assert parts.book.count(filters) == len(found)
    return found


@pytest.fixture
def five(parts: Parts) -> list[int]:
    """Open, hot, claimed, closed and snoozed, an hour apart."""
    made = []
    for number, urgency in enumerate((10, 90, 50, 80, 45)):
        made.append(parts.lead(f"c{number}@example.com", urgency=urgency))
        parts.clock.move(3600)
    parts.desk.claim(made[2], *MAYA)
    parts.desk.close(made[3], *MAYA, LeadStatus.WON)
    parts.desk.snooze(made[4], *MAYA, parts.clock.now() + HOUR)
    return made


def test_each_filter_asks_for_one_thing(parts: Parts, five: list[int]) -> None:
    """Most urgent first; without any filter, all that is open."""
    plain, hot, mine, won, later = five
    asked = {
        Filters(): [hot, mine, later, plain],
        Filters(status=()): [hot, won, mine, later, plain],
        Filters(status=(LeadStatus.WON,)): [won],
        Filters(owner="U1"): [mine],
        Filters(owner="U1", status=()): [won, mine],
        Filters(owner="U9"): [],
        Filters(unclaimed=True): [hot, later, plain],
        Filters(label=UrgencyLabel.HOT): [hot],
        Filters(label=UrgencyLabel.WARM): [mine, later],
        Filters(label=UrgencyLabel.COLD): [plain],
        Filters(since=START + HOUR): [hot, mine, later],
        Filters(snoozed=True): [later],
        Filters(snoozed=False, unclaimed=True): [hot, plain],
    }
    assert {filters: ids(parts, filters) for filters in asked} == asked


def test_pages_follow_each_other(parts: Parts, five: list[int]) -> None:
    """None twice, none left out."""
    pages = [ids(parts, Filters(status=()), 2, offset) for offset in (0, 2, 4, 6)]
    assert [lead_id for page in pages for lead_id in page] == [five[at] for at in (1, 3, 2, 4, 0)]


def test_an_edited_urgency_is_what_is_asked_for(parts: Parts, five: list[int]) -> None:
    """Staff's word ranks the lead."""
    parts.editing.edit(five[0], *MAYA, {"urgency": 99})
    assert ids(parts, Filters(label=UrgencyLabel.HOT)) == [five[0], five[1]]


@pytest.mark.parametrize(
    ("words", "which"),
    [
        ("grind", [2, 1, 0]),
        ("GRINDING pads", [1]),
        ("lee", [1]),
        ("MÜLLER", [2]),
        ("müller", [2]),
        ("c0@example", [0]),
        ("303 555-0100", [2]),
        ("maya", [0]),
        ("100%", [2]),
        ("1_0", []),
        ("%", [2]),
        ("\\", []),
        ("grind nowhere", []),
        ("' OR 1=1 --", []),
        ("00000", []),
    ],
)
def test_words_are_found_wherever_they_stand(parts: Parts, words: str, which: list[int]) -> None:
    """All of them, in any case, newest first; signs mean themselves."""
    texts = ("brakes grind", "Grinding brake pads", "100% grinding")
    names = ("", "Ann Lee", "Jörg Müller")
    made = [
        parts.lead(f"c{at}@example.com", text=texts[at], name=names[at], phone="+13035550100" if at == 2 else None)
        for at in range(3)
    ]
    parts.desk.claim(made[0], *MAYA)
    assert ids(parts, Filters(words=words)) == [made[at] for at in which]


def test_edited_details_are_found(parts: Parts) -> None:
    """As staff see them, and no longer as they were."""
    lead_id = parts.lead(name="Ann")
    parts.editing.edit(lead_id, *MAYA, {"name": "Béa", "company": "Acme"})
    assert ids(parts, Filters(words="béa acme")) == [lead_id]
    assert ids(parts, Filters(words="Ann,")) == []


def test_history_is_found_by_words_alone(parts: Parts) -> None:
    """It is nobody's work, but it is remembered."""
    message = parts.accept(historical=True)
    lead_id = parts.lead(message_id=message)
    assert ids(parts, Filters()) == []
    assert ids(parts, Filters(words="grind")) == [lead_id]


def test_samples_may_be_left_out(parts: Parts) -> None:
    """They are on the list until they are taken away."""
    lead_id = parts.lead(message_id=parts.accept(sample=True))
    assert ids(parts, Filters()) == [lead_id]
    assert ids(parts, Filters(samples=False)) == []


def test_only_the_newest_leads_are_searched(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """More would take longer than anybody waits; that some are left out is known, and lists leave none out."""
    assert not parts.book.has_unsearched()
    monkeypatch.setattr(lead_filters, "SEARCHED", 2)
    old, newer, newest = (parts.lead(f"c{number}@example.com") for number in range(3))
    assert ids(parts, Filters(words="brakes")) == [newest, newer]
    assert ids(parts, Filters()) == [old, newer, newest]
    assert parts.book.has_unsearched()
    monkeypatch.setattr(lead_filters, "SEARCHED", 3)
    assert ids(parts, Filters(words="brakes")) == [newest, newer, old]
    assert not parts.book.has_unsearched()
