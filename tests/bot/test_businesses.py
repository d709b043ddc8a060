"""[[business]] tables and the one business of the plain settings: what is made of them, what mistakes are told."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot import doctor, generate
from bot.analyze import analyze
from bot.settings import Settings, load, variable
from enrichment.errors import StartupError

TWO = """
[[business]]
name = "Northside Garage"
profile = "automotive"
recipients = ["service@garage.example"]

[[business]]
name = "Glow"
profile = "medspa"
recipients = "Hello@Spa.example, ask@spa.example"
country = "de"
timezone = "Europe/Berlin"
hours = { sunday = "10:00-12:00", tuesday = "closed" }
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        known = {variable(n, f) for n, f in Settings.model_fields.items()}
        if name.startswith("LEADBOT_") or name.removesuffix("_FILE") in known:
            monkeypatch.delenv(name)
    return tmp_path


def told(text: str) -> str:
    """The line that a start with this leadbot.toml ends in."""
    Path("leadbot.toml").write_text(text)
    with pytest.raises(StartupError) as caught:
        load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_one_business_of_the_plain_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without tables, with nothing set and with everything set."""
    (business,) = load().businesses
    assert (business.name, business.title, business.country) == ("general", "Small Business", "US")
    assert load().all_recipients == ("leads@localhost",)
    for name, value in (("BUSINESS", "medspa"), ("RECIPIENTS", "a@x.example,b@x.example"), ("TIMEZONE", "Asia/Tokyo")):
        monkeypatch.setenv(f"LEADBOT_{name}", value)
    (business,) = load().businesses
    assert (business.profile.name, business.timezone) == ("medspa", "Asia/Tokyo")
    assert business.recipients == load().all_recipients == ("a@x.example", "b@x.example")


def test_country_that_is_set_wins_over_the_profile_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default of LEADBOT_COUNTRY does not."""
    monkeypatch.setenv("LEADBOT_COUNTRY", "ca")
    assert load().businesses[0].country == "CA"


def test_tables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a table does not say comes from the plain settings and the profile."""
    (folder / "leadbot.toml").write_text(f'timezone = "America/Denver"\n{TWO}')
    garage, spa = load().businesses
    assert (garage.name, garage.profile.name, garage.country, garage.timezone) == (
        "Northside Garage", "automotive", "US", "America/Denver",
    )  # fmt: skip
    assert garage.title == "Northside Garage (Auto Repair Shop)"
    assert (spa.country, spa.timezone) == ("DE", "Europe/Berlin")
    assert load().all_recipients == ("service@garage.example", "hello@spa.example", "ask@spa.example")
    assert (spa.hours.sunday, spa.hours.tuesday) == (((600, 720),), ())
    assert spa.hours.wednesday == spa.profile.hours.wednesday != ()
    monkeypatch.setenv("LEADBOT_COUNTRY", "GB")
    assert [business.country for business in load().businesses] == ["GB", "DE"]


def test_default_business_is_named_from_outside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes first, and gets the plain recipients that no table has."""
    (folder / "leadbot.toml").write_text(TWO)
    monkeypatch.setenv("LEADBOT_BUSINESS", "glow")
    monkeypatch.setenv("LEADBOT_RECIPIENTS", "old@spa.example,service@garage.example")
    spa, garage = load().businesses
    assert (spa.name, spa.recipients) == ("Glow", ("hello@spa.example", "ask@spa.example", "old@spa.example"))
    assert garage.recipients == ("service@garage.example",)


def test_unknown_profile_is_told_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """LEADBOT_BUSINESS without tables is a profile's name."""
    monkeypatch.setenv("LEADBOT_BUSINESS", "bakery")
    with pytest.raises(StartupError) as caught:
        load()
    assert str(caught.value) == (
        "LEADBOT_BUSINESS: there is no business profile 'bakery'; "
        "choose one of automotive, consulting, general, home_services, medspa"
    )


def test_unknown_default_is_told_with_those_there_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LEADBOT_BUSINESS with tables is one's name."""
    (folder / "leadbot.toml").write_text(TWO)
    monkeypatch.setenv("LEADBOT_BUSINESS", "medspa")
    with pytest.raises(StartupError, match=r"'medspa' in leadbot\.toml; name one of Northside Garage, Glow"):
        load()


A = '[[business]]\nname = "A"\nrecipients = ["a@x.example"]\n'
FIRST = "[[business]] number 1: "
SINGLE = "business in leadbot.toml should be a profile's name or [[business]] tables"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            'colour = "red"',
            "there is no key 'colour'; the keys are name, profile, recipients, country, timezone, hours",
        ),
        ('hours = { mondya = "closed" }', "there is no key 'hours.mondya'; the keys are monday, tuesday,"),
        ('hours = { monday = "9-5" }', 'hours.monday: should be like "08:00-12:00,'),
        ('profile = "bakery"', "profile: there is no business profile 'bakery'; choose one of automotive,"),
        ('country = "USA"', "country: is not a two-letter country code"),
        ('timezone = "Mars/Base"', "timezone: is not a time zone of the IANA list"),
        ("profile = 5", "profile: Input should be a valid string"),
    ],
)
def test_mistake_in_a_key_is_told_in_one_line(text: str, line: str) -> None:
    """Which table, which key, what to do."""
    assert told(A + text).startswith(FIRST + line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('name = "A"', "recipients is missing; name and recipients are needed"),
        ('recipients = ["a@x.example"]', "name is missing; name and recipients are needed"),
        ('name = "A"\nrecipients = []', "recipients: should be e-mail addresses separated by commas"),
        ('name = "A"\nrecipients = [5]', "recipients: should be e-mail addresses"),
        ('name = " "\nrecipients = ["a@x.example"]', "name: String should have at least 1 character"),
        (f'name = "{"n" * 65}"\nrecipients = ["a@x.example"]', "name: String should have at most 64 characters"),
        ('name = "A\\nB"\nrecipients = ["a@x.example"]', "name: String should match"),
    ],
)
def test_name_and_recipients_are_needed(text: str, line: str) -> None:
    """In a sensible form."""
    assert told(f"[[business]]\n{text}").startswith(FIRST + line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            A + A.replace("a@", "b@").replace("A", "a"),
            "[[business]]: two businesses have the name a: A and a; change one",
        ),
        (
            A + A.replace("A", "B").replace("a@", "A@"),
            "[[business]]: two businesses have the recipient a@x.example: A and",
        ),
        (f"{A}\n" * 101, "[[business]]: at most 100 businesses"),
        ('[business]\nname = "A"', SINGLE),
        ("business = 5", SINGLE),
        ('business = ["a"]', SINGLE),
    ],
)
def test_mistake_between_tables_is_told_in_one_line(text: str, line: str) -> None:
    """Names and recipients are unique; single brackets are the usual slip."""
    assert told(text).startswith(line)


def test_example_of_the_docs_is_good(folder: Path) -> None:
    """What docs/settings.md shows can be pasted."""
    assert generate.BUSINESSES_EXAMPLE in generate.settings_page()
    (folder / "leadbot.toml").write_text(generate.BUSINESSES_EXAMPLE)
    garage, trades = load().businesses
    assert (garage.profile.name, garage.hours.saturday) == ("automotive", ())
    assert (trades.country, trades.hours.monday) == ("DE", ((450, 720), (780, 1020)))


def test_doctor_tells_the_businesses(folder: Path) -> None:
    """One line each; the tables are no value of LEADBOT_BUSINESS."""
    (folder / "leadbot.toml").write_text(TWO)
    report = [re.sub(", (?:open|closed) now", "", line) for line in doctor.report([], load())]
    assert "business Northside Garage: profile automotive, US, UTC, service@garage.example" in report
    assert "business Glow: profile medspa, DE, Europe/Berlin, hello@spa.example, ask@spa.example" in report
    assert "LEADBOT_BUSINESS = general (default)" in report


async def test_analyze_reads_as_the_default_business(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its services, its rules and its country."""
    (folder / "leadbot.toml").write_text(TWO)
    monkeypatch.setenv("LEADBOT_BUSINESS", "Glow")
    monkeypatch.setenv("OLLAMA_BASE_URL", "off")
    found = (await analyze(load(), "How much is Botox? My number is 030 23456789.")).triage
    assert found.service == "Wrinkle Relaxers"
    assert "left a phone number" in {evidence.rule for evidence in found.evidence}
    assert (await analyze(load(), "The brakes squeal")).triage.service == ""
