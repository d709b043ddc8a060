"""What a language model is asked about a lead, and what is made of its answer. The answer is as untrusted as the lead.

The model has no tools and no power: what it says is cut, put on one line and checked, what it quotes must stand in the
message, and it moves the urgency that the rules gave by 25 points at most; an emergency that the rules saw stays hot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from enrichment.errors import RetryLater
from enrichment.lead import HOT_FROM, Analysis, Evidence, Lead, Triage, UrgencyLabel
from enrichment.stages.defang import line_of
from enrichment.stages.question import NAME_LENGTH, UNKNOWN, Field, Question, asked, message_lines, named, question
from enrichment.stages.quotes import found

__all__ = ["Question", "judged", "question", "read_answer", "rules_alone"]

SWAY = 25
MARKER = "the model: "
_LONGEST_ANSWER = 20_000
_QUOTE_LENGTH = 80
_COPIED = ("timeframe", "budget", "location")


def read_answer(text: str, lead: Lead, model: str, made_at: datetime, services: Sequence[str]) -> Analysis:
    """The analysis that the model's answer holds, with what the rules alone said beside it.

    Raises RetryLater when the answer breaks the schema: the next one may not. (It has no `retry_after`, so that
    enrichment.analysis can tell the lead's trouble from the server's.)
    """
    said, lines = _checked(text), message_lines(lead)
    known = {name.casefold(): name for name in named(services)}
    return Analysis(
        model=line_of(model, 100),
        made_at=made_at,
        summary=said["summary"],
        intent=said["intent"] if said["intent"] in asked().intents else UNKNOWN,
        service=known.get(said["service"].casefold(), ""),
        urgency=said["urgency"],
        **{name: found(said[name], -1, lines, NAME_LENGTH) for name in _COPIED},
        next_step=said["next_step"],
        evidence=_evidence(said, lines),
        rules=rules_alone(lead),
    )


def _checked(text: str) -> dict[str, Any]:
    """The fields of the answer, each of its kind, strings short and on one line."""
    try:
        said = json.loads(text) if len(text) <= _LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise RetryLater("the model's answer is no JSON object")
    checked = {field.name: _value(field, said.get(field.name)) for field in asked().field}
    if not checked["summary"]:
        raise RetryLater("the model's answer says nothing")
    return checked


def _value(field: Field, value: Any) -> str | int:
    """Raises RetryLater when it is of the wrong kind. A string that is too long is cut: not every engine counts."""
    if field.kind in {"line", "urgency"}:
        if isinstance(value, int) and not isinstance(value, bool) and (field.kind == "line" or 0 <= value <= 100):
            return value
    elif isinstance(value, str):
        return line_of(value, field.longest or NAME_LENGTH)
    raise RetryLater(f"the model's answer breaks the schema at {field.name}")


def _evidence(said: Mapping[str, Any], lines: Sequence[str]) -> tuple[Evidence, ...]:
    """The model's reasons whose quotes stand in the message; the others are dropped."""
    kept: dict[str, Evidence] = {}
    for number in (1, 2):
        quote = found(said[f"quote_{number}"], said[f"line_{number}"], lines, _QUOTE_LENGTH)
        reason = said[f"reason_{number}"] or "says so"
        if quote:
            kept.setdefault(quote, Evidence(rule=f"{MARKER}{reason}", quote=quote))
    return tuple(kept.values())


def rules_alone(lead: Lead) -> Triage:
    """What the rules said before any model did, so that analysing again starts from there and never drifts."""
    if lead.analysis is not None and lead.analysis.rules is not None:
        return lead.analysis.rules
    return lead.machine or lead.triage


def judged(lead: Lead, analysis: Analysis) -> Triage:
    """The rules' judgement, moved by the model's by 25 points at most; the first of its reasons bears the points.

    A model can be talked into anything by the text it reads, hence the limits.
    """
    rules = rules_alone(lead)
    urgency = max(rules.urgency - SWAY, min(rules.urgency + SWAY, analysis.urgency))
    intent = rules.intent if analysis.intent == UNKNOWN else analysis.intent
    if rules.intent == "emergency" and rules.urgency >= HOT_FROM:
        urgency, intent = max(urgency, HOT_FROM), rules.intent
    return Triage(
        urgency=urgency,
        label=UrgencyLabel.of(urgency),
        intent=intent,
        service=analysis.service or rules.service,
        evidence=(*rules.evidence, *_swayed(analysis.evidence, urgency - rules.urgency)),
        method=f"{rules.method} and {analysis.model}",
    )


def _swayed(evidence: Sequence[Evidence], points: int) -> tuple[Evidence, ...]:
    """The model's evidence with the points that it moved the urgency by."""
    if not evidence:
        word = "more" if points > 0 else "less"
        return (Evidence(rule=f"{MARKER}{word} urgent", points=points),) if points else ()
    first, *others = evidence
    return (first.model_copy(update={"points": points}), *others)
