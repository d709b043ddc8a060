"""The accounts of a fault run find what is lost and what is doubled: each in a finished world with one thing wrong."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.faults.evidence import Evidence, Said, StoredEvent, StoredLead, StoredMessage
from tests.faults.mails import Kind, Mail, generate
from tests.faults.reconcile import Accounts, reconcile
from tests.faults.staff import Deed

MAILS = generate(7, 120)
CLAIM = Deed(1, "1.0", "U0STAFF1", "claimed", "claimed", answered=True, presses=2)


def finished() -> Evidence:
    """A world in which all went well: the last lead is a row of a batch card, the first was claimed."""
    messages = [_stored(mail) for mail in MAILS]
    leads = [StoredLead(i, f"uuid-{i}", row.id) for i, row in enumerate((m for m in messages if m.state == "lead"), 1)]
    leads[0] = dataclasses.replace(leads[0], status="claimed", owner="U0STAFF1")
    said = [said for lead in leads[:-1] for said in _card(lead.id, messages)]
    said.append(Said("9000.0", None, f"1 cold lead: L-{leads[-1].id}", "d-batch", (leads[-1].id,)))
    said.append(Said("9001.0", None, "⚠️ set aside\nmessage 7, 2026-11-20 09:00 UTC, failed in parse: boom", "d-notice"))
    said.append(Said("9002.0", "1.0", "🙋 Maya Brooks claimed L-1", "d-claim"))
    counted = Counter(row.state for row in messages if row.copy_of is None)
    return Evidence(
        messages=tuple(messages),
        leads=tuple(leads),
        events=(StoredEvent(1, "claimed", "U0STAFF1"),),
        postings={each.dispatch: each.ts for each in said},
        said=tuple(said),
        crm=tuple(lead.uuid for lead in leads),
        ledger={"received": counted.total(), "states": dict(counted), "balanced": True},
    )


def _stored(mail: Mail) -> StoredMessage:
    state = "discarded" if mail.kind == Kind.COPY else mail.state
    copy_of = mail.of.number + 1 if mail.kind == Kind.COPY and mail.of else None
    return StoredMessage(mail.number + 1, mail.key(), state, copy_of, 1 if state == "attached" else None)


def _card(lead: int, messages: Sequence[StoredMessage]) -> list[Said]:
    root = f"{lead}.0"
    replies = [row.id for row in messages if row.state == "attached"] if lead == 1 else []
    return [
        Said(root, None, f"🔵 Cold 20 · roof, from Ada (L-{lead})", f"d-card-{lead}"),
        Said(f"{lead}.1", root, f"Why L-{lead} is cold 20", f"d-details-{lead}"),
        *(Said(f"{lead}.2{n}", root, f"Ada wrote again about L-{lead}: no. {n}", f"d-reply-{n}") for n in replies),
    ]


def accounts(evidence: Evidence, deeds: Sequence[Deed] = (CLAIM,)) -> Accounts:
    """The accounts when every mail was accepted."""
    return reconcile(MAILS, {mail.number: mail for mail in MAILS}, deeds, evidence)


def test_a_run_in_which_all_went_well_is_good() -> None:
    """Nothing is found, and the figures are those of the world."""
    found = accounts(finished())
    assert (found.lost, found.doubled, found.wrong) == ([], [], [])
    leads = sum(mail.state == "lead" for mail in MAILS)
    assert (found.sent, found.accepted, found.leads, found.shown, found.rows) == (120, 120, leads, leads, leads)


def _with(evidence: Evidence, name: str, there: list[Any]) -> Evidence:
    changes: dict[str, Any] = {name: tuple(there)}
    return dataclasses.replace(evidence, **changes)


def without(name: str, chosen: Callable[[Any], bool]) -> Evidence:
    """The world without the first of these."""
    evidence = finished()
    there = list(getattr(evidence, name))
    there.remove(next(each for each in there if chosen(each)))
    return _with(evidence, name, there)


def twice(name: str, chosen: Callable[[Any], bool], **changes: Any) -> Evidence:
    """The world with the first of these once more."""
    evidence = finished()
    there = getattr(evidence, name)
    again = next(each for each in there if chosen(each))
    again = dataclasses.replace(again, **changes) if changes else again
    return _with(evidence, name, [*there, again])


def changed(name: str, chosen: Callable[[Any], bool], **changes: Any) -> Evidence:
    """The world with the first of these otherwise."""
    evidence = finished()
    there = list(getattr(evidence, name))
    place = next(n for n, each in enumerate(there) if chosen(each))
    there[place] = dataclasses.replace(there[place], **changes)
    return _with(evidence, name, there)


LOST = {
    "a stored message": lambda: without("messages", lambda m: m.state == "filtered"),
    "a message that never ends": lambda: changed("messages", lambda m: m.state == "filtered", state="in_progress"),
    "a lead": lambda: without("leads", lambda lead: lead.id == 3),
    "a card": lambda: without("said", lambda said: said.card_of == 3),
    "a batch card": lambda: without("said", lambda said: bool(said.rows)),
    "the details": lambda: without("said", lambda said: said.text.startswith("Why L-3 ")),
    "a later mail": lambda: without("said", lambda said: " wrote again about " in said.text),
    "a row in Airtable": lambda: without("crm", lambda key: key == "uuid-3"),
    "a claim": lambda: changed("leads", lambda lead: lead.id == 1, status="open", owner=""),
    "a claim's event": lambda: without("events", bool),
}
DOUBLED = {
    "a stored message": lambda: twice("messages", lambda m: m.state == "filtered", id=999),
    "a lead": lambda: twice("leads", lambda lead: lead.id == 3, id=999),
    "a card": lambda: twice("said", lambda said: said.card_of == 3, ts="3.9", dispatch="d-other"),
    "a row that has a card": lambda: changed("said", lambda said: bool(said.rows), rows=(3, len(finished().leads))),
    "the details": lambda: twice("said", lambda said: said.text.startswith("Why L-3 "), dispatch="d-other"),
    "a later mail": lambda: twice("said", lambda said: " wrote again " in said.text, dispatch="d-other"),
    "a line of staff": lambda: twice("said", lambda said: " claimed L-1" in said.text, dispatch="d-other"),
    "a notice": lambda: twice("said", lambda said: "set aside" in said.text, dispatch="d-other"),
    "a message nobody wrote down": lambda: twice("said", lambda said: "set aside" in said.text, text="", dispatch="x"),
    "a row in Airtable": lambda: twice("crm", lambda key: key == "uuid-3"),
    "a claim": lambda: twice("events", bool),
}
WRONG = {
    "a message that nobody sent": lambda: twice("messages", lambda m: m.state == "filtered", id=999, key="?"),
    "a reply that is a lead": lambda: changed("messages", lambda m: m.state == "attached", state="filtered"),
    "a row of no lead": lambda: dataclasses.replace(finished(), crm=(*finished().crm, "uuid-999")),
    "a card of no lead": lambda: twice("said", lambda s: s.card_of == 3, text="? (L-999)", ts="999.0"),
    "a ledger that says less": lambda: dataclasses.replace(finished(), ledger={"received": 1, "balanced": True}),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost_is_found(what: str) -> None:
    """Whatever is not there that should be."""
    assert accounts(LOST[what]()).lost


@pytest.mark.parametrize("what", DOUBLED)
def test_what_is_doubled_is_found(what: str) -> None:
    """Whatever is there twice."""
    assert accounts(DOUBLED[what]()).doubled


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_found(what: str) -> None:
    """Whatever is there and should not be, or is said and is not so."""
    assert accounts(WRONG[what]()).wrong


def test_a_deed_that_was_not_answered_may_have_happened_or_not() -> None:
    """Whoever was told of trouble looks at the card; but it never happens twice."""
    unsure = dataclasses.replace(CLAIM, answered=False)
    assert accounts(finished(), [unsure]).good
    assert accounts(without("events", bool), [unsure]).good
    assert accounts(twice("events", bool), [unsure]).doubled
