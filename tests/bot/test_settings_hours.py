"""Working hours, holidays and reminders are set in the environment or in leadbot.toml, in words that people write."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import Settings, load, variable
from enrichment.errors import StartupError

MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        known = {variable(n, f) for n, f in Settings.model_fields.items()}
        if name.startswith("LEADBOT_") or name.removesuffix("_FILE") in known:
            monkeypatch.delenv(name)
    return tmp_path


def test_without_hours_the_profile_has_them() -> None:
    """And nobody is told of what waits elsewhere."""
    settings = load()
    assert settings.own_hours is None
    (business,) = settings.businesses
    assert business.opens(MONDAY)
    assert not business.opens(SATURDAY)
    assert (settings.remind_hot, settings.remind_outcome, settings.escalate_to) == (30, 5, "")


def test_hours_of_the_environment_are_those_of_the_business(monkeypatch: pytest.MonkeyPatch) -> None:
    """They replace the profile's."""
    monkeypatch.setenv("LEADBOT_HOURS", "Sat 10:00-14:00")
    monkeypatch.setenv("LEADBOT_HOLIDAYS", "2026-12-24, 12-25 ,")
    monkeypatch.setenv("LEADBOT_ESCALATE_TO", "u012ab3cd")
    settings = load()
    (business,) = settings.businesses
    assert business.opens(SATURDAY)
    assert not business.opens(MONDAY)
    assert settings.holidays == ("2026-12-24", "12-25")
    assert settings.escalate_to == "U012AB3CD"


def test_a_table_says_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its holidays inside; the environment counts for more."""
    (folder / "leadbot.toml").write_text(
        '[hours]\nmonday = "8:00-12:00, 13:00-17:00"\nsunday = "closed"\nholidays = ["2026-11-16", "12-25"]\n'
    )
    settings = load()
    assert settings.hours == "Mon 8:00-12:00, 13:00-17:00, Sun closed"
    assert settings.holidays == ("2026-11-16", "12-25")
    assert not settings.businesses[0].opens(MONDAY)
    monkeypatch.setenv("LEADBOT_HOURS", "Mon 9:00-17:00")
    assert load().businesses[0].opens(MONDAY)


def test_a_business_with_hours_of_its_own_keeps_them(folder: Path) -> None:
    """Day by day; the others are those of LEADBOT_HOURS."""
    (folder / "leadbot.toml").write_text(
        'hours = "Mon 9:00-17:00, Sat 9:00-17:00"\n[[business]]\nname = "A"\nrecipients = ["a@example.com"]\n'
        'hours = { saturday = "closed" }\n'
    )
    (business,) = load().businesses
    assert business.opens(MONDAY)
    assert not business.opens(SATURDAY)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LEADBOT_HOURS", "9-5", "Mon-Fri 9:00-17:30"),
        ("LEADBOT_HOLIDAYS", "24.12.2026", "write 2026-12-24"),
        ("LEADBOT_HOLIDAYS", "02-30", "is no date"),
        ("LEADBOT_ESCALATE_TO", "#sales", "id of a Slack user or channel"),
        ("LEADBOT_REMIND_HOT", "-1", "greater than or equal to 0"),
    ],
)
def test_what_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    """In one line with the variable and what to write."""
    monkeypatch.setenv(name, value)
    with pytest.raises(StartupError, match=name) as caught:
        load()
    assert told in str(caught.value)


@pytest.mark.parametrize("table", ["[hours]\nmunday = '9:00-17:00'\n", "[hours]\nmonday = 9\n", "hours = ['Mon']\n"])
def test_a_table_that_makes_no_sense_is_refused(folder: Path, table: str) -> None:
    """A misspelt day would be a closed one."""
    (folder / "leadbot.toml").write_text(table)
    with pytest.raises(StartupError, match="HOURS"):
        load()
