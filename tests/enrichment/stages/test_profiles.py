"""What each profile makes of its trade's messages, and that it stays silent about everything else."""

from __future__ import annotations

import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from pydantic import ValidationError

from enrichment.lead import Contact, Triage
from enrichment.stages import profiles
from enrichment.stages.profiles import Profile, profile
from enrichment.stages.rules import default_rules
from enrichment.stages.triage import triage

TUESDAY = datetime(2026, 11, 10, 15, 0, tzinfo=UTC)
HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "profile_cases.toml").read_text("utf-8"))
MESSAGES = tomllib.loads((HERE / "messages.toml").read_text("utf-8"))
TRADES = ("automotive", "consulting", "home_services", "medspa")
WEEK: dict[str, Any] = {"hours": {"monday": "09:00-17:00"}}


def judged(name: str, words: str) -> Triage:
    """Triage of a message to such a business."""
    return triage(words, "", Contact(), TUESDAY, profile=profile(name))


def table() -> list[tuple[str, str, str, str]]:
    """(profile, message, service, label) of every message in the table."""
    return [(name, *case) for name in profiles.names() for case in CASES[name]["cases"]]


@pytest.mark.parametrize(("name", "message", "service", "label"), table())
def test_message_of_the_trade(name: str, message: str, service: str, label: str) -> None:
    """Each gets the service and the label that a person of the trade would give it."""
    result = judged(name, message)
    assert (result.service, result.label.value) == (service, label), result


@pytest.mark.parametrize("name", profiles.names())
def test_the_table_is_rich_enough(name: str) -> None:
    """At least 25 messages a profile, which name each of at least ten services."""
    cases = CASES[name]["cases"]
    assert len({message for message, _, _ in cases}) == len(cases) >= 25
    assert {service for _, service, _ in cases} - {""} == set(profile(name).service_names)
    assert len(profile(name).services) >= 10


@pytest.mark.parametrize("name", TRADES)
def test_no_service_is_read_into_other_text(name: str) -> None:
    """Courtesy, opening hours, invoices and calls in four languages name none."""
    known = profile(name)
    assert [text for text in CASES["unrelated"]["texts"] if known.service_of(text, text)] == []


@pytest.mark.parametrize("name", profiles.names())
def test_who_sells_or_applies_wants_no_service(name: str) -> None:
    """Though they name it."""
    assert [text for text in CASES["not_customers"]["texts"] if judged(name, text).service] == []


@pytest.mark.parametrize("name", profiles.names())
def test_own_rules_leave_the_general_messages_as_they_are(name: str) -> None:
    """Label and intent of every message of the general table are the same with each profile."""
    for label, section in MESSAGES.items():
        for message, intent, *_ in section["messages"]:
            result = judged(name, message)
            assert (result.label.value, result.intent) == (label, intent), (name, message)


def test_general_adds_no_rule() -> None:
    """It is the default, and urgency is as the general rules say."""
    assert profile("general").rules is default_rules()
    assert triage("Can you repair it?", "", Contact(), TUESDAY).service == "Repair"


@pytest.mark.parametrize("name", profiles.names())
def test_profile_is_sound(name: str) -> None:
    """Names are for people, words are as they are compared, intents and countries are known ones."""
    known = profile(name)
    assert known.name == name
    assert known.country in phonenumbers.SUPPORTED_REGIONS
    small = {"and", "of", "&"}
    for service in known.service_names:
        assert all(word in small or word[0].isupper() for word in service.replace("-", " ").split()), service
    assert all(word == word.lower().strip() for word in known.generic)
    assert {rule.intent for rule in known.own_rules} <= {"", "emergency", "quote", "question", "complaint", "booking"}
    assert known.rules.rules == (*default_rules().rules, *known.own_rules)
    assert known.rules is known.rules
    assert profile(name) is known


def test_names() -> None:
    """The five that ship; case, hyphens and blanks do not matter."""
    assert profiles.names() == ("automotive", "consulting", "general", "home_services", "medspa")
    assert profile(" Home-Services ") is profile("home services") is profile("home_services")


@pytest.mark.parametrize("name", ["", "bakery", "../urgency", "general.toml", "x" * 1000])
def test_unknown_profile_names_those_there_are(name: str) -> None:
    """In one short line, and no file outside the folder is opened."""
    with pytest.raises(ValueError, match="choose one of automotive, consulting, general, home_ser") as told:
        profile(name)
    assert len(str(told.value)) < 200


def test_hours_of_a_trade() -> None:
    """A garage is open on Tuesday morning where it stands and closed on Sunday."""
    garage, denver = profile("automotive"), ZoneInfo("America/Denver")
    assert garage.hours.opens(datetime(2026, 11, 10, 16, 0, tzinfo=UTC), denver)
    assert not garage.hours.opens(datetime(2026, 11, 10, 3, 0, tzinfo=UTC), denver)
    assert not garage.hours.opens(datetime(2026, 11, 15, 18, 0, tzinfo=UTC), denver)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"title": ""}, "at least 1 character"),
        ({"country": "usa"}, "pattern"),
        ({"colour": "red"}, "Extra inputs"),
        ({"service": [{"name": "A", "phrases": ["a"]}, {"name": "A", "phrases": ["b"]}]}, "service 'A' is there twice"),
        ({"service": [{"name": "A", "phrases": ["tune-up"]}, {"name": "B", "phrases": ["Tune up"]}]}, "'tune up'"),
        ({"service": [{"name": "A", "phrases": []}]}, "at least 1 item"),
        ({"service": [{"name": "A", "phrases": ["~ a"]}]}, "must begin and end with a word"),
        ({"rule": [{"name": "stranded", "group": "x", "points": 5, "phrases": ["a"]}]}, "two rules have the same name"),
    ],
)  # fmt: skip
def test_mistake_in_a_profile_is_found_when_it_is_read(changes: dict[str, Any], why: str) -> None:
    """Not with the first customer."""
    with pytest.raises(ValidationError, match=why):
        Profile.model_validate({"title": "Shop", "country": "US"} | WEEK | changes)


@pytest.mark.parametrize("name", profiles.names())
@pytest.mark.parametrize("hostile", ["brake botox roof erp repair " * 40_000, "leak ~ " * 100_000, "a" * 1_000_000])
def test_hostile_text_is_bounded(name: str, hostile: str) -> None:
    """A megabyte made to be slow does not hang."""
    started = time.perf_counter()
    triage(hostile, hostile, Contact(), TUESDAY, profile=profile(name))
    assert time.perf_counter() - started < 10
