"""docs/leadbot.service, checked by systemd where it is, and against the project everywhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings, variable
from channels.mail.parser import _MEMORY_MEGABYTES

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs" / "leadbot.service").read_text(encoding="utf-8")
PROGRAM = "/opt/leadbot/.venv/bin/leadbot"


def values(name: str) -> list[str]:
    """Every value that the unit gives to a name, in order."""
    return re.findall(rf"^{name}=(.*)$", TEXT, re.MULTILINE)


def test_sections_and_lines_are_well_formed() -> None:
    """Nothing but sections, comments and NAME=value."""
    lines = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if line.startswith("[")] == ["[Unit]", "[Service]", "[Install]"]
    assert all(re.fullmatch(r"\[\w+\]|[A-Z]\w+=.*", line) for line in lines)


@pytest.fixture
def analyze() -> str:
    """The checker that comes with systemd; where there is none, the unit is not used either."""
    found = shutil.which("systemd-analyze")
    return found or pytest.skip("systemd is not here")


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("#AmbientC", "AmbientC").replace("#CapabilityB", "CapabilityB")])
def test_systemd_understands_it(analyze: str, tmp_path: Path, text: str) -> None:
    """No unknown name, no wrong value; with and without port 25; a program that exists here for the installed one."""
    unit = tmp_path / "leadbot.service"
    here = text.replace(PROGRAM, str(Path(sys.executable).with_name("leadbot")))
    assert here != text
    unit.write_text(here)
    result = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False, timeout=60)
    told = [line for line in result.stderr.splitlines() if "leadbot" in line]
    assert (result.returncode, told) == (0, [])


def test_its_exposure_is_low(analyze: str) -> None:
    """By systemd's own reckoning, where 10 is everything that root may do."""
    command = [analyze, "security", "--offline=true", "--threshold=20", str(ROOT / "docs" / "leadbot.service")]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stdout.splitlines()[-1]


def test_it_runs_the_bot_as_its_own_user() -> None:
    """Not root; its variables are settings; secrets come from a file that need not be there."""
    assert values("ExecStart") == [f"{PROGRAM} run"]
    assert values("User") == values("Group") == ["leadbot"]
    known = {variable(name, field) for name, field in Settings.model_fields.items()}
    given = dict(line.split("=", 1) for line in values("Environment"))
    assert {name for name in given if name.startswith("LEADBOT_")} <= known
    assert given["LEADBOT_DATA_DIR"] == f"/var/lib/{values('StateDirectory')[0]}"
    assert given["ORT_DISABLE_TELEMETRY"] == "1"
    assert values("EnvironmentFile") == ["-/etc/leadbot/leadbot.env"]


def test_it_stops_the_bot_as_the_bot_expects() -> None:
    """The bot alone hears the signal, so that it can stop its workspace itself; it comes back after a crash."""
    assert values("KillMode") == ["mixed"]
    assert values("KillSignal") == ["SIGTERM"]
    assert values("Restart") == ["on-failure"]
    assert int(values("TimeoutStopSec")[0]) >= 20


def test_its_memory_leaves_room_for_the_parser() -> None:
    """The parser limits itself below the unit's limit, so that a hostile mail ends the parser and not the bot."""
    assert values("MemoryMax") == ["2G"]
    assert _MEMORY_MEGABYTES < 2048
    assert values("MemoryHigh") == ["1536M"]


def test_port_25_is_explained_and_not_given() -> None:
    """The capability stands there as a comment, and the bounding set that goes with it."""
    assert values("AmbientCapabilities") == []
    assert values("CapabilityBoundingSet") == [""]
    for line in ("AmbientCapabilities", "CapabilityBoundingSet"):
        assert f"#{line}=CAP_NET_BIND_SERVICE" in TEXT


def test_its_files_are_private() -> None:
    """What the bot writes, customers' words above all, is for its own user."""
    assert values("UMask") == ["0077"]
    assert values("StateDirectoryMode") == ["0700"]
