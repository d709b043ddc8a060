"""What every answer of the parser promises, whatever the mail: clean, bounded strings that survive JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator

from enrichment.models import ParsedMessage

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ue000-\ue00f]")
LONGEST = 210_000  # 200,000 of text, and what joins its pieces
# The values of one line, by field, and their longest length.
LINES = {
    "subject": 998,
    "message_id": 998,
    "in_reply_to": 998,
    "references": 998,
    "address": 320,
    "name": 200,
    "filename": 200,
    "within": 200,
    "content_type": 200,
    "language": 3,
    "headers": 1000,
    "defects": 300,
    "recipient": 998,
    "status": 20,
    "reason": 1000,
}


def strings(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Every string inside a dumped model with the name of the nearest field above it."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            # The keys of the form's dictionaries are somebody's labels, not fields of a model.
            yield from strings(inner, field if field in {"headers", "fields", "form"} else str(key))
            yield from strings(key, "key")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner, field)


def assert_promises(found: ParsedMessage) -> None:
    """Clean and bounded strings, one line where one line is meant, bounded lists, and JSON in both directions."""
    for field, value in strings(found.model_dump(mode="json")):
        assert not CONTROLS.search(value), (field, value[:200])
        assert len(value) <= LINES.get(field, LONGEST), (field, len(value))
        assert field not in LINES or not set(value) & set("\r\n\t"), (field, value[:200])
    assert len(found.references) <= 100
    assert len(found.attachments) <= 200
    assert len(found.defects) <= 20
    assert ParsedMessage.model_validate_json(found.model_dump_json()) == found
