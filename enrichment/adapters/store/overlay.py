"""What staff said, laid over what the machine found. Rows keep both apart; whoever reads a lead sees staff's word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from enrichment.lead import Contact, Edits, Evidence, Match, MatchKind, Triage, UrgencyLabel, Verdict

# Beside the edits in their column: who set the urgency, by name; the contact's keys that only the edits brought.
URGENCY_BY, POINTS = "urgency_by", "points"
STAFF = "staff"
_KINDS = {Verdict.SAME: MatchKind.DUPLICATE, Verdict.RELATED: MatchKind.RELATED}
_ABSENT: dict[str, str | None] = {"name": "", "company": "", "email": None, "phone": None}


def edits_of(stored: Mapping[str, Any] | None) -> Edits:
    """The edits of a row."""
    known = stored or {}
    return Edits.model_validate({name: known[name] for name in Edits.model_fields if name in known})


def contact_with(contact: Mapping[str, Any], edits: Edits) -> Contact:
    """The contact of a row as staff corrected it; an empty word takes away what was found."""
    said = edits.model_dump(include=set(_ABSENT), exclude_none=True)
    changed = {name: value or _ABSENT[name] for name, value in said.items()}
    where = {"source": STAFF} if changed.get("email") else {}
    return Contact.model_validate({**contact, **changed, **where})


def triage_with(machine: Triage, urgency: int | None, name: str) -> Triage:
    """The judgement with the urgency that somebody of this name set, None for none; their word comes first."""
    if urgency is None:
        return machine
    said = Evidence(rule=f"set by {name or STAFF}", points=urgency - machine.urgency)
    changed = {"urgency": urgency, "label": UrgencyLabel.of(urgency), "evidence": (said, *machine.evidence)}
    return machine.model_copy(update=changed | {"method": STAFF})


def overlaid(row: sa.RowMapping) -> dict[str, Any]:
    """Contact, triage, edits and the machine's own judgement of a lead, from its row."""
    edits = edits_of(row["edits"])
    machine = Triage.model_validate(row["triage"])
    by = str((row["edits"] or {}).get(URGENCY_BY) or "")
    return {
        "contact": contact_with(row["contact"], edits),
        "triage": triage_with(machine, edits.urgency, by),
        "edits": edits,
        "machine": None if edits.urgency is None else machine,
    }


def judged(row: sa.RowMapping) -> Match:
    """A pair as staff see it: of the kind that they said it is."""
    match = Match.model_validate(dict(row))
    kind = _KINDS.get(match.verdict) if match.verdict else None
    return match.model_copy(update={"kind": kind}) if kind else match
