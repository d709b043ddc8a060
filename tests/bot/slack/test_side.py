"""The whole Slack side: it waits for Slack, posts without a socket, and survives what goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest

from bot.bootstrap import Core
from bot.settings import Settings
from bot.slack import notices
from bot.slack import side as side_module
from bot.slack.app import Connection
from bot.slack.blocks import SlackMessage, section
from bot.slack.commands import Verb
from bot.slack.notices import Notices
from bot.slack.side import SlackSide
from bot.status import gather
from bot.workspace.api import people
from bot.workspace.identity import APP_TOKEN, BOT_TOKEN
from bot.workspace.server import serving
from enrichment.lead import LeadStatus
from tests.bot.slack.conftest import QUICK
from tests.bot.slack.staff import Staff, until
from tests.enrichment.parts import Parts


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for half a minute here."""
    for name in ("RETRY_SECONDS", "PERSON_SECONDS", "AWAY_SECONDS"):
        monkeypatch.setattr(side_module, name, 0.05)
    monkeypatch.setattr(notices, "QUIET_SECONDS", 0.05)


def slack_side(core: Core, connection: Connection, settings: Settings) -> SlackSide:
    """The side of a bot on this store."""
    store = core.store
    return SlackSide(
        core,
        connection,
        settings,
        lambda: gather(store.ledger, store.book, store.views, running=True, used=("card", "thread")),
    )


@pytest.fixture
def side(core: Core, connection: Connection, settings: Settings) -> SlackSide:
    """The side of a bot with the right tokens."""
    return slack_side(core, connection, settings)


@asynccontextmanager
async def at_work(side: SlackSide) -> AsyncIterator[asyncio.Task[None]]:
    """The side, running."""
    task = asyncio.create_task(side.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)


async def test_leads_notices_and_digest_are_shown_and_commands_answered(
    side: SlackSide, parts: Parts, staff: Staff
) -> None:
    """All that staff see of a bot."""
    lead_id = parts.lead("jo@example.com")
    message = parts.accept()
    for attempt in range(1, 4):
        parts.messages.fail(message, attempt, "parse", "broken", blame=True)
    assert not await side.is_connected()
    async with at_work(side):
        await asyncio.wait_for(side.connected.wait(), 10)
        assert side.trouble == ""
        assert await side.is_connected()
        await side.digest(date(2026, 11, 10))
        await until(lambda: _count(staff, 4))
        assert sorted(await staff.texts()) == [
            "Tuesday 10 November: 1 open lead",
            f"Why L-{lead_id} is warm 50",
            "⚠️ A message could not be read and was set aside",
            f"🟠 Warm 50 · Brakes, from jo@example.com (L-{lead_id})",
        ]
        assert "1 open lead" in str((await staff.command(""))["responses"])
    assert not await side.is_connected()


async def _count(staff: Staff, count: int) -> bool:
    return len(await staff.texts()) >= count


@pytest.mark.parametrize("kind", ["500", "lost", "429"])
async def test_slack_that_is_away_at_the_start_is_waited_for(
    side: SlackSide, parts: Parts, staff: Staff, kind: str
) -> None:
    """Whatever it fails at."""
    for method in ("auth.test", "conversations.list", "apps.connections.open"):
        await staff.fault(method, kind, 2)
    parts.lead()
    async with at_work(side):
        # 429 asks for a pause each time.
        await asyncio.wait_for(side.connected.wait(), 30)
        await until(lambda: _count(staff, 2))


async def test_wrong_token_ends_nothing(core: Core, connection: Connection, settings: Settings) -> None:
    """The bot goes on taking mail; what is wrong can be read in the doctor's words."""
    wrong = connection.model_copy(update={"bot_token": "xoxb-wrong"})
    side = slack_side(core, wrong, settings)
    async with at_work(side) as task:
        await until(lambda: _trouble(side, "SLACK_BOT_TOKEN"))
        await asyncio.sleep(0.2)
        assert not task.done()


async def test_unknown_refusal_ends_nothing(side: SlackSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word of Slack's that we have never heard is waited out as well."""
    monkeypatch.setattr(side_module, "identify", lambda slack, _: slack.call("chat.nonsense"))
    async with at_work(side) as task:
        await until(lambda: _trouble(side, "unknown_method"))
        await asyncio.sleep(0.2)
        assert not task.done()


async def _trouble(side: SlackSide, words: str) -> bool:
    return words in side.trouble


async def test_cards_are_posted_without_a_socket(
    core: Core, connection: Connection, settings: Settings, parts: Parts, staff: Staff
) -> None:
    """A wrong app token, or a firewall that stops wss://, keeps nobody from seeing the leads."""
    parts.lead()
    wrong = connection.model_copy(update={"app_token": "xapp-wrong"})
    side = slack_side(core, wrong, settings)
    async with at_work(side):
        await until(lambda: _count(staff, 2))
        assert side.trouble.startswith("SLACK_APP_TOKEN: ")
        assert not side.connected.is_set()
        await side.digest(date(2026, 11, 10))
        assert await _count(staff, 3)


async def test_socket_is_opened_again_at_a_new_address(side: SlackSide, staff: Staff) -> None:
    """The SDK clings to an address; one that has expired would be tried for ever."""
    async with at_work(side):
        await asyncio.wait_for(side.connected.wait(), 10)
        assert side._app is not None
        client = vars(side._app._transport)["_handler"].client
        client.ping_interval = 0.05
        tried = client.wss_uri

        async def expired() -> str:
            client.issue_new_wss_url = type(client).issue_new_wss_url.__get__(client)
            return str(tried)

        client.issue_new_wss_url = expired
        await staff.client.post("/fault", json={"kind": "socket_drop"})
        await until(lambda: _renewed(side, str(tried)), 15)
        assert (await staff.command("help"))["responses"]


async def _renewed(side: SlackSide, former: str) -> bool:
    app = side._app
    assert app is not None
    return vars(app._transport)["_handler"].client.wss_uri not in {None, former} and await app.is_connected()


async def test_notice_that_fails_takes_no_card_down(
    side: SlackSide, parts: Parts, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even by an error that nobody foresaw."""

    async def broken(_: Notices) -> int:
        raise KeyError("ts")

    monkeypatch.setattr(Notices, "quarantined", broken)
    async with at_work(side) as task:
        await asyncio.wait_for(side.connected.wait(), 10)
        parts.lead()
        side.wake()
        await until(lambda: _count(staff, 2))
        assert not task.done()


def test_tokens_are_in_no_repr(connection: Connection) -> None:
    """Of what holds them and may be logged."""
    assert BOT_TOKEN in connection.bot_token
    assert BOT_TOKEN not in repr(connection)


async def test_open_leads_move_to_another_slack_once(
    core: Core, settings: Settings, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the local workspace, then a Slack of one's own: open and claimed leads get their card and thread there."""
    opened, closed = parts.lead("open@example.com"), parts.lead("closed@example.com")
    sample = parts.lead("sample@example.com", message_id=parts.accept(sample=True))
    async with elsewhere(core, settings, tmp_path / "local") as (local, side):
        await until(lambda: _count(local, 6))
        parts.desk.close(closed, "U0STAFF1", "Maya Brooks", LeadStatus.WON)
        parts.desk.claim(opened, "U0STAFF1", "Maya Brooks")
        side.wake()
        await until(lambda: _count(local, 8))
        await until(lambda: _settled(parts))
    monkeypatch.setattr(people, "TEAM_ID", "T0SLACK")
    for _ in range(2):  # a restart there moves nothing again
        async with elsewhere(core, settings, tmp_path / "slack") as (slack, side):
            await until(lambda: _settled(parts))
            later = parts.lead("later@example.com")
            side.wake()
            await until(lambda: _settled(parts))
            (card, *others) = await slack.roots()
            assert (
                card["text"] == f"🙋 Claimed by Maya Brooks · 🟠 Warm 50 · Brakes, from open@example.com (L-{opened})"
            )
            assert await slack.thread(card["ts"]) == [
                f"Why L-{opened} is warm 50",
                f"🙋 Maya Brooks claimed L-{opened}",
            ]
            assert others[-1]["text"].endswith(f"(L-{later})")
            assert f"(L-{sample})" not in str(await slack.texts())
            assert f"(L-{closed})" not in str(await slack.texts())


@asynccontextmanager
async def elsewhere(core: Core, settings: Settings, folder: Path) -> AsyncIterator[tuple[Staff, SlackSide]]:
    """The side of a bot at work in a workspace of its own."""
    async with serving(folder, QUICK) as workspace:
        url = f"{workspace.base_url}/api/"
        connection = Connection(bot_token=BOT_TOKEN, app_token=APP_TOKEN, base_url=url, local=True)
        side = slack_side(core, connection, settings)
        async with (
            httpx.AsyncClient(base_url=f"{workspace.base_url}/control", trust_env=False) as client,
            at_work(side),
        ):
            await asyncio.wait_for(side.connected.wait(), 10)
            yield Staff(client, workspace), side


async def _settled(parts: Parts) -> bool:
    return not {"card", "thread"} & set(parts.views.lag())


async def test_verbs_of_other_parts_are_answered(
    core: Core, connection: Connection, settings: Settings, staff: Staff
) -> None:
    """As the built-in ones are, in the help too."""

    async def samples(rest: str) -> SlackMessage:
        return SlackMessage(text=f"samples {rest}", blocks=(section(f"samples {rest}"),))

    verbs = {"samples": Verb(samples, {"/lead samples": "ten leads to try with"})}
    store = core.store
    status = lambda: gather(store.ledger, store.book, store.views, running=True, used=("card", "thread"))  # noqa: E731 - one line of a test
    side = SlackSide(core, connection, settings, status, verbs=verbs)
    async with at_work(side):
        await asyncio.wait_for(side.connected.wait(), 10)
        assert (await staff.command("samples remove"))["responses"][0]["text"] == "samples remove"
        for text in ("help", "nonsense"):
            assert "`/lead samples`  ten leads to try with" in str((await staff.command(text))["responses"])
