"""The workspace as a process of its own: it says when it is ready, keeps its state, and stops when told to."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from bot.workspace.identity import APP_TOKEN, BOT_TOKEN, LEADS_CHANNEL
from bot.workspace.server import listen, run
from enrichment.errors import StartupError

PROGRAM = "import sys, pathlib; from bot.workspace.server import run; run('127.0.0.1', 0, pathlib.Path(sys.argv[1]))"


@contextmanager
def process(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running process and its URL, taken from the line that it prints."""
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert line.startswith("workspace ready http://127.0.0.1:"), running.stderr and running.stderr.read()
            yield running, line.split()[-1]
        finally:
            running.kill()


def post(url: str, text: str) -> str:
    """Post as the bot."""
    body = {"channel": LEADS_CHANNEL, "text": text}
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    with httpx.Client(trust_env=False) as client:
        return str(client.post(f"{url}/api/chat.postMessage", json=body, headers=headers).json()["ts"])


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """A message whose ts was given out is still there after kill -9, and later ones come later."""
    data_dir = tmp_path / "workspace"
    with process(data_dir) as (running, url):
        first = post(url, "first")
        running.kill()
        running.wait()
    with process(data_dir) as (_, url), httpx.Client(trust_env=False) as client:
        second = post(url, "second")
        found = client.get(f"{url}/control/messages", params={"channel": "leads"}).json()["messages"]
    assert [(m["ts"], m["text"]) for m in found] == [(first, "first"), (second, "second")]
    assert first < second
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "workspace.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_with_streams_and_sockets_open(tmp_path: Path, number: signal.Signals) -> None:
    """A signal ends it cleanly within five seconds, whoever is still connected, without a word on stderr."""
    with process(tmp_path) as (running, url), httpx.Client(trust_env=False) as client:
        headers = {"Authorization": f"Bearer {APP_TOKEN}"}
        link = client.post(f"{url}/api/apps.connections.open", headers=headers).json()["url"]
        with client.stream("GET", f"{url}/stream") as stream, connect(link, proxy=None) as socket_mode:
            assert next(stream.iter_lines()).startswith("retry:")
            assert "hello" in str(socket_mode.recv())
            start = time.monotonic()
            running.send_signal(number)
            assert running.wait(5) == 0
            assert time.monotonic() - start < 5
        assert running.stderr is not None
        assert running.stderr.read() == ""


def test_a_taken_port_is_explained(tmp_path: Path) -> None:
    """One line that names the address and the setting to change."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            StartupError, match=rf"^[^\n]*127\.0\.0\.1:{port} is in use[^\n]*LEADBOT_WORKSPACE_PORT[^\n]*$"
        ):
            run("127.0.0.1", port, tmp_path)


def test_a_data_folder_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    """A file in the folder's place, or a database that is none, stop the start with one line."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "workspace.db").write_bytes(b"no database" * 1000)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for data_dir in (tmp_path / "file", tmp_path):
        with pytest.raises(StartupError, match="cannot use"):
            run("127.0.0.1", port, data_dir)
