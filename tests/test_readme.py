"""The README is true: what it tells to type exists, and what can be run without a terminal is run."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings, variable
from enrichment.stages import profiles
from tests.servers.ollama import OllamaServer, downloaded
from tests.servers.running_bot import RunningBot

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (\.venv/bin/\S.*)$", TEXT, re.MULTILINE)
IN_TEXT = re.findall(r"`\.venv/bin/leadbot ([^`]+)`", TEXT)


def _typed(command: str, bot: RunningBot) -> list[str]:
    """The command with this interpreter and this bot's port in the place of the README's."""
    program, *arguments = shlex.split(command.replace("2525", str(bot.smtp_port)))
    python = [sys.executable] if program.endswith("python") else [sys.executable, "-m", "bot.cli"]
    return [*python, *arguments]


def test_the_commands_do_what_is_said(tmp_path: Path) -> None:
    """In their order: a mail is sent, it is listed, found, judged and exported, and the doctor finds nothing failed."""
    bot = RunningBot(tmp_path)
    try:
        bot.start()
        for command in COMMANDS:
            typed = _typed(command, bot)
            result = subprocess.run(
                typed, env=bot.environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
            )
            assert (result.returncode, result.stderr) == (0, ""), command
            if "smtplib" in command:
                bot.wait_for(bot.cards)
        assert "Possible duplicate" not in bot.cards()[0]["text"]
        assert "jo@example.com" in (tmp_path / "leads.csv").read_text(encoding="utf-8-sig")
        for words in re.findall(r"^    /lead ?(.*)$", TEXT, re.MULTILINE):
            assert "L-1" in bot.command(words) or words == "help"
    finally:
        bot.close()


async def test_the_model_is_pulled_as_is_said(tmp_path: Path) -> None:
    """The one command that stands in the text needs Ollama, and nothing else."""
    assert IN_TEXT == ["models pull"]
    ollama = OllamaServer(models={})
    ollama.pulls.append(downloaded())
    await ollama.start()
    try:
        bot = RunningBot(tmp_path, OLLAMA_BASE_URL=ollama.url)
        program = [sys.executable, "-m", "bot.cli", *IN_TEXT[0].split()]
        result = await _run(program, bot.environment)
        assert "qwen3:4b-instruct is installed" in result
    finally:
        await ollama.stop()


async def _run(program: list[str], environment: dict[str, str]) -> str:
    """What the program prints; it must end well."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*program, env=environment, cwd=ROOT, stdout=pipe, stderr=pipe)
    told, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors
    return told.decode()


def test_what_is_named_is_there() -> None:
    """Settings, business profiles and the page's buttons are called what the README calls them."""
    known = {variable(name, field) for name, field in Settings.model_fields.items()}
    named = re.findall(r"`((?:LEADBOT|SLACK|OLLAMA|AIRTABLE)_[A-Z_]+?)(?:_FILE)?(?:=[^`]*)?`", TEXT)
    assert named
    assert set(named) <= known
    (row,) = re.findall(r"^\| Your trade \| (.*) \|$", TEXT, re.MULTILINE)
    assert set(re.findall(r"`([a-z_]+)`", row)) == set(profiles.names())
    page = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot/workspace/static").glob("*.js"))
    cards = (ROOT / "bot/slack/buttons.py").read_text(encoding="utf-8")
    for button in re.findall(r"\*\*([^*]+)\*\*", TEXT.replace("\n", " ")):
        assert f'"{button}"' in page + cards, button


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)#:]+)\)", TEXT))
def test_links_lead_somewhere(path: str) -> None:
    """Each linked file is there."""
    assert (ROOT / path).exists()


def test_make_targets_exist() -> None:
    """What is typed with make is a target."""
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"^    make (\w+)", TEXT + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= set(targets)
    assert os.access(ROOT / ".ci" / "run", os.R_OK)
