"""What a monitor sees: alive, ready, and the numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from bot import health
from bot.bootstrap import Core
from bot.health import Check, Checks, create_app
from bot.status import Status, gather
from enrichment.errors import RetryLater
from enrichment.models import MessageState
from tests.enrichment.parts import Parts

GOOD = Check(name="database", state="ok", detail="sqlite")
BAD = Check(name="smtp", state="failed", detail="takes no mail", advice="restart the bot")


def checks(*found: Check) -> Checks:
    """These findings."""

    async def look() -> list[Check]:
        return list(found)

    return look


@asynccontextmanager
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the application."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://leadbot") as made:
        yield made


def status(parts: Parts) -> Status:
    """The state of the store."""
    return gather(
        parts.ledger, parts.book, parts.views, running=True, used=("card", "thread", "index"), now=parts.clock.now()
    )


async def test_process_is_alive(parts: Parts) -> None:
    """Whatever its checks say, and by whatever method a monitor asks."""
    async with client(create_app(checks(BAD), lambda: status(parts))) as http:
        assert (await http.get("/healthz")).json() == {"ok": True}
        assert (await http.head("/healthz")).status_code == 200


@pytest.mark.parametrize(("found", "code"), [((GOOD,), 200), ((GOOD, BAD), 503), ((), 200)])
async def test_process_is_ready_when_no_check_failed(parts: Parts, found: tuple[Check, ...], code: int) -> None:
    """With what was found, and what to do."""
    async with client(create_app(checks(*found), lambda: status(parts))) as http:
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()) == (code, [check.model_dump() for check in found])
        assert (await http.head("/readyz")).status_code == code


async def test_check_that_hangs_is_a_finding(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A monitor gets its answer."""
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)

    async def hang() -> list[Check]:
        await asyncio.sleep(10)
        return []

    async with client(create_app(hang, lambda: status(parts))) as http:
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()[0]["state"]) == (503, "failed")


async def test_metrics_are_the_ledger(core: Core, parts: Parts) -> None:
    """Messages by channel and state, the open leads, how far each view is."""
    parts.lead()
    parts.messages.finish(parts.accept(channel="slack"), MessageState.FILTERED, "newsletter")
    parts.views.caught_up("index", [(1, 1)])
    parts.accept()
    now = parts.clock.now().timestamp()
    parts.clock.move(50)
    async with client(create_app(checks(), lambda: status(parts))) as http:
        answer = await http.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        lines = answer.text.splitlines()
        assert 'leadbot_messages{channel="smtp",state="lead"} 1.0' in lines
        assert 'leadbot_messages{channel="slack",state="filtered"} 1.0' in lines
        assert 'leadbot_message_copies{channel="smtp"} 0.0' in lines
        assert 'leadbot_view_behind{view="card"} 1.0' in lines
        measured = {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}
        assert measured['leadbot_last_accepted_timestamp_seconds{channel="smtp"}'] == pytest.approx(now, abs=30)
        assert measured['leadbot_view_last_success_timestamp_seconds{view="index"}'] == pytest.approx(now, abs=30)
        assert 'leadbot_view_last_success_timestamp_seconds{view="card"}' not in measured
        assert 50 <= measured["leadbot_oldest_in_progress_seconds"] < 90
        assert "leadbot_open_leads 1.0" in lines
        assert "leadbot_ledger_balanced 1.0" in lines
        assert core.store.book.count_open() == 1


async def test_metrics_without_a_database_are_503(parts: Parts) -> None:
    """And the process lives."""

    def away() -> Status:
        raise RetryLater("the database is not available now")

    async with client(create_app(checks(), away)) as http:
        answer = await http.get("/metrics")
        assert (answer.status_code, answer.text) == (503, "# the database is not available now\n")
        assert (await http.get("/healthz")).status_code == 200
    assert status(parts).received == 0
