"""The real local workspace over HTTP in Slack's place."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.bootstrap import Core
from bot.slack import command_parts, intake, listeners
from bot.slack import staff as staff_check
from bot.slack.app import Connection, Identity, SlackApp, web_client
from bot.slack.client import Slack
from bot.slack.manifest import manifest
from bot.slack.people import People
from bot.slack.poster import Poster
from bot.slack.staff import StaffCheck
from bot.status import gather
from bot.web import bind_tcp
from bot.workspace.identity import APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER_ID, LEADS_CHANNEL, SIGNING_SECRET, TEAM_ID
from bot.workspace.options import Options
from bot.workspace.server import serving
from bot.workspace.workspace import Workspace
from enrichment.intake import Intake
from tests.bot.slack.asking import ZONE, Built
from tests.bot.slack.staff import Staff
from tests.enrichment.parts import Parts

QUICK = Options(
    messages_per_second=1000,
    burst=1000,
    slow_seconds=0.4,
    ack_timeout=3.0,
    quiet=0.2,
    longest_wait=4.0,
    manifest=manifest(),  # so that a missing permission bites
)

# What has its time in the bot, and how much of it here: no more than Bolt waits for an ack.
UNHURRIED = {
    (listeners, "ANSWER_SECONDS"): 2.5,
    (listeners, "VERDICT_SECONDS"): 2.5,
    (intake, "STORE_SECONDS"): 20.0,
    (staff_check, "ASK_SECONDS"): 20.0,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a module's tests on both transports when it says `BOTH_TRANSPORTS = True`."""
    if "transport" in metafunc.fixturenames and getattr(metafunc.module, "BOTH_TRANSPORTS", False):
        metafunc.parametrize("transport", ["socket", "http"], indirect=True)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done is answered as done, also on a machine with much else to do; a test of the hurry brings its own."""
    for (module, name), seconds in UNHURRIED.items():
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> str:
    """How Slack reaches the bot."""
    return str(getattr(request, "param", "socket"))


@pytest.fixture
def door(transport: str) -> Iterator[socket.socket | None]:
    """Where HTTP mode listens."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(bind_tcp("127.0.0.1", 0, "PORT")) if transport == "http" else None


@pytest.fixture
def options() -> Options:
    """The workspace's; a module may have its own."""
    return QUICK


@pytest.fixture
async def workspace(tmp_path: Path, door: socket.socket | None, options: Options) -> AsyncIterator[Workspace]:
    """A local workspace on a free port."""
    url = f"http://127.0.0.1:{door.getsockname()[1]}/slack/events" if door is not None else ""
    async with serving(tmp_path / "workspace", replace(options, request_url=url)) as running:
        yield running


@pytest.fixture
def connection(workspace: Workspace, door: socket.socket | None) -> Connection:
    """How the bot reaches it."""
    url = f"{workspace.base_url}/api/"
    if door is not None:
        return Connection(bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET, base_url=url, local=True)
    return Connection(bot_token=BOT_TOKEN, app_token=APP_TOKEN, base_url=url, local=True)


@pytest.fixture
def slack(connection: Connection) -> Slack:
    """The calls the bot makes."""
    return Slack(web_client(connection))


@pytest.fixture
def poster(slack: Slack, parts: Parts) -> Poster:
    """The poster of the leads channel, in a hurry."""
    return Poster(slack, parts.postings, parts.views, LEADS_CHANNEL, 1000.0)


@pytest.fixture
async def staff(workspace: Workspace) -> AsyncIterator[Staff]:
    """What people see and do in the workspace, through its control API."""
    async with httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False, timeout=20) as client:
        yield Staff(client, workspace)


@pytest.fixture
def built(core: Core, slack: Slack) -> Built:
    """The commands on a real store."""
    store, woken = core.store, list[int]()
    commands, actions = command_parts.build(
        core,
        slack,
        People(slack, LEADS_CHANNEL),
        team=TEAM_ID,
        zone=ZONE,
        admit=StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL, called="leads").admit,
        accept=Intake(store.messages, lambda: None).accept,
        status=lambda: gather(store.ledger, store.book, store.views, running=True, used=("card", "thread")),
        wake=lambda: woken.append(1),
    )
    return Built(commands, actions, woken)


@pytest.fixture
async def lead_app(
    connection: Connection, built: Built, slack: Slack, door: socket.socket | None
) -> AsyncIterator[SlackApp]:
    """The Bolt app, connected."""
    identity = Identity(team_id=TEAM_ID, bot_id=BOT_ID, bot_user_id=BOT_USER_ID, channel=LEADS_CHANNEL)
    staff = StaffCheck(slack, team=TEAM_ID, channel=LEADS_CHANNEL)
    below = [built.actions.listeners()]
    running = SlackApp(
        connection, web_client(connection), identity, built.commands, staff=staff, listeners=below, door=door
    )
    await running.connect()
    yield running
    await running.close()
