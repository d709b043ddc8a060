"""Leads in the store: opened once, shown once, each pair written once; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
import sqlalchemy as sa

from enrichment.adapters.store.lead_statements import VIEWS
from enrichment.adapters.store.revise import DRAWN
from enrichment.lead import Lead, LeadStatus, MatchKind
from enrichment.models import MessageState
from enrichment.ports import as_vector
from tests.enrichment.parts import Parts, at_once, match, triage


def shown(parts: Parts, lead_id: int) -> Lead:
    """A lead as staff see it."""
    lead = parts.book.get(lead_id)
    assert lead is not None
    return lead


def wanted(parts: Parts, lead_id: int) -> dict[str, int]:
    """The revision that each view has to show."""
    behind = ((view, dict(parts.views.behind(view, 99))) for view in VIEWS)
    return {view: revisions[lead_id] for view, revisions in behind if lead_id in revisions}


def attach(parts: Parts, lead_id: int) -> int:
    """A new message that is part of the lead."""
    message_id = parts.accept()
    parts.leads.attach(message_id, lead_id, "a reply in the lead's thread")
    return message_id


def test_a_lead_is_opened_once_for_a_message(parts: Parts) -> None:
    """The same message again gives the same lead: one row, one contact, one set of views."""
    message_id = parts.accept()
    assert not parts.leads.opened(message_id)
    assert parts.open(message_id=message_id) == parts.open(message_id=message_id)
    assert parts.leads.opened(message_id)
    assert parts.scalar("SELECT count(*) FROM leads") == 1
    assert parts.scalar("SELECT count(*) FROM contacts") == 1
    assert parts.scalar("SELECT count(*) FROM views") == len(VIEWS)


def test_a_lead_is_opened_once_by_two_runs_of_its_message(parts: Parts) -> None:
    """Two workers on one message at the same moment get the same lead, and neither of them an error."""
    for _ in range(5):
        message_id = parts.accept()
        one, other = at_once(*[partial(parts.open, message_id=message_id)] * 2)
        assert one == other
    assert parts.scalar("SELECT count(*) FROM leads") == 5


def test_an_opened_lead_is_not_shown_but_can_be_found(parts: Parts) -> None:
    """Before it is judged a lead is in no list and no card, but others are compared with it, and the index takes it."""
    lead_id = parts.open()
    assert parts.book.listed(every=True) == []
    assert parts.book.count_open() == 0
    assert wanted(parts, lead_id) == {"index": 1}
    assert parts.leads.unindexed(10) == [(lead_id, parts.leads.candidates([lead_id])[0].vector)]
    assert [lead.lead_id for lead in parts.leads.of_party([("email", "ann@example.com")], "", 10)] == [lead_id]


def test_completing_shows_the_lead_and_ends_its_message(parts: Parts) -> None:
    """Judgement, revision, views, the message's state and the event are one commit."""
    message_id = parts.accept()
    lead_id = parts.open(message_id=message_id)
    parts.leads.complete(lead_id, triage(80), [])
    lead = shown(parts, lead_id)
    assert (lead.revision, lead.triage.urgency, lead.status, lead.message_id) == (1, 80, LeadStatus.OPEN, message_id)
    assert wanted(parts, lead_id) == dict.fromkeys(VIEWS, 1)
    assert parts.state(message_id) == MessageState.LEAD
    assert parts.scalar("SELECT count(*) FROM events WHERE action = 'opened'") == 1


def test_completing_again_changes_nothing(parts: Parts) -> None:
    """A second run, at once or later, neither judges again nor raises a revision nor writes a pair or an event."""
    older = parts.lead()
    lead_id = parts.open()
    at_once(*[partial(parts.leads.complete, lead_id, triage(80), [match(lead_id, older)])] * 2)
    parts.leads.complete(lead_id, triage(10), [match(lead_id, older, MatchKind.RELATED)])
    lead = shown(parts, lead_id)
    assert (lead.revision, lead.triage.urgency, [pair.kind for pair in lead.matches]) == (1, 80, [MatchKind.DUPLICATE])
    assert parts.scalar("SELECT count(*) FROM events WHERE action = 'opened'") == 2


def test_the_newer_of_a_pair_gets_the_warning(parts: Parts) -> None:
    """`duplicate_of` points from the newer to the older; the older one's card is left alone."""
    older, newer = parts.lead(), parts.open()
    parts.leads.complete(newer, triage(), [match(newer, older)])
    assert shown(parts, newer).duplicate_of == older
    assert (shown(parts, older).duplicate_of, shown(parts, older).revision) == (None, 1)
    assert shown(parts, older).matches == ()


def test_a_pair_that_the_older_lead_saw_first_warns_on_the_newer(parts: Parts) -> None:
    """The newer one, already shown, is drawn again with the warning; not shown yet, it comes with it."""
    for newer_is_shown in (True, False):
        older, newer = parts.open(), parts.open()
        if newer_is_shown:
            parts.leads.complete(newer, triage(), [])
        parts.leads.complete(older, triage(), [match(newer, older)])
        if not newer_is_shown:
            parts.leads.complete(newer, triage(), [match(newer, older)])
        lead = shown(parts, newer)
        assert lead.duplicate_of == older
        assert [pair.other_id for pair in lead.matches] == [older]
        assert lead.revision == (2 if newer_is_shown else 1)
        assert wanted(parts, newer)["card"] == lead.revision


def test_two_leads_that_see_each_other_write_one_pair(parts: Parts) -> None:
    """Committed at the same moment, both are shown at once, with one pair and one warning, on the newer."""
    for _ in range(15):
        older, newer = parts.open(), parts.open()
        pair = [match(newer, older)]
        at_once(
            partial(parts.leads.complete, older, triage(), pair), partial(parts.leads.complete, newer, triage(), pair)
        )
        assert shown(parts, older).duplicate_of is None
        assert shown(parts, newer).duplicate_of == older
        assert len(shown(parts, newer).matches) == 1
        assert wanted(parts, newer)["card"] == shown(parts, newer).revision
    assert parts.scalar("SELECT count(*) FROM matches") == 15


def test_many_leads_that_see_each_other_never_fail(parts: Parts) -> None:
    """Five leads of one party at once: every pair once, and no commit is refused."""
    ids = [parts.open() for _ in range(5)]
    pairs = {one: [match(max(one, two), min(one, two)) for two in ids if two != one] for one in ids}
    at_once(*(partial(parts.leads.complete, lead_id, triage(), pairs[lead_id]) for lead_id in ids))
    assert parts.scalar("SELECT count(*) FROM matches") == 10
    assert parts.scalar("SELECT count(*) FROM leads WHERE duplicate_of IS NOT NULL") == 4
    assert parts.scalar("SELECT count(*) FROM leads WHERE duplicate_of >= id") == 0


def test_only_a_duplicate_warns(parts: Parts) -> None:
    """Related and similar leads are matches without a warning."""
    older, newer = parts.lead(), parts.open()
    parts.leads.complete(newer, triage(), [match(newer, older, MatchKind.SIMILAR)])
    assert shown(parts, newer).duplicate_of is None
    assert [pair.kind for pair in shown(parts, newer).matches] == [MatchKind.SIMILAR]


def test_an_attached_message_draws_the_lead_again(parts: Parts) -> None:
    """The revision rises by one, card and thread follow, the vector does not change."""
    lead_id = parts.lead()
    for view in VIEWS:
        parts.views.caught_up(view, [(lead_id, 1)])
    message_id = attach(parts, lead_id)
    assert parts.state(message_id) == MessageState.ATTACHED
    assert shown(parts, lead_id).revision == 2
    assert wanted(parts, lead_id) == dict.fromkeys(DRAWN, 2)


def test_attaching_again_raises_nothing(parts: Parts) -> None:
    """A second run of the same reply is no second reply."""
    lead_id = parts.lead()
    message_id = parts.accept()
    at_once(*[partial(parts.leads.attach, message_id, lead_id, "a reply")] * 3)
    assert shown(parts, lead_id).revision == 2
    assert parts.scalar("SELECT count(*) FROM events WHERE action = 'wrote'") == 1


def test_replies_at_once_are_all_counted(parts: Parts) -> None:
    """No raise of the revision is lost when several replies come at the same moment."""
    lead_id = parts.lead()
    at_once(*[partial(attach, parts, lead_id)] * 4)
    assert shown(parts, lead_id).revision == 5
    assert wanted(parts, lead_id)["card"] == 5


def test_a_party_is_known_by_any_of_its_keys(parts: Parts) -> None:
    """An e-mail address or a phone that a lead was opened with; nobody is known by nothing."""
    parts.open("ann@example.com", phone="+14155550100")
    assert parts.leads.known_party([("email", "ann@example.com")])
    assert parts.leads.known_party([("email", "new@example.com"), ("phone", "+14155550100")])
    assert not parts.leads.known_party([("phone", "ann@example.com")])
    assert not parts.leads.known_party([])


def test_a_party_s_leads_come_newest_first(parts: Parts) -> None:
    """By e-mail or phone, no more than asked for."""
    ids = [parts.open("ann@example.com", phone="+14155550100") for _ in range(3)]
    other = parts.open("bob@example.com")
    found = parts.leads.of_party([("phone", "+14155550100")], "", 2)
    assert [lead.lead_id for lead in found] == ids[:0:-1]
    assert other not in [lead.lead_id for lead in parts.leads.of_party([("email", "ann@example.com")], "", 9)]
    assert parts.leads.of_party([], "", 9) == []


def test_namesakes_never_push_out_the_party(parts: Parts) -> None:
    """With a common name the party's own old lead is found before any number of newer namesakes, and none twice."""
    own = parts.open("ann@example.com", name="Ann Lee")
    namesakes = [parts.open(f"ann{number}@example.com", name="Ann  LEE") for number in range(4)]
    found = parts.leads.of_party([("email", "ann@example.com")], "ann lee", 3)
    assert [lead.lead_id for lead in found] == [own, *namesakes[:1:-1]]


def test_a_candidate_carries_what_matching_needs(parts: Parts) -> None:
    """The contact with every address it was seen with, the words, the time and the vector."""
    parts.open("ann@example.com", phone="+14155550100", name="Ann")
    lead_id = parts.open("ann@work.example", phone="+14155550100", name="Ann Lee", vector=(0.6, 0.8))
    (candidate,) = parts.leads.candidates([lead_id, 999])
    assert candidate.contact.name == "Ann Lee"
    assert candidate.emails == ("ann@example.com", "ann@work.example")
    assert candidate.phones == ("+14155550100",)
    assert np.allclose(as_vector(candidate.vector), (0.6, 0.8))
    assert candidate.received_at == parts.clock.now()
    assert parts.leads.candidates([]) == []


def test_vectors_are_told_without_the_leads_themselves(parts: Parts) -> None:
    """Another embedder's vector is empty; unknown ids are left out."""
    lead_id = parts.open()
    stored = parts.leads.candidates([lead_id])[0].vector
    assert parts.leads.vectors([lead_id, 99]) == {lead_id: stored}
    assert Parts(parts.database, parts.clock, embedder="another-model").leads.vectors([lead_id]) == {lead_id: b""}


def test_unindexed_leads_come_newest_first_until_they_are_in_the_index(parts: Parts) -> None:
    """What the index has taken is no longer listed."""
    ids = [parts.open() for _ in range(3)]
    parts.views.caught_up("index", [(ids[1], 1)])
    assert [lead_id for lead_id, _ in parts.leads.unindexed(9)] == [ids[2], ids[0]]
    assert [lead_id for lead_id, _ in parts.leads.unindexed(1)] == [ids[2]]


def test_a_vector_of_another_model_is_left_out_until_it_is_replaced(parts: Parts) -> None:
    """Vectors of different models are never compared; a new one is kept beside the lead."""
    lead_id = parts.open()
    later = Parts(parts.database, parts.clock, embedder="another-model")
    assert later.leads.candidates([lead_id])[0].vector == b""
    later.leads.keep_vectors({lead_id: np.asarray((0.0, 1.0), dtype="<f4").tobytes()})
    assert tuple(as_vector(later.leads.candidates([lead_id])[0].vector)) == (0.0, 1.0)
    assert parts.leads.candidates([lead_id])[0].vector == b""


def test_shown_leads_are_listed_most_urgent_first(parts: Parts) -> None:
    """Then oldest first; closed ones only when all are asked for; unjudged ones never."""
    low, high, high_too, closed = (parts.lead(urgency=urgency) for urgency in (10, 90, 90, 95))
    parts.open()
    with parts.database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE leads SET status = 'won' WHERE id = {closed}")
    assert [lead.id for lead in parts.book.listed()] == [high, high_too, low]
    assert [lead.id for lead in parts.book.listed(limit=2)] == [high, high_too]
    assert [lead.id for lead in parts.book.listed(every=True)] == [closed, high, high_too, low]
    assert parts.book.count_open() == 3


def test_a_list_of_any_length_can_be_read(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases limit the parameters of a statement; each listed lead has its matches all the same."""
    monkeypatch.setattr("enrichment.adapters.store.book.AT_ONCE", 2)
    first = parts.lead()
    for _ in range(4):
        lead_id = parts.open()
        parts.leads.complete(lead_id, triage(), [match(lead_id, first)])
    assert [len(lead.matches) for lead in parts.book.listed()] == [0, 1, 1, 1, 1]


def test_matches_are_read_strongest_first(parts: Parts) -> None:
    """The order in which staff see them."""
    one, two, three = parts.lead(), parts.lead(), parts.open()
    found = [match(three, one, MatchKind.SIMILAR, 0.5), match(three, two, MatchKind.DUPLICATE, 0.9)]
    parts.leads.complete(three, triage(), found)
    assert [pair.other_id for pair in shown(parts, three).matches] == [two, one]
    assert shown(parts, three).matches[0].reasons == ("same e-mail",)


def test_text_of_any_kind_is_kept(parts: Parts) -> None:
    """A NUL byte or a lone surrogate in a customer's words loses no lead."""
    lead_id = parts.lead(text="brakes \x00 \ud800 😀", name="Ann\x00")
    assert shown(parts, lead_id).text == "brakes \ufffd \ufffd 😀"
    assert shown(parts, lead_id).contact.name == "Ann\ufffd"


def test_a_lead_whose_message_was_set_aside_is_nobodys_match(parts: Parts) -> None:
    """It is in the table, not judged, and not shown: a warning that names it would lead nowhere."""
    lead_id = parts.open("ann@example.com")
    assert [lead.lead_id for lead in parts.leads.candidates([lead_id])] == [lead_id]
    message_id = parts.scalar(f"SELECT message_id FROM leads WHERE id = {lead_id}")
    for attempt in (1, 2, 3):
        parts.messages.fail(message_id, attempt, "match", "no way", blame=True)
    assert parts.leads.candidates([lead_id]) == []
    assert parts.leads.unindexed(10) == []


def test_leads_that_a_new_one_touches_are_raised_in_one_order(postgres_parts: Parts) -> None:
    """In that of a view that catches up with several, whatever match is strongest: or both would wait for ever."""
    new = postgres_parts.open()
    first, second = postgres_parts.lead(), postgres_parts.lead()
    found = [match(second, new), match(first, new)]
    with ThreadPoolExecutor(1) as pool, postgres_parts.engine.begin() as other:
        mine = "SELECT 1 FROM views WHERE view = 'crm' AND lead_id = {} FOR UPDATE {}"
        other.execute(sa.text(mine.format(first, "")))
        completed = pool.submit(postgres_parts.leads.complete, new, triage(), found)
        with pytest.raises(TimeoutError):
            completed.result(0.3)
        other.execute(sa.text(mine.format(second, "NOWAIT")))
        other.commit()
        completed.result(5)
    assert shown(postgres_parts, second).duplicate_of == new
