"""JSON that comes in, read so that all of it can go out again."""

from __future__ import annotations

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError or RecursionError for what is none."""
    value = json.loads(text)
    # half of a surrogate pair, or NaN, once stored would break every answer that shows it
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value
