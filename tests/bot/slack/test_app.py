"""The Bolt app: every request is acknowledged, and the environment changes nothing."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from bot.slack.app import (
    Connection,
    Identity,
    SlackApp,
    check_app_token,
    connection_to,
    identify,
    web_client,
)
from bot.slack.blocks import SlackMessage, section
from bot.slack.client import Slack
from bot.slack.command_reply import Asker, Reply
from bot.slack.commands import Commands
from bot.slack.staff import StaffCheck
from bot.workspace.identity import BOT_ID, BOT_USER_ID, INBOX_CHANNEL, LEADS_CHANNEL, STAFF_1, TEAM_ID
from enrichment.errors import NeedsPerson, RetryLater, StartupError
from tests.bot.slack.staff import Staff

IDENTITY = Identity(team_id=TEAM_ID, bot_id=BOT_ID, bot_user_id=BOT_USER_ID, channel=LEADS_CHANNEL)
Json = dict[str, Any]


class Echo(Commands):
    """Answers with what was typed."""

    def __init__(self) -> None:
        """Needs nothing."""

    async def answer(self, text: str, asker: Asker) -> Reply:  # noqa: ARG002 - the real one's signature
        """The text itself."""
        told = SlackMessage(text=f"you typed {text}", blocks=(section(f"you typed {text}"),))
        return Reply(message=told)


def everybody(connection: Connection) -> StaffCheck:
    """The members of the leads channel."""
    return StaffCheck(Slack(web_client(connection)), team=TEAM_ID, channel=LEADS_CHANNEL)


@pytest.fixture
async def app(connection: Connection) -> AsyncIterator[SlackApp]:
    """The app, connected."""
    running = SlackApp(connection, web_client(connection), IDENTITY, Echo(), staff=everybody(connection))
    await running.connect()
    yield running
    await running.close()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("kind", ["slash_commands", "shortcut", "message_action", "view_submission", "view_closed",
                                  "block_suggestion", "block_actions", "workflow_step_edit", "nonsense"])  # fmt: skip
async def test_what_nobody_listens_to_is_acknowledged(staff: Staff, kind: str) -> None:
    """Or Slack would show staff an error, and send an event again and again."""
    common = {"team": {"id": TEAM_ID}, "user": {"id": STAFF_1}, "token": "t", "trigger_id": "1"}
    payload: Json = {"type": kind, "callback_id": "x", "actions": [{"action_id": "a", "block_id": "b"}], **common}
    payload["view"] = {"id": "V1", "callback_id": "x", "type": "modal"}
    payload |= {"action_id": "a", "workflow_step": {}}
    if kind == "slash_commands":
        payload = {"command": "/other", "text": "", "team_id": TEAM_ID, "user_id": STAFF_1, "token": "t"}
    envelope = kind if kind == "slash_commands" else "interactive"
    ack = await staff.workspace.hub.deliver(envelope, payload)
    assert not ack


@pytest.mark.usefixtures("app")
async def test_events_are_acknowledged(staff: Staff, caplog: pytest.LogCaptureFixture) -> None:
    """A message of somebody's in the channel is no business of ours yet, and no noise in the log."""
    caplog.set_level(logging.INFO, "slack_bolt")
    staff.chat(3)
    assert (await staff.command("hello"))["responses"][0]["text"] == "you typed hello"
    assert staff.workspace.hub._acks == {}
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_environment_changes_nothing(
    connection: Connection, staff: Staff, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """OAuth variables would make Bolt drop our token, another token would make it warn; all stay as they are."""
    others = {
        "SLACK_CLIENT_ID": "1",
        "SLACK_CLIENT_SECRET": "2",
        "SLACK_BOT_TOKEN": "xoxb-other",
        "SLACK_APP_TOKEN": "x",
    }
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.INFO)
    app = SlackApp(connection, web_client(connection), IDENTITY, Echo(), staff=everybody(connection))
    await app.connect()
    assert (await staff.command("hello"))["responses"][0]["text"] == "you typed hello"
    await app.close()
    assert {name: os.environ[name] for name in others} == others
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_proxy_of_the_environment_is_not_for_this_machine(
    connection: Connection, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls, socket and answers reach the local workspace beside a proxy that nothing may go through."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        proxy = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    await check_app_token(connection)
    assert (await identify(Slack(web_client(connection)), "leads")).channel == LEADS_CHANNEL
    app = SlackApp(connection, web_client(connection), IDENTITY, Echo(), staff=everybody(connection))
    await app.connect()
    assert (await staff.command("hello"))["responses"][0]["text"] == "you typed hello"
    await app.close()


async def test_proxy_of_the_environment_is_used_for_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """In an office that has no other way out."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.office.example:3128")
    real = Connection(bot_token="xoxb-1", app_token="xapp-1")
    assert web_client(real).proxy == "http://proxy.office.example:3128"
    app = SlackApp(real, web_client(real), IDENTITY, Echo(), staff=everybody(real))
    assert vars(app._transport)["_handler"].client.proxy == app._proxy == "http://proxy.office.example:3128"
    await app.close()


async def test_socket_that_drops_is_opened_again(app: SlackApp, staff: Staff) -> None:
    """By the SDK; commands work again afterwards."""
    assert await app.is_connected()
    await staff.client.post("/fault", json={"kind": "socket_drop"})
    for _ in range(100):
        answer = await staff.command("again")
        if answer["ack"] is not None or answer["responses"][0]["text"].startswith("you typed"):
            break
    assert answer["responses"][0]["text"] == "you typed again"


@pytest.mark.parametrize(
    ("name", "channel"), [("leads", LEADS_CHANNEL), ("#inbox", INBOX_CHANNEL), ("C0ABCDEF", "C0ABCDEF")]
)
async def test_channel_is_found_by_name_or_id(slack: Slack, connection: Connection, name: str, channel: str) -> None:
    """With or without the sign; an id is taken at its word."""
    identity = await identify(slack, name)
    url = connection.base_url.removesuffix("api/")
    assert identity == IDENTITY.model_copy(update={"channel": channel, "url": url})


async def test_what_a_person_must_mend_names_its_setting(slack: Slack, connection: Connection) -> None:
    """A wrong channel, a wrong bot token, a wrong app token; never the token itself."""
    with pytest.raises(NeedsPerson, match="LEADBOT_SLACK_CHANNEL: there is no channel #nowhere"):
        await identify(slack, "nowhere")
    wrong = connection.model_copy(update={"bot_token": "xoxb-wrong", "app_token": "xapp-wrong"})
    with pytest.raises(NeedsPerson, match=r"^SLACK_BOT_TOKEN: .*invalid_auth") as bot:
        await identify(Slack(web_client(wrong)), "leads")
    with pytest.raises(NeedsPerson, match=r"^SLACK_APP_TOKEN: .*invalid_auth") as app:
        await check_app_token(wrong)
    assert "wrong" not in f"{bot.value} {app.value} {wrong!r}"


async def test_nobody_there_is_a_matter_for_later(connection: Connection) -> None:
    """Slack is away, or a firewall is in between."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    away = connection.model_copy(update={"base_url": f"http://127.0.0.1:{port}/api/"})
    with pytest.raises(RetryLater, match=r"Slack did not answer auth\.test"):
        await identify(Slack(web_client(away)), "leads")


def tokens(tmp_path: Path, **changes: str) -> Settings:
    """Settings with both tokens."""
    given = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"} | changes
    return Settings(data_dir=tmp_path, **given)  # type: ignore[arg-type]  # by their names in the environment


@pytest.mark.parametrize(
    ("url", "base", "local"),
    [
        ("https://slack.com/api/", "https://slack.com/api/", False),
        ("https://slack-gov.com/api", "https://slack-gov.com/api/", False),
        ("http://127.0.0.1:8025/api/", "http://127.0.0.1:8025/api/", True),
        ("http://localhost:8025/api", "http://localhost:8025/api/", True),
        ("http://[::1]:8025/api", "http://[::1]:8025/api/", True),
    ],
)
def test_slack_may_be_another_one(tmp_path: Path, url: str, base: str, local: bool) -> None:
    """GovSlack, or a stand-in on this machine, to which no proxy leads."""
    connection = connection_to(tokens(tmp_path, SLACK_API_URL=url))
    assert (connection.base_url, connection.local) == (base, local)


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_missing_token_is_named(tmp_path: Path, name: str) -> None:
    """With an example."""
    with pytest.raises(StartupError, match=f"^{name}: is missing; .* {name}=x"):
        connection_to(tokens(tmp_path, **{name: ""}))
