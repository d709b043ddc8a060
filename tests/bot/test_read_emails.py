"""Every mail of tests/emails is understood as its expectation says; see the README there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.reading import Reader
from enrichment.stages.business import Businesses
from tests.enrichment.house import InProcess, business

MAILS = Path(__file__).parents[1] / "emails"
OWN = "service@harbourside.example"
NAMES = sorted((file.stem for file in MAILS.glob("*.eml")), key=lambda name: (int(name.partition("-")[0]), name))
WHOLE = {"form"}  # compared as they are; of other objects only the keys that the expectation has


@pytest.fixture(scope="module")
def reader() -> Reader:
    """Reads in this process, for a business in the United States."""
    return Reader(InProcess(), Businesses([business("harbourside", OWN)]))


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_is_understood(reader: Reader, name: str) -> None:
    """Each field that the expectation names has exactly that value."""
    expected = json.loads((MAILS / f"{name}.json").read_text(encoding="utf-8"))
    found = reader.of_mail(name, (MAILS / f"{name}.eml").read_bytes()).model_dump(mode="json")
    assert _like(expected, found) == expected


def test_each_mail_has_its_expectation() -> None:
    """No expectation without a mail, no mail without one, and the numbers run on without a gap."""
    assert {file.stem for file in MAILS.glob("*.json")} == set(NAMES)
    assert [int(name.partition("-")[0]) for name in NAMES] == list(range(1, len(NAMES) + 1))
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_an_expectation_names_what_there_is(name: str) -> None:
    """It says at least what the mail is, and a misspelt field would be noticed."""
    expected = json.loads((MAILS / f"{name}.json").read_text(encoding="utf-8"))
    assert {"kind", "is_lead"} <= expected.keys()


def _like(expected: Any, found: Any) -> Any:
    """What was found, without the keys that the expectation does not name."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return {key: _of(key, value, found) for key, value in expected.items()}
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [_like(*pair) for pair in zip(expected, found, strict=True)]
    return found


def _of(key: str, value: Any, found: dict[str, Any]) -> Any:
    """The field of that name; a name that does not exist is told."""
    if key not in found:
        return f"there is no field {key}"
    return found[key] if key in WHOLE else _like(value, found[key])
