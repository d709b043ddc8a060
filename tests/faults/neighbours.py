"""Whom the bot talks to in a run: a workspace as a process of its own, an Airtable and an Ollama in threads."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.servers.running_bot import ROOT

# Below the range from which the system takes the ports of outgoing connections, which could be in the way at a restart.
PORTS = range(20_000, 32_000)


class Broken(Exception):
    """The run cannot go on; the text says why."""


def stable_port() -> int:
    """A free port that nobody gets by chance while the bot is down."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise Broken("no free port")


@contextlib.contextmanager
def workspace(folder: Path, port: int) -> Iterator[None]:
    """A workspace of our own: one that the bot had started would go with its SIGTERM."""
    environment = os.environ | {
        "LEADBOT_DATA_DIR": str(folder / "slack"),
        "LEADBOT_WORKSPACE_PORT": str(port),
        "LEADBOT_SLACK_PER_SECOND": "1000",
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "workspace.txt").open("ab") as log:
        command = [sys.executable, "-m", "bot.cli", "workspace"]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield
    finally:
        process.terminate()
        process.wait(15)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2).status_code == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise Broken("the workspace did not start")
