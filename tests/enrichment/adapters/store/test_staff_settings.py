"""What staff set, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from enrichment.adapters.store.staff_settings import MOST, StaffSettings
from tests.enrichment.parts import START, Parts, at_once


@pytest.fixture
def chosen(parts: Parts) -> StaffSettings:
    """The table."""
    return StaffSettings(parts.database, parts.clock)


def test_a_value_is_kept_with_who_and_when(chosen: StaffSettings, parts: Parts) -> None:
    """The last one counts; every change is an event, and what changes nothing is none."""
    assert chosen.all() == {}
    assert chosen.set("digest_time", "09:00", "U1")
    parts.clock.move(60)
    assert chosen.set("digest_time", "10:00", "U2")
    assert not chosen.set("digest_time", "10:00", "U3")
    (found,) = chosen.listed().values()
    assert (found.value, found.actor, (found.at - START).total_seconds()) == ("10:00", "U2", 60)
    assert parts.scalar("SELECT count(*) FROM events WHERE action = 'setting_changed'") == 2


def test_a_value_can_be_taken_back(chosen: StaffSettings, parts: Parts) -> None:
    """Once; the event says what it was."""
    chosen.set("quiet_from", "21:00", "U1")
    assert chosen.set("quiet_from", None, "U1")
    assert not chosen.set("quiet_from", None, "U1")
    assert chosen.all() == {}
    assert "21:00" in str(parts.scalar("SELECT detail FROM events ORDER BY id DESC LIMIT 1"))


def test_any_value_and_name_is_stored(chosen: StaffSettings) -> None:
    """Lists, and characters that a database refuses; a name that is too long is cut."""
    chosen.put({"routes": [{"when": {"business": "a\0b\ud800"}}], "n" * 100: 1}, "U" * 100)
    assert chosen.all() == {"n" * 64: 1, "routes": [{"when": {"business": "a\ufffdb\ufffd"}}]}


def test_two_people_at_once_lose_nothing(chosen: StaffSettings) -> None:
    """A decision sees what the other has stored."""

    def one_more(number: int) -> Any:
        return lambda: chosen.decide(lambda known: {"routes": [*known.get("routes", []), number]}, f"U{number}")

    assert at_once(*map(one_more, range(8))) == [True] * 8
    assert sorted(chosen.all()["routes"]) == list(range(8))


def test_settings_are_read_however_many_people_hid_something(chosen: StaffSettings) -> None:
    """What belongs to one person comes after what belongs to all."""
    chosen.put({f"checklist:U{number}": True for number in range(MOST + 1)}, "U1")
    chosen.set("routes", [], "U1")
    assert chosen.all()["routes"] == []
    assert len(chosen.all()) == MOST
