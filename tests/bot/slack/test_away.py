"""Since when Slack is away: its Web API, or the socket without which no button works, whichever was first."""

from __future__ import annotations

import asyncio
import functools
from datetime import datetime, timedelta

import pytest

from bot.alerts import first_of
from bot.bootstrap import Core
from bot.health import Check
from bot.owner import Owner, slack_outage
from bot.settings import Settings
from bot.slack import side as side_module
from bot.slack import socket_mode
from bot.slack.app import Connection
from bot.slack.side import SlackSide
from bot.status import gather
from enrichment.adapters.store.circuits import Circuits
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for half a minute here."""
    for name in ("RETRY_SECONDS", "PERSON_SECONDS"):
        monkeypatch.setattr(side_module, name, 0.05)
    monkeypatch.setattr(socket_mode, "_Handler", functools.partial(socket_mode._Handler, ping_interval=0.2))


@pytest.fixture
def side(core: Core, connection: Connection, settings: Settings) -> SlackSide:
    """The side of a bot."""
    store = core.store
    return SlackSide(
        core, connection, settings, lambda: gather(store.ledger, store.book, store.views, running=True, used=("card",))
    )


async def test_socket_that_is_cut_is_noticed_until_it_is_open_again(side: SlackSide, staff: Staff) -> None:
    """Not before anything was tried; since the first failure; no more once it is there."""
    assert side.away_since is None
    await staff.fault("auth.test", "500", 4)
    task = asyncio.create_task(side.run())
    try:
        first = await until(lambda: _away(side))
        await asyncio.wait_for(side.connected.wait(), 10)
        assert side.away_since is None
        assert side._app is not None
        client = vars(side._app._transport)["_handler"].client
        await staff.fault("apps.connections.open", "500", 3)
        client.wss_uri = None
        await staff.client.post("/fault", json={"kind": "socket_drop"})
        second = await until(lambda: _away(side))
        assert first is not None
        assert second is not None
        assert second > first
        await until(lambda: _back(side), 15)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _away(side: SlackSide) -> datetime | None:
    return side.away_since


async def _back(side: SlackSide) -> bool:
    return side.away_since is None


def test_either_is_an_outage(side: SlackSide, parts: Parts) -> None:
    """The earlier of the two tells since when and why."""
    circuits = Circuits(parts.database, parts.clock)
    outage = slack_outage(side, circuits)
    assert outage() is None
    now = parts.clock.now()
    circuits.opened("slack", now, "Slack failed on chat.postMessage (500)", answered=True)
    circuits.opened("airtable", now - timedelta(hours=1), "gone", answered=True)
    assert outage() == (now, "Slack failed on chat.postMessage (500)")
    side.away_since, side.trouble = now - timedelta(minutes=1), ""
    found = outage()
    assert found is not None
    assert (found.since, found.why.startswith("the connection is cut")) == (side.away_since, True)
    side.trouble = "SLACK_APP_TOKEN: revoked"
    assert first_of([outage])() == (side.away_since, "SLACK_APP_TOKEN: revoked")
    circuits.closed("slack")
    side.away_since = None
    assert outage() is None


@pytest.mark.parametrize(
    ("roles", "loops"),
    [
        ({"ingest", "poll", "work", "slack", "clock"}, ["owner alerts", "heartbeat"]),
        ({"work", "slack", "clock"}, ["owner alerts", "heartbeat"]),
        ({"ingest"}, ["heartbeat"]),
    ],
)
def test_each_process_does_its_part(
    roles: set[str], loops: list[str], side: SlackSide, core: Core, settings: Settings
) -> None:
    """The clock mails, everybody beats; with nothing set, nobody does anything."""
    url = "smtp://127.0.0.1:1/?from=a@example.com&to=b@example.com"
    both = Settings(data_dir=settings.data_dir, alert_smtp_url=url, heartbeat_url="http://127.0.0.1:1/secret")
    owner = Owner(both, core.store, side, frozenset(roles), _nothing)
    begun = list(owner.loops())
    for loop, _ in begun:
        loop.close()
    assert [name for _, name in begun] == loops
    assert owner.lines() == ("heartbeat: not heard yet",)
    off = Owner(settings, core.store, side, frozenset(roles), _nothing)
    assert (list(off.loops()), off.checks(), off.lines()) == ([], [], ())


async def _nothing() -> list[Check]:
    return []
