"""Starting and stopping: one clear line and exit status 1 when it cannot, a clean end when it is told to."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.servers.running_bot import RunningBot, mail

Make = Callable[..., RunningBot]


def _refused(bot: RunningBot) -> str:
    """The one line with which the start was refused."""
    result = bot.cli("run")
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("name", ["SMTP", "HTTP"])
def test_a_taken_port_is_named(fresh_bot: Make, name: str) -> None:
    """The line names the variable to change; no workspace is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        bot = fresh_bot(**{f"LEADBOT_{name}_PORT": str(port)})
        line = _refused(bot)
    assert line.startswith(f"leadbot: LEADBOT_{name}_PORT: 127.0.0.1:{port} is in use")
    assert not (bot.folder / "data" / "workspace.json").exists()


def test_a_taken_workspace_port_is_named(fresh_bot: Make) -> None:
    """A stranger on the workspace's port is no workspace."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = _refused(fresh_bot(LEADBOT_WORKSPACE_PORT=str(taken.getsockname()[1])))
    assert "LEADBOT_WORKSPACE_PORT" in line


def test_a_folder_that_cannot_be_written_is_named(fresh_bot: Make, tmp_path: Path) -> None:
    """As an ordinary user, on a folder of somebody else's."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    blocked = closed / "data"
    if os.geteuid() == 0:
        blocked.write_text("a file where the folder should be")  # root may write anywhere
    line = _refused(fresh_bot(LEADBOT_DATA_DIR=str(blocked)))
    assert line.startswith(f"leadbot: LEADBOT_DATA_DIR: {blocked} is not writable")


def test_a_second_bot_on_the_folder_is_refused(fresh_bot: Make) -> None:
    """Two bots on one folder would damage the index; the second says who is there."""
    bot = fresh_bot().start()
    assert bot.process is not None
    assert f"another Leadbot (process {bot.process.pid}) is running" in _refused(bot)
    bot.send(mail("Ann <ann@two.example>", "Fence", "How much is a new fence?"))
    bot.wait_for(bot.cards)


def test_a_database_of_a_newer_version_is_refused(fresh_bot: Make) -> None:
    """An older program must not touch what a newer one has written."""
    bot = fresh_bot()
    bot.cli("doctor")  # makes the database
    with sqlite3.connect(bot.folder / "data" / "leadbot.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "was written by a newer Leadbot" in _refused(bot)


def test_a_wrong_setting_is_named_with_an_example(fresh_bot: Make) -> None:
    """One line: the variable, what is wrong, an example."""
    line = _refused(fresh_bot(LEADBOT_SMTP_PORT="many"))
    assert line.startswith("leadbot: LEADBOT_SMTP_PORT: ")
    assert line.endswith("example: LEADBOT_SMTP_PORT=2525")


def test_stop_and_start_again(fresh_bot: Make) -> None:
    """Ctrl-C ends within 10 s with status 0 and leaves no workspace; what was posted is still there afterwards."""
    bot = fresh_bot().start()
    bot.send(mail("Ann <ann@stop.example>", "Fence", "How much is a new fence?"))
    bot.wait_for(bot.cards)
    bot.settled()
    before = time.monotonic()
    assert bot.stop() == 0
    assert time.monotonic() - before < 10
    with pytest.raises(httpx.ConnectError):
        bot.messages()
    bot.start()
    bot.send(mail("Ann <ann@stop.example>", "Fence again", "I asked what a new fence costs, any news?"))
    bot.wait_for(lambda: len(bot.cards()) == 2)


def test_the_running_bot_is_light_and_imports_no_torch(fresh_bot: Make) -> None:
    """At most 450 MB when idle, and neither torch nor sentence_transformers is mapped or imported."""
    bot = fresh_bot().start()
    bot.send(mail("Ann <ann@light.example>", "Fence", "How much is a new fence?"))
    bot.wait_for(bot.cards)
    assert bot.process is not None
    status = Path(f"/proc/{bot.process.pid}/status").read_text()
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
    assert resident <= 450
    maps = Path(f"/proc/{bot.process.pid}/maps").read_text()
    assert "torch" not in maps
    assert "sentence_transformers" not in maps


def test_health_readiness_and_metrics(fresh_bot: Make) -> None:
    """What a monitor asks is answered on the http port."""
    bot = fresh_bot().start()
    bot.send(mail("Ann <ann@health.example>", "Fence", "How much is a new fence?"))
    bot.wait_for(bot.cards)
    assert httpx.get(f"{bot.http}/healthz").json() == {"ok": True}
    ready = httpx.get(f"{bot.http}/readyz")
    assert ready.status_code == 200
    assert {check["name"]: check["state"] for check in ready.json()} == dict.fromkeys(
        ("database", "index", "intake", "ledger", "smtp", "slack"), "ok"
    )
    assert 'leadbot_messages{channel="smtp",state="lead"} 1.0' in httpx.get(f"{bot.http}/metrics").text


def test_doctor_names_what_it_found_and_no_secret(fresh_bot: Make) -> None:
    """Each check is a line; a token is only said to be set."""
    bot = fresh_bot(AIRTABLE_API_KEY="pat-very-secret")
    result = bot.cli("doctor")
    assert "✓ model: all-MiniLM-L6-v2" in result.stdout
    assert "AIRTABLE_API_KEY = (set) (environment)" in result.stdout
    assert "very-secret" not in result.stdout + result.stderr


def test_roles_share_the_work(fresh_bot: Make) -> None:
    """A bot that only takes mail leaves it stored for the one that works on it."""
    bot = fresh_bot()
    bot.start(roles="ingest")
    bot.send(mail("Ann <ann@roles.example>", "Fence", "How much is a new fence?"))
    assert bot.stop() == 0
    assert bot.status()["states"]["in_progress"] == 1
    bot.start(roles="work,slack")
    bot.wait_for(bot.cards)
    wrong = bot.cli("run", "--roles", "clock")
    assert (wrong.returncode, "needs work and slack" in wrong.stderr) == (2, True)
