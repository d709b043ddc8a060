"""The README is true: what it tells to type exists, and what can be run without a terminal is run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.running_bot import RunningBot

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (\.venv/bin/\S.*)$", TEXT, re.MULTILINE)


def _typed(command: str, bot: RunningBot) -> list[str]:
    """The command with this interpreter and this bot's port in the place of the README's."""
    program, *arguments = shlex.split(command.replace("2525", str(bot.smtp_port)))
    python = [sys.executable] if program.endswith("python") else [sys.executable, "-m", "bot.cli"]
    return [*python, *arguments]


def test_the_commands_do_what_is_said(tmp_path: Path) -> None:
    """In their order: a mail is sent, it is listed, found and judged, and the doctor finds nothing failed."""
    bot = RunningBot(tmp_path)
    try:
        bot.start()
        for command in COMMANDS:
            typed = _typed(command, bot)
            result = subprocess.run(
                typed, env=bot.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
            )
            assert (result.returncode, result.stderr) == (0, ""), command
            if "smtplib" in command:
                bot.wait_for(bot.cards)
        assert "Possible duplicate" not in bot.cards()[0]["text"]
        for words in re.findall(r"^    /lead ?(.*)$", TEXT, re.MULTILINE):
            assert "L-1" in bot.command(words) or words == "help"
    finally:
        bot.close()


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
