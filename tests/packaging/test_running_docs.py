"""docs/running.md is true: what can be run without Docker and systemd is run, the rest is checked by name."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import psycopg
import typer

from bot.cli import app
from bot.settings import Settings
from tests.packaging.compose import load
from tests.packaging.documents import ROOT, Page
from tests.packaging.test_dockerfile import FINAL
from tests.packaging.test_systemd_unit import values
from tests.servers.running_bot import mail, running_bot

PAGE = Page("running.md")
SERVICES = load()["services"]


def _shell(command: str, folder: Path) -> None:
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True, timeout=60)


def test_compose_commands_name_what_there_is() -> None:
    """Services, profiles, files and the bot's own commands."""
    commands = {name.partition(" ")[0] for name in typer.main.get_command(app).commands}  # type: ignore[attr-defined]
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    for line in PAGE.lines():
        words = shlex.split(line)
        if words[:2] != ["docker", "compose"]:
            continue
        if "--profile" in words:
            assert words[words.index("--profile") + 1] in profiles
        if words[2] == "exec":
            assert words[3] in SERVICES
            assert words[4] != "leadbot" or words[5] in commands, line
    assert set(re.findall(r"cp (\.env\.example)", PAGE.text)) == {".env.example"}


def test_the_container_without_compose_is_the_same() -> None:
    """The same ports, volume and rights as in docker-compose.yml."""
    bot = SERVICES["leadbot"]
    words = shlex.split(PAGE.only("In a container", "docker run"))
    flags = {word for word in words if word.startswith("-")}
    given = {flag: [words[n + 1] for n, word in enumerate(words) if word == flag] for flag in flags}
    assert given["-p"] == bot["ports"]
    assert given["-v"] == bot["volumes"]
    assert given["--tmpfs"] == bot["tmpfs"]
    assert given["--cap-drop"] == bot["cap_drop"]
    assert {"--init", "--read-only"} <= flags
    assert PAGE.only("In a container", "docker build").split()[3] == words[-1]


def test_its_addresses_are_the_published_ones() -> None:
    """The page, the health check and the mail port; and the user who must own a mounted folder."""
    ports = {int(port.split(":")[1]) for port in SERVICES["leadbot"]["ports"]}
    assert {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", PAGE.section("In a container"))} == ports
    assert f"user, {FINAL.last('USER').rest.partition(':')[0]}." in PAGE.text


def test_the_lines_for_the_scale_profile_work(tmp_path: Path, postgres_server: str) -> None:
    """The commands are run: the password in .env is the one in the secret's file, and opens a real PostgreSQL."""
    commands = [line for line in PAGE.lines("With PostgreSQL and a Chroma server") if not line.startswith("docker")]
    _shell("\n".join(commands), tmp_path)
    secret = tmp_path / load()["secrets"]["postgres_password"]["file"]
    assert secret.stat().st_mode & 0o077 == secret.parent.stat().st_mode & 0o077 == 0
    settings = Settings(_env_file=tmp_path / ".env")
    password = secret.read_text()
    assert len(password) == 48
    assert settings.sql_url == f"postgresql://leadbot:{password}@postgres/leadbot"
    assert settings.chroma_url == "http://chroma:8000"
    _accepted(postgres_server, password)


def _accepted(server: str, password: str) -> None:
    """A database user with this password is let in by a URL that holds it."""
    with psycopg.connect(f"postgresql://leadbot@{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE scale LOGIN PASSWORD '{password}'".encode())
        with psycopg.connect(f"postgresql://scale:{password}@{server}/postgres") as second:
            assert second.execute("SELECT current_user").fetchone() == ("scale",)
        connection.execute("DROP ROLE scale")


def test_a_backup_taken_while_it_runs_can_be_restored(tmp_path: Path, model_folder: Path) -> None:
    """The page's commands: after the restore the lead is listed, and found as similar when the index is full again."""
    (tmp_path / "model").symlink_to(model_folder)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    with running_bot(tmp_path, LEADBOT_SLACK_PER_SECOND="50") as bot:
        bot.send(mail("Jo <jo@example.org>", "Brakes", "My brakes are grinding, can you look at them today?"))
        bot.wait_for(bot.cards)
        _shell(PAGE.only("Backup", "(umask"), tmp_path)
    assert (tmp_path / "backup.db").stat().st_mode & 0o077 == 0
    _shell("\n".join(line for line in PAGE.lines("Backup") if line.startswith(("rm -rf", "cp "))), tmp_path)
    with running_bot(tmp_path, LEADBOT_SLACK_PER_SECOND="50") as bot:
        assert [lead["id"] for lead in bot.leads()] == ["L-1"]
        bot.wait_for(lambda: "L-1" in bot.cli("similar", "grinding brakes").stdout)


def test_the_backup_inside_a_container_is_the_same_command() -> None:
    """Only the paths differ, and they are the image's."""
    inside = PAGE.only("Backup", "docker compose exec leadbot python")
    outside = PAGE.only("Backup", "(umask")
    data = FINAL.environment["LEADBOT_DATA_DIR"]
    moved = outside.replace("data/", f"{data}/").replace("['backup", f"['{data}/backup")
    assert shlex.split(inside)[-1] == shlex.split(moved.partition(".venv/bin/")[2].rstrip(")"))[-1]


def test_systemd_commands_name_what_there_is() -> None:
    """The make targets exist, and the paths are the unit's."""
    for target in {word for line in PAGE.lines() for word in re.findall(r"make ([\w./ ]+)", line)}:
        result = subprocess.run(["make", "-n", *target.split()], cwd=ROOT, capture_output=True, check=False, timeout=60)
        assert result.returncode == 0, target
    lines = "\n".join(PAGE.lines("Under systemd"))
    assert values("EnvironmentFile")[0].removeprefix("-") in lines
    assert f"--home-dir /var/lib/{values('StateDirectory')[0]} " in lines
    assert values("ExecStart")[0].partition(" ")[0] in lines
    for name in re.findall(r"install -m \d+ (\S+)", lines):
        assert (ROOT / name).is_file()


def test_the_page_names_real_files_and_versions() -> None:
    """Its links, and the Python that it asks for."""
    for name in re.findall(r"\]\(([^)#:]+)\)", PAGE.text):
        assert (ROOT / "docs" / name).is_file() or (ROOT / "docs" / name).exists()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert f"Python {wanted.removeprefix('>=')} or newer" in PAGE.text
