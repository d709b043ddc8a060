"""The local workspace's process: started beside the bot, reused when it is alive, stopped with a clean stop.

It is a process group of its own, so that it stands for Slack truly: it survives the bot's kill.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from bot.settings import Settings
from bot.workspace.server import address, listen
from enrichment.errors import StartupError
from enrichment.models import Model

RECORD = "workspace.json"
APP = "leadbot-workspace"
START_SECONDS = 15.0
STOP_SECONDS = 5.0


class Running(Model):
    """A workspace that answers. ours: it was started by a bot on this folder, so a clean stop stops it."""

    host: str
    port: int
    pid: int
    ours: bool

    @property
    def url(self) -> str:
        """Where people on this machine open it, and the bot reaches it."""
        return address(self.host, self.port)


async def ensure(settings: Settings) -> Running:
    """The workspace of these settings, started when none answers. Raises StartupError."""
    record = settings.data_dir / RECORD
    known = _recorded(record)
    port = settings.workspace_port or (known or {}).get("port", 0)
    alive = await _alive(settings.workspace_host, port) if port else None
    if alive is not None:
        ours = known is not None and known.get("pid") == alive
        return Running(host=settings.workspace_host, port=port, pid=alive, ours=ours)
    port = settings.workspace_port or _free_port(settings.workspace_host)
    process = await asyncio.to_thread(_spawn, settings, port)
    await _ready(process, settings, port)
    record.write_text(json.dumps({"pid": process.pid, "port": port}), encoding="ascii")
    return Running(host=settings.workspace_host, port=port, pid=process.pid, ours=True)


def _recorded(record: Path) -> dict[str, int] | None:
    try:
        known = json.loads(record.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) else None


async def _alive(host: str, port: int) -> int | None:
    """The process id of the workspace that answers there, None when none does."""
    try:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            answer = (await client.get(f"{address(host, port)}/healthz")).json()
    except (httpx.HTTPError, ValueError):
        return None
    return int(answer.get("pid", 0)) if isinstance(answer, dict) and answer.get("app") == APP else None


def _free_port(host: str) -> int:
    with listen(host, 0) as probe:
        port: int = probe.getsockname()[1]
        return port


def _spawn(settings: Settings, port: int) -> subprocess.Popen[bytes]:
    # A file and no pipe: the workspace must be able to write after the bot is gone.
    with (settings.data_dir / "workspace.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "workspace"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ
            | {
                "LEADBOT_WORKSPACE_PORT": str(port),
                "LEADBOT_WORKSPACE_HOST": settings.workspace_host,
                "LEADBOT_DATA_DIR": str(settings.data_dir),
                "LEADBOT_SLACK_HTTP_PORT": str(settings.slack_http_port),
            },
        )


async def _ready(process: subprocess.Popen[bytes], settings: Settings, port: int) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            while process.poll() is None:
                if await _alive(settings.workspace_host, port) == process.pid:
                    return
                await asyncio.sleep(0.05)
    if process.poll() is None:
        process.kill()
    log = settings.data_dir / "workspace.log"
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    told = last[0] if last and last[0].startswith("leadbot:") else f"see {log}"
    raise StartupError(f"the local workspace did not start: {told.removeprefix('leadbot: ')}")


async def stop(running: Running, folder: Path) -> None:
    """Stop the workspace that a bot on this folder started; leave another's alone."""
    if not running.ours:
        return
    with contextlib.suppress(ProcessLookupError, TimeoutError):
        os.kill(running.pid, signal.SIGTERM)
        async with asyncio.timeout(STOP_SECONDS):
            while _exists(running.pid):  # noqa: ASYNC110 - another process has no event to wait for
                await asyncio.sleep(0.05)
    (folder / RECORD).unlink(missing_ok=True)


def _exists(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
