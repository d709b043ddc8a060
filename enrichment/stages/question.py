"""The question that a language model is asked about a lead: rules, fenced message, and the schema of the answer.

The customer's text goes in defanged, numbered by lines, between two marks that it cannot know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from enrichment.lead import Lead
from enrichment.models import Model
from enrichment.stages.defang import defanged, line_of, visible
from enrichment.stages.tables import load_table

TEXT_LENGTH = 6000
NAME_LENGTH = 60
OTHER, UNKNOWN = "other", "unknown"
_MOST_LINES = 150
_MOST_SERVICES = 30
_SUBJECT_LENGTH = 300


class Field(Model):
    """One field of the answer; `longest` in characters, of strings only."""

    name: str
    kind: Literal["quote", "text", "line", "urgency", "intent", "service"]
    about: str
    longest: int = 0


class Prompt(Model):
    """The table analysis.toml."""

    version: int
    system: str
    before: str
    after: str
    field: tuple[Field, ...]
    intents: dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask: the rules, the message, and the JSON schema of the answer."""

    system: str
    prompt: str
    schema: Mapping[str, Any]


@cache
def asked() -> Prompt:
    """The prompt that comes with Leadbot."""
    return load_table(Prompt, "analysis.toml")


def question(lead: Lead, services: Sequence[str], business: str, nonce: str, longest: int = TEXT_LENGTH) -> Question:
    """The question about one lead.

    services: what the business sells, by name; nonce: a random word for the marks; longest: of the text, characters.
    """
    prompt = asked()
    lines = [f"{number}| {defanged(line)}" for number, line in enumerate(message_lines(lead, longest))]
    told = [
        f"Business: {line_of(business, NAME_LENGTH)}" if business else "",
        f"Services: {'; '.join(named(services))}" if services else "",
        f"Received: {lead.received_at:%A %d %B %Y}",
        prompt.before.format(nonce=nonce),
        f"=== {nonce} ===",
        *(line.replace(nonce, "") for line in lines),
        f"=== {nonce} ===",
        prompt.after,
    ]
    return Question(_system(), "\n".join(filter(None, told)), _schema(services))


@cache
def _system() -> str:
    """The rules, the same for every lead, so that the model's server need not read them again."""
    prompt = asked()
    fields = [f"- {field.name}: {field.about}" for field in prompt.field]
    intents = [f"- {name}: {meaning}" for name, meaning in prompt.intents.items()]
    return "\n".join([prompt.system, *fields, "The kinds of message (intent):", *intents])


def named(services: Sequence[str]) -> list[str]:
    """The services as they are offered to the model."""
    names = (line_of(service, NAME_LENGTH) for service in services[:_MOST_SERVICES])
    return [name for name in dict.fromkeys(names) if name and name not in {OTHER, UNKNOWN}]


def _schema(services: Sequence[str]) -> dict[str, Any]:
    """Flat, everything required, in the order in which it is to be answered."""
    lists = {"service": [*named(services), OTHER, UNKNOWN], "intent": list(asked().intents)}
    integers = {"line": _MOST_LINES, "urgency": 100}
    properties: dict[str, Any] = {}
    for field in asked().field:
        if field.kind in integers:
            properties[field.name] = {"type": "integer", "minimum": 0, "maximum": integers[field.kind]}
        elif field.kind in lists:
            properties[field.name] = {"type": "string", "enum": lists[field.kind]}
        else:
            properties[field.name] = {"type": "string", "maxLength": field.longest}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def message_lines(lead: Lead, longest: int = TEXT_LENGTH) -> list[str]:
    """The subject, then the lines of the text that hold anything; too many of them run on in the last."""
    written = (" ".join(line.split()) for line in visible(lead.text[:longest]).splitlines())
    lines = [line for line in written if line]
    most = _MOST_LINES - 1
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [line_of(lead.subject, _SUBJECT_LENGTH), *lines]
