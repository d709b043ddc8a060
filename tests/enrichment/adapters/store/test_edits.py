"""What staff correct counts for more than what the machine finds, now and later; on both databases."""

from __future__ import annotations

from functools import partial

import pytest

from enrichment.adapters.store.acts import EDITED
from enrichment.adapters.store.edits import Editing
from enrichment.errors import GiveUp
from enrichment.lead import Analysis, Edits, Lead, UrgencyLabel
from enrichment.stages.analyse import judged
from tests.enrichment.parts import Parts, at_once, triage

MAYA = ("U1", "Maya Brooks")
TOM = ("U2", "Tom Keller")


def shown(parts: Parts, lead_id: int) -> Lead:
    """A lead as staff see it."""
    lead = parts.book.get(lead_id)
    assert lead is not None
    return lead


def thought(parts: Parts, urgency: int) -> Analysis:
    """A model's answer."""
    return Analysis(model="m", made_at=parts.clock.now(), summary="Brakes", urgency=urgency)


def points(parts: Parts) -> set[str]:
    """All details by which anybody is known."""
    return {str(parts.scalar(f"SELECT value FROM contact_points ORDER BY id LIMIT 1 OFFSET {at}")) for at in range(5)}


def test_edits_are_what_staff_see(parts: Parts) -> None:
    """Contact, urgency and label; the event says what was and what is, by whom."""
    lead_id = parts.lead(name="Ann")
    said = {"name": " Anne  Lee ", "email": "Anne@Example.com", "phone": "+1 303 555 0100", "urgency": "85"}
    change = parts.editing.edit(lead_id, *MAYA, said)
    assert (change.done, change.action, change.by_name) == (True, EDITED, "Maya Brooks")
    lead = shown(parts, lead_id)
    assert (lead.contact.name, lead.contact.email, lead.contact.phone) == (
        "Anne Lee",
        "anne@example.com",
        "+13035550100",
    )
    assert (lead.triage.urgency, lead.triage.label, lead.revision) == (85, UrgencyLabel.HOT, 2)
    assert (lead.triage.evidence[0].rule, lead.triage.evidence[0].points) == ("set by Maya Brooks", 35)
    assert lead.machine == triage(50)
    (event,) = parts.history.of(lead_id, (EDITED,))
    assert event.detail["fields"] == ["name", "email", "phone", "urgency"]
    assert (event.detail["was"]["urgency"], event.detail["now"]["urgency"]) == (None, 85)


def test_edits_are_merged_and_taken_back(parts: Parts) -> None:
    """Each field for itself; the machine's value returns."""
    lead_id = parts.lead(name="Ann", urgency=50)
    parts.editing.edit(lead_id, *MAYA, {"company": "Acme", "urgency": 90})
    parts.editing.edit(lead_id, *TOM, {"name": "Bea"})
    lead = shown(parts, lead_id)
    assert lead.edits == Edits(name="Bea", company="Acme", urgency=90)
    assert lead.triage.evidence[0].rule == "set by Maya Brooks"
    parts.editing.edit(lead_id, *TOM, {"urgency": None, "company": None, "name": None})
    lead = shown(parts, lead_id)
    assert (lead.contact.name, lead.contact.company, lead.triage, lead.machine) == ("Ann", "", triage(50), None)
    assert parts.scalar("SELECT urgency FROM leads") == 50


def test_an_empty_word_takes_away_what_was_found(parts: Parts) -> None:
    """A wrong number is nobody's number."""
    lead_id = parts.lead(name="Ann", phone="+13035550100")
    parts.editing.edit(lead_id, *MAYA, {"phone": "", "name": " "})
    contact = shown(parts, lead_id).contact
    assert (contact.phone, contact.name) == (None, "")


def test_a_form_that_sends_everything_back_changes_nothing(parts: Parts) -> None:
    """What the lead says already is no edit, and pins nothing against a later analysis."""
    lead_id = parts.lead(name="Ann", phone="+13035550100")
    same: dict[str, str | int | None] = {
        "name": "Ann",
        "email": "ann@example.com",
        "phone": "+1 (303) 555-0100",
        "company": "",
        "urgency": 50,
    }
    assert not parts.editing.edit(lead_id, *MAYA, same).done
    assert parts.editing.edit(lead_id, *MAYA, same | {"company": "Acme"}).done
    assert not parts.editing.edit(lead_id, *TOM, same | {"company": "Acme"}).done
    lead = shown(parts, lead_id)
    assert (lead.edits, lead.revision) == (Edits(company="Acme"), 2)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("email", "ann at example", "no e-mail address"),
        ("email", "a@b.example, c@d.example", "no e-mail address"),
        ("phone", "soon", "no phone number"),
        ("phone", "12", "no phone number"),
        ("urgency", 101, "0 to 100"),
        ("urgency", "-1", "0 to 100"),
        ("urgency", "very", "0 to 100"),
        ("urgency", True, "0 to 100"),
        ("text", "I never said so", "cannot be edited"),
    ],
)
def test_a_wrong_value_is_one_clear_line(parts: Parts, field: str, value: str | int, why: str) -> None:
    """And nothing of the form is kept."""
    lead_id = parts.lead()
    with pytest.raises(GiveUp, match=why) as caught:
        parts.editing.edit(lead_id, *MAYA, {"name": "Bea", field: value})
    assert "\n" not in str(caught.value)
    assert shown(parts, lead_id).edits == Edits()


def test_a_late_analysis_never_changes_an_edit(parts: Parts) -> None:
    """What the machine thinks moves on below; what staff said ranks the lead in every view."""
    lead_id = parts.lead(urgency=50)
    parts.editing.edit(lead_id, *MAYA, {"urgency": 95, "name": "Bea"})
    analysis = thought(parts, 20)
    late = judged(shown(parts, lead_id), analysis)
    assert late.urgency == 25  # from the rules' 50, not from staff's 95
    assert parts.leads.analysed(lead_id, analysis, late)
    parts.leads.complete(lead_id, triage(10), [])
    lead = shown(parts, lead_id)
    assert (lead.triage.urgency, lead.contact.name, lead.edits.urgency) == (95, "Bea", 95)
    assert lead.machine == late
    assert parts.scalar("SELECT urgency FROM leads") == 95
    assert parts.scalar("SELECT urgency FROM views WHERE view = 'card'") == 95
    parts.editing.edit(lead_id, *MAYA, {"urgency": None})
    assert shown(parts, lead_id).triage == late


def test_the_next_mail_of_an_edited_address_matches(parts: Parts) -> None:
    """Its customer is a known party, and the lead is found by it."""
    lead_id = parts.lead()
    key = [("email", "bea@other.example")]
    assert not parts.leads.known_party(key)
    parts.editing.edit(lead_id, *MAYA, {"email": "bea@other.example"})
    assert parts.leads.known_party(key)
    (candidate,) = parts.leads.of_party(key, "", 9)
    assert (candidate.lead_id, candidate.contact.email) == (lead_id, "bea@other.example")
    assert set(candidate.emails) == {"ann@example.com", "bea@other.example"}


def test_a_mistyped_address_is_nobodys_afterwards(parts: Parts) -> None:
    """What only the edit had brought goes with it, unless a later lead has come by it."""
    lead_id = parts.lead()
    parts.editing.edit(lead_id, *MAYA, {"email": "typo@other.example"})
    parts.editing.edit(lead_id, *MAYA, {"email": "bea@other.example"})
    assert not parts.leads.known_party([("email", "typo@other.example")])
    parts.lead("bea@other.example")
    parts.editing.edit(lead_id, *MAYA, {"email": None})
    assert parts.leads.known_party([("email", "bea@other.example")])
    assert points(parts) == {"ann@example.com", "bea@other.example", "None"}


def test_edits_at_once_are_all_there(parts: Parts) -> None:
    """Two who correct different fields do not overwrite each other."""
    lead_id = parts.lead()
    edit = parts.editing.edit
    done = at_once(
        partial(edit, lead_id, *MAYA, {"name": "Bea"}),
        partial(edit, lead_id, *TOM, {"company": "Acme"}),
        partial(edit, lead_id, *TOM, {"urgency": 5}),
    )
    assert [change.done for change in done] == [True] * 3
    assert shown(parts, lead_id).edits == Edits(name="Bea", company="Acme", urgency=5)
    assert len(parts.history.of(lead_id, (EDITED,))) == 3


def test_hostile_words_are_bounded(parts: Parts) -> None:
    """Longer than any name, with what no database takes."""
    lead_id = parts.lead()
    parts.editing.edit(lead_id, *MAYA, {"name": "x\0\ud800" * 4000})
    name = shown(parts, lead_id).contact.name
    assert len(name) == 200
    assert "\0" not in name
    with pytest.raises(GiveUp, match="there is no lead"):
        parts.editing.edit(99, *MAYA, {"name": "Bea"})


def test_the_same_editor_twice(parts: Parts) -> None:
    """A second press of the button is told that it is done already."""
    lead_id = parts.lead()
    editing = Editing(parts.database, parts.clock, parts.editing._typed)
    assert editing.edit(lead_id, *MAYA, {"email": "bea@other.example"}).done
    again = editing.edit(lead_id, *MAYA, {"email": "bea@other.example"})
    assert (again.done, again.by, again.action) == (False, "U1", EDITED)
