"""Backpressure by the settings, and what a person and a monitor see of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from bot import backpressure, checks, settings
from bot.bootstrap import open_store
from bot.health import Check, create_app
from bot.settings import Settings
from bot.status import Status, lines
from enrichment.adapters.pressure import Reading
from enrichment.errors import StartupError
from tests.enrichment.parts import SetClock, raw

LOW = Reading(cause="disk", paused="disk nearly full, 312 MB free", waiting=7, free_bytes=312_000_000)


@pytest.mark.parametrize(
    ("text", "size"),
    [("500MB", 500_000_000), ("1.5 gb", 1_500_000_000), ("2TB", 2 * 10**12), ("0", 0), ("10KB", 10_000)],
)
def test_a_size_has_its_unit(text: str, size: int, tmp_path: Path) -> None:
    """In whatever case; nought needs none."""
    assert Settings(data_dir=tmp_path, min_free_disk=text).min_free_bytes == size


@pytest.mark.parametrize("text", ["500", "MB", "-1MB", "1e9MB", "many", "5 MiB", "\u0661MB"])
def test_a_size_that_makes_no_sense_is_said(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable and an example; a number alone might be meant as anything."""
    monkeypatch.setenv("LEADBOT_MIN_FREE_DISK", text)
    with pytest.raises(StartupError, match=r"LEADBOT_MIN_FREE_DISK: .*unit.*example: LEADBOT_MIN_FREE_DISK=500MB"):
        settings.load()


@pytest.mark.parametrize("text", ["99", "0", "-5", "lots"])
def test_a_backlog_that_makes_no_sense_is_said(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So few would close the door on an ordinary morning."""
    monkeypatch.setenv("LEADBOT_MAX_WAITING", text)
    with pytest.raises(StartupError, match="LEADBOT_MAX_WAITING: "):
        settings.load()


async def test_the_loop_measures_the_real_store_and_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the settings; more messages than may wait close the door, and it opens when they are done."""
    monkeypatch.setattr(backpressure, "SAMPLE_SECONDS", 0.01)
    made = Settings(data_dir=tmp_path / "data", max_waiting=100, min_free_disk="0")
    store = open_store(made)
    pressure = backpressure.open_pressure(made, store)
    loop = asyncio.create_task(backpressure.keep_up(pressure))
    try:
        store.messages.accept_many([raw(f"mail {number}".encode(), SetClock()) for number in range(101)])
        async with asyncio.timeout(10):
            while not pressure.paused:  # noqa: ASYNC110 - a sample tells nobody
                await asyncio.sleep(0.01)
        assert pressure.reading.cause == "waiting"
        assert (pressure.reading.free_bytes or 0) > 0
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        store.engine.dispose()


def test_a_store_that_is_full_is_heard_by_what_was_opened(tmp_path: Path) -> None:
    """The measure listens on the engine that everything writes by."""
    made = Settings(data_dir=tmp_path / "data", min_free_disk="0")
    store = open_store(made)
    pressure = backpressure.open_pressure(made, store)
    pressure.sample()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        with pytest.raises(sa.exc.OperationalError, match="full"):
            connection.exec_driver_sql("CREATE TABLE more AS SELECT zeroblob(1000000) AS room")
    assert pressure.paused == "the database has no room on its disk"
    store.engine.dispose()


def test_status_check_and_metrics_say_so() -> None:
    """In words, as a failed check with what to do, and as numbers."""
    status = Status(running=True, intake=LOW)
    assert "new mail is put off (452): disk nearly full, 312 MB free" in lines(status, datetime.now(UTC))
    check = checks.intake(LOW)
    assert (check.name, check.state, check.detail) == ("intake", "failed", "452: disk nearly full, 312 MB free")
    assert "make room" in check.advice
    assert checks.intake(Reading(waiting=3, free_bytes=9_000_000_000)).detail == "3 in progress, 9000 MB free"
    assert not any("put off" in line for line in lines(Status(running=True), datetime.now(UTC)))


@pytest.mark.parametrize(("reading", "paused"), [(LOW, 1.0), (Reading(waiting=7, free_bytes=312_000_000), 0.0)])
async def test_the_numbers(reading: Reading, paused: float) -> None:
    """For Prometheus."""

    async def nothing() -> list[Check]:
        return []

    app = create_app(nothing, lambda: Status(running=True, intake=reading))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://leadbot") as http:
        told = (await http.get("/metrics")).text.splitlines()
    assert f"leadbot_intake_paused {paused}" in told
    assert "leadbot_waiting_messages 7.0" in told
    assert "leadbot_disk_free_bytes 3.12e+08" in told


def test_doctor_says_that_the_disk_is_nearly_full(tmp_path: Path) -> None:
    """Before the first mail is refused."""
    check = checks.data_folder(Settings(data_dir=tmp_path, min_free_disk="900000TB"))
    assert check.state == "failed"
    assert "LEADBOT_MIN_FREE_DISK=900000TB" in check.advice
    assert checks.data_folder(Settings(data_dir=tmp_path, min_free_disk="0")).state == "ok"
