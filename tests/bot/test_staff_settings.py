"""What counts of what staff set, and how a running bot follows it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from bot import mail_doors, schedule, staff_settings
from bot.bootstrap import Core
from bot.service import Service
from bot.settings import Settings
from bot.slack.app import Connection
from bot.staff_settings import Effective, LiveSettings, Origin, Route, effective
from enrichment.adapters.store.staff_settings import StaffSetting, StaffSettings
from tests.enrichment.parts import Parts

AT = datetime(2026, 11, 3, tzinfo=UTC)


def stored(**values: Any) -> dict[str, StaffSetting]:
    """What Maya set."""
    return {name: StaffSetting(name=name, value=value, actor="U0MAYA", at=AT) for name, value in values.items()}


def test_defaults_count_when_nobody_set_anything() -> None:
    """And nothing is fixed."""
    found = effective(Settings(), {})
    assert (found.digest_time, found.digest_weekday, found.quiet_from, found.routes) == ("08:00", "monday", "", ())
    assert all(each == Origin() for each in found.origins.values())


def test_staff_count_before_the_default() -> None:
    """With who and when; a plain value, as of StaffSettings.all, counts too."""
    found = effective(Settings(), stored(digest_time="9:30", quiet_from="21:00", quiet_until="7:00"))
    assert (found.digest_time, found.quiet_from, found.quiet_until) == ("09:30", "21:00", "07:00")
    assert found.origins["digest_time"] == Origin(where="App Home", actor="U0MAYA", at=AT)
    assert effective(Settings(), {"digest_weekday": "friday"}).digest_weekday == "friday"


def test_environment_and_file_count_before_staff(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the origin says where to change it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leadbot.toml").write_text('quiet_from = "20:00"\nquiet_until = "06:00"\n')
    monkeypatch.setenv("LEADBOT_DIGEST_TIME", "7:15")
    found = effective(Settings(), stored(digest_time="09:30", quiet_from="21:00", quiet_until="07:00"))
    assert (found.digest_time, found.quiet_from, found.quiet_until) == ("07:15", "20:00", "06:00")
    assert found.origins["digest_time"] == Origin(where="environment", fixed=True)
    assert found.origins["quiet_from"] == Origin(where="leadbot.toml", fixed=True)


def test_half_of_the_quiet_hours_is_none() -> None:
    """Whichever half it is; and a half that is fixed fixes the other."""
    assert effective(Settings(), stored(quiet_from="21:00")).quiet_from == ""
    found = effective(Settings(quiet_from="21:00"), stored(quiet_until="07:00"))
    assert (found.quiet_from, found.quiet_until) == ("", "")
    assert found.origins["quiet_until"].fixed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("digest_time", "25:00"),
        ("digest_time", 800),
        ("digest_time", "٠٨:٠٠"),
        ("digest_weekday", "someday"),
        ("quiet_from", []),
        ("routes", {}),
        ("routes", [{}]),
        ("routes", [{"when": {}, "channel": "C0INBOX"}]),
        ("routes", [{"when": {"moon": "full"}, "channel": "C0INBOX"}]),
        ("routes", [{"when": {"business": "x" * 65}, "channel": "C0INBOX"}]),
        ("routes", [{"when": {"business": "x"}, "channel": "<!channel>"}]),
        ("routes", [{"when": {"business": "x"}, "channel": "C0INBOX"}] * 21),
    ],
)
def test_what_makes_no_sense_counts_as_not_set(name: str, value: Any) -> None:
    """A row of another version, or of somebody with a database client, stops nothing."""
    assert effective(Settings(), stored(**{name: value})) == effective(Settings(), {})


def test_routes_are_read() -> None:
    """In their order."""
    rows = [{"when": {"urgency": "hot"}, "channel": "C0HOT"}, {"when": {"language": "de"}, "channel": "C0GERMAN"}]
    found = effective(Settings(), stored(routes=rows)).routes
    assert found == (
        Route(when={"urgency": "hot"}, channel="C0HOT"),
        Route(when={"language": "de"}, channel="C0GERMAN"),
    )


@pytest.mark.parametrize(
    ("hours", "quiet", "loud"),
    [
        (("21:00", "07:00"), ("21:00", "23:59", "00:00", "06:59"), ("07:00", "12:00", "20:59")),
        (("12:00", "13:00"), ("12:00", "12:59"), ("11:59", "13:00", "00:00")),
        (("08:00", "08:00"), (), ("08:00", "00:00")),
        (("", ""), (), ("08:00", "00:00")),
    ],
)
def test_quiet_hours(hours: tuple[str, str], quiet: tuple[str, ...], loud: tuple[str, ...]) -> None:
    """Over midnight or not; the last minute is not quiet any more."""
    found = effective(Settings(), stored(quiet_from=hours[0], quiet_until=hours[1]) if hours[0] else {})
    assert all(found.quiet_at(time.fromisoformat(moment)) for moment in quiet)
    assert not any(found.quiet_at(time.fromisoformat(moment)) for moment in loud)


async def test_every_worker_follows_a_change(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that did not make it, too: it looks again, and tells of it once."""
    monkeypatch.setattr(staff_settings, "LOOK_SECONDS", 0.01)
    store = StaffSettings(parts.database, parts.clock)
    live, told = LiveSettings(Settings(), store), asyncio.Queue[Effective]()
    live.follow(told.put_nowait)
    keeping = asyncio.create_task(live.keep())
    try:
        await asyncio.to_thread(store.set, "digest_time", "09:30", "U1")
        async with asyncio.timeout(5):
            assert (await told.get()).digest_time == "09:30"
        assert live.current.digest_time == "09:30"
        await live.refresh()
        assert told.empty()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def test_digest_is_moved_without_a_restart() -> None:
    """To the new time of day in the business's time zone."""

    async def nothing() -> None:
        pass

    scheduler = schedule.build(
        tick=nothing, rescue=nothing, clean=nothing, digest=nothing, digest_time="08:00", timezone="Asia/Tokyo"
    )
    scheduler.start()
    try:
        schedule.move_digest(scheduler, "17:45")
        moved = scheduler.get_job("digest").next_run_time
        assert f"{moved:%H:%M %Z}" == "17:45 JST"
    finally:
        scheduler.shutdown(wait=False)


async def test_digest_is_at_the_time_that_the_slack_side_has_looked_up(settings: Settings, core: Core) -> None:
    """That was no change any more when the clock began to follow."""
    core.store.staff_settings.set("digest_time", "17:45", "U1")
    with mail_doors.opened(settings.model_copy(update={"smtp_port": 0})) as doors:
        service = Service(settings, core, Connection(bot_token="none", local=True), doors, frozenset({"clock"}))
        await service.live.refresh()
        scheduler = service._scheduler()
        scheduler.start()
        try:
            assert f"{scheduler.get_job('digest').next_run_time:%H:%M}" == "17:45"
        finally:
            scheduler.shutdown(wait=False)
