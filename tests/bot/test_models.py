"""`leadbot models`: downloads through a server that speaks Ollama's protocol."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import models
from bot.model_check import language_model
from bot.settings import Settings
from enrichment.adapters.ollama import OllamaModel
from enrichment.analysis import opinion
from enrichment.errors import NeedsPerson, RetryLater
from enrichment.lead import Contact, Lead, Triage, UrgencyLabel
from tests.servers.ollama import MODEL, OllamaServer

ROOT = Path(__file__).parent.parent.parent
# A test run in the background of a shell has SIGINT ignored, and its children too.
PULL = """
import signal, sys
from bot import models
from bot.settings import load
from enrichment.errors import LeadbotError
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    models.pull(load(), sys.stdout)
except LeadbotError as error:
    sys.exit(f"leadbot: {error}")
"""


class Terminal(io.StringIO):
    """Where a bar is drawn."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
async def server() -> AsyncIterator[OllamaServer]:
    """A server without any model."""
    made = OllamaServer(models={})
    await made.start()
    yield made
    await made.stop()


def settings(server: OllamaServer, **changes: str) -> Settings:
    """The settings of a bot beside it."""
    values: dict[str, Any] = {"ollama_base_url": server.url, "ollama_model": MODEL} | changes
    return Settings(**values)


async def test_the_model_of_the_settings_is_pulled(server: OllamaServer) -> None:
    """Off a terminal: a line a step and for every ten percent."""
    out = io.StringIO()
    await asyncio.to_thread(models.pull, settings(server), out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "pulling manifest"
    assert lines[1:12] == [f"pulling 3e4cb1417446 {percent} %" for percent in range(0, 101, 10)]
    assert lines[12:] == ["verifying sha256 digest", "writing manifest", "success", f"{MODEL} is installed"]
    assert await asyncio.to_thread(models.listed, settings(server)) == [MODEL]


async def test_another_model_is_pulled_by_its_name(server: OllamaServer) -> None:
    """As one tries an alternative."""
    await asyncio.to_thread(models.pull, settings(server), io.StringIO(), "gemma3:4b")
    assert server.asked[-1][1]["model"] == "gemma3:4b"


async def test_a_terminal_gets_a_bar(server: OllamaServer) -> None:
    """One line a step, drawn over itself, within the width of a terminal."""
    out = Terminal()
    await asyncio.to_thread(models.pull, settings(server), out)
    lines = out.getvalue().splitlines()
    assert [line.rpartition("\r")[2].split("  ")[0] for line in out.getvalue().split("\n")[:2]] == [
        "pulling manifest",
        "pulling 3e4cb1417446",
    ]
    assert "[########################] 100 % of 2.5 GB" in out.getvalue()
    assert max(len(part) for line in lines for part in line.split("\r")) <= 79
    assert out.getvalue().endswith(f"\n{MODEL} is installed\n")


async def test_what_cannot_be_pulled_is_said_in_one_line(server: OllamaServer) -> None:
    """No Ollama, no such model, a model elsewhere, switched off."""
    server.pulls.append([{"error": "pull model manifest: file does not exist"}])
    with pytest.raises(NeedsPerson, match=f"there is no model {MODEL}"):
        await asyncio.to_thread(models.pull, settings(server), io.StringIO())
    with pytest.raises(NeedsPerson, match="somebody else's machine"):
        await asyncio.to_thread(models.pull, settings(server), io.StringIO(), "gpt-oss:20b-cloud")
    with pytest.raises(NeedsPerson, match="OLLAMA_BASE_URL is off"):
        models.listed(settings(server, ollama_base_url="off"))
    with pytest.raises(RetryLater, match=r"does not answer at 127\.0\.0\.1:9"):
        await asyncio.to_thread(models.pull, settings(server, ollama_base_url="http://127.0.0.1:9"), io.StringIO())


async def test_ctrl_c_stops_a_download_in_one_line(server: OllamaServer) -> None:
    """Nothing is lost: the same command goes on."""
    server.pull_pause = 0.2
    environment = os.environ | {"OLLAMA_BASE_URL": server.url, "PYTHONPATH": str(ROOT)}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PULL, stdout=pipe, stderr=pipe, env=environment
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"pulling manifest\n"
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 20)
    assert err.decode() == "leadbot: stopped: type the command again, it goes on where it stopped\n"
    assert process.returncode == 1


async def test_doctor_says_what_to_type_next(server: OllamaServer) -> None:
    """No Ollama, no model, a model that runs elsewhere, all well, switched off."""
    away = await language_model(settings(server, ollama_base_url="http://127.0.0.1:9"))
    assert away.state == "off"
    assert away.detail == "Ollama does not answer at 127.0.0.1:9, the built-in analysis works alone"
    assert away.advice == (
        "install Ollama from https://ollama.com/download and start it with `ollama serve`, "
        "then type `leadbot models pull`"
    )
    missing = await language_model(settings(server))
    assert (missing.state, missing.advice) == ("failed", "type `leadbot models pull`")
    assert missing.detail == f"the model {MODEL} is not installed"
    server.models[MODEL] = {"remote_host": "https://ollama.com"}
    assert (await language_model(settings(server))).state == "failed"
    server.models[MODEL] = {}
    assert (await language_model(settings(server))).state == "ok"
    assert (await language_model(settings(server, ollama_base_url="off"))).state == "off"
    wrong = await language_model(settings(server, ollama_base_url="ftp://x"))
    assert (wrong.state, wrong.advice) == ("failed", "set OLLAMA_BASE_URL")


async def test_the_smallest_window_that_can_be_set_has_room_for_a_question(server: OllamaServer) -> None:
    """With thirty services and a long mail; a smaller one would set every lead aside."""
    (smallest,) = (bound.ge for bound in Settings.model_fields["analysis_context"].metadata if hasattr(bound, "ge"))
    words = Lead(
        id=1, uuid="", message_id=1, contact=Contact(), subject="brakes " * 40, text="My brakes grind. " * 400,
        channel="smtp", received_at=datetime.now(UTC), triage=Triage(urgency=40, label=UrgencyLabel.WARM),
    )  # fmt: skip
    server.models[MODEL] = {}
    model = OllamaModel(server.url, MODEL, smallest, 5.0)
    services = tuple(f"Service number {number} with a long name" for number in range(30))
    assert (await opinion(model, words, ("Garage", services), lambda: datetime.now(UTC))).summary
    await model.close()
