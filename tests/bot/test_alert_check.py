"""The doctor's look at the alert and the heartbeat: nothing is sent, no life is feigned, no secret is shown."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot import alert_check, control, folder
from bot.bootstrap import Core
from bot.cli import app
from bot.dead_letters import DeadLetterDesk
from bot.health import Check
from bot.owner import lines_beside
from bot.samples.commands import SampleCommands
from bot.settings import Settings
from bot.web import WebServer
from enrichment.errors import RetryLater
from tests.bot.samples.sampling import samples_of
from tests.channels.mail.certificates import make_certificate
from tests.servers.mail_receiver import PASSWORD, QUERY, USER, Receiver, receiving
from tests.servers.monitor import Monitor, monitoring

SECRET = "secret-uuid"


@contextmanager
def room(folder_: Path) -> Iterator[tuple[Receiver, Settings]]:
    """A mail server that wants a login, and the settings that know it."""
    with receiving(make_certificate(folder_)) as receiver:
        login = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
        url = f"smtp://{login}@127.0.0.1:{receiver.port}/?{QUERY}"
        yield receiver, Settings(data_dir=folder_ / "data", alert_smtp_url=SecretStr(url))


async def test_alert_is_looked_at_without_a_mail(tmp_path: Path) -> None:
    """All steps to the recipients; with the flag a real mail."""
    with room(tmp_path) as (receiver, settings):
        server = f"127.0.0.1:{receiver.port}"
        assert await alert_check.alert(settings) == Check(name="owner alert", state="ok", detail=f"{server} takes mail for owner@example.com")  # fmt: skip  # noqa: E501
        assert (receiver.mails, receiver.resets) == ([], 1)
        found = await alert_check.alert(settings, send=True)
        assert found.detail == f"{server} has taken a test mail for owner@example.com"
        (mail,) = receiver.mails
        assert mail["Subject"] == "Leadbot: test of the alert"


async def test_alert_that_would_fail_says_where_and_what_to_do(tmp_path: Path) -> None:
    """The step in the server's words, and an address that it refuses."""
    with room(tmp_path) as (receiver, settings):
        receiver.faults["AUTH"] = "no"
        found = await alert_check.alert(settings)
        assert (found.state, found.detail.split(":")[0]) == ("failed", "AUTH failed at 127.0.0.1")
        assert "app password" in found.advice
        assert PASSWORD not in str(found)
        receiver.faults.clear()
        assert settings.alert_smtp_url is not None
        more = SecretStr(settings.alert_smtp_url.get_secret_value() + "&to=nobody@example.com")
        found = await alert_check.alert(settings.model_copy(update={"alert_smtp_url": more}))
        assert (found.state, "refuses nobody@example.com" in found.detail) == ("failed", True)


async def test_what_is_off_is_said(settings: Settings) -> None:
    """With the setting that turns it on."""
    alert, beat = await alert_check.alert(settings), await alert_check.heartbeat(settings)
    assert (alert.state, "LEADBOT_ALERT_SMTP_URL" in alert.advice) == ("off", True)
    assert (beat.state, "LEADBOT_HEARTBEAT_URL" in beat.advice) == ("off", True)


async def test_alert_to_the_bot_itself_is_refused(settings: Settings) -> None:
    """Its mail would become a lead, which nobody would see either."""
    own = settings.all_recipients[0]
    url = SecretStr(f"smtp://127.0.0.1:1/?from=a@example.com&to={own.upper()}")
    found = await alert_check.alert(settings.model_copy(update={"alert_smtp_url": url}))
    assert (found.state, found.detail) == ("failed", f"{own} is the bot's own")


def beating(settings: Settings, url: str) -> Settings:
    """The settings with a heartbeat."""
    return settings.model_copy(update={"heartbeat_url": SecretStr(url)})


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    """A monitor that listens."""
    with monitoring() as found:
        yield found


async def test_doctor_feigns_no_life(settings: Settings, monitor: Monitor) -> None:
    """With no bot running only the root of the monitor's server is asked for, whatever it answers."""
    monitor.status = 404
    found = await alert_check.heartbeat(beating(settings, f"{monitor.url}/ping/{SECRET}?x={SECRET}"))
    assert (found.state, found.detail.partition(" answers")[0]) == ("ok", monitor.url)
    assert monitor.asked == [("GET", "/")]
    assert SECRET not in str(found)


async def test_monitor_that_is_away_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch, monitor: Monitor) -> None:  # fmt: skip  # noqa: E501
    """Refused, hanging, without TLS: each in one line without the secret."""
    monkeypatch.setattr(alert_check, "SECONDS", 0.2)
    monitor.stall.clear()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    urls = [f"http://127.0.0.1:{port}", monitor.url, monitor.url.replace("http", "https")]
    for url in urls:
        found = await alert_check.heartbeat(beating(settings, f"{url}/{SECRET}"))
        assert (found.state, found.detail.startswith(f"{url}: ")) == ("failed", True)
        assert found.advice
        assert SECRET not in str(found)
        assert "\n" not in found.detail


async def test_running_bot_is_asked_how_its_heartbeat_goes(core: Core, settings: Settings, monitor: Monitor) -> None:
    """For the doctor and the status alike."""
    said = [Check(name="heartbeat", state="off", detail="silent; slack: away", advice="wait")]
    samples, letters = SampleCommands(samples_of(core)), DeadLetterDesk(core.store.dead_letters, lambda: None)
    door = control.create_app(core.search, lambda: 0, samples, letters, lambda: said)
    url = f"{monitor.url}/ping/{SECRET}"
    with folder.locked(settings.data_dir):
        server = WebServer(door, control.bind(settings.data_dir))
        await server.start()
        try:
            assert await alert_check.heartbeat(beating(settings, url)) == said[0]
            lines = await asyncio.to_thread(lines_beside, beating(settings, url), core.store, running=True)
            assert lines == ("heartbeat: silent; slack: away",)
            said.clear()
            assert "has no URL" in (await alert_check.heartbeat(beating(settings, url))).detail
        finally:
            await server.stop()
    assert monitor.asked == []
    assert lines_beside(settings, core.store, running=False) == ()


def test_bot_that_does_not_answer_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running bot that hangs, or one of another version."""

    def away(*_arguments: object) -> Check:
        raise RetryLater("the running bot does not answer (ReadTimeout)")

    monkeypatch.setattr(control, "ask", away)
    with folder.locked(settings.data_dir):
        gone = asyncio.run(alert_check.heartbeat(beating(settings, "http://127.0.0.1:9")))
    assert (gone.state, gone.advice) == ("failed", "restart the bot")


def test_command_sends_a_test_only_when_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_folder: Path) -> None:  # fmt: skip  # noqa: E501
    """`leadbot doctor`, then with the flag; neither shows the URL."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("LEADBOT_", "SLACK_", "AIRTABLE_"))]:
        monkeypatch.delenv(name)
    with room(tmp_path) as (receiver, settings), monitoring() as monitor:
        assert settings.alert_smtp_url is not None
        variables = {
            "LEADBOT_ALERT_SMTP_URL": settings.alert_smtp_url.get_secret_value(),
            "LEADBOT_HEARTBEAT_URL": f"{monitor.url}/ping/{SECRET}",
            "LEADBOT_MODEL_DIR": str(model_folder),
            "OLLAMA_BASE_URL": "off",
            "LEADBOT_SENDER_DNS": "false",
        } | {f"LEADBOT_{name}_PORT": "0" for name in ("SMTP", "HTTP", "WORKSPACE")}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        first = CliRunner().invoke(app, ["doctor"])
        assert "✓ owner alert: " in first.output
        assert "✓ heartbeat: " in first.output
        assert "LEADBOT_ALERT_SMTP_URL = (set) (environment)" in first.output
        assert receiver.mails == []
        second = CliRunner().invoke(app, ["doctor", "--send-test-alert"])
        assert len(receiver.mails) == 1
        assert (first.exit_code, second.exit_code) == (0, 0)
        told = first.output + second.output
        assert not any(word in told for word in (PASSWORD, quote(PASSWORD, safe=""), SECRET))
        assert monitor.pings() == 0
