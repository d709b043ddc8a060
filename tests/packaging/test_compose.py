"""docker-compose.yml, read as Compose reads it and checked against the Dockerfile, the settings and the lock file."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from bot.settings import Settings, variable
from bot.workspace.guard import allowed_hosts
from bot.workspace.server import address
from tests.conftest import RequireServer, free_port
from tests.packaging.compose import ROOT, load
from tests.packaging.test_dockerfile import FINAL

PROJECT = load()
SERVICES: dict[str, Any] = PROJECT["services"]
BOT: dict[str, Any] = SERVICES["leadbot"]


def published(bot: dict[str, Any]) -> dict[int, tuple[str, int]]:
    """Port inside the container to the address outside."""
    found = {}
    for line in bot["ports"]:
        host, outside, inside = line.rsplit(":", 2)
        found[int(inside)] = (host, int(outside))
    return found


def test_only_the_bot_is_published_and_only_to_this_machine() -> None:
    """The model, the database and the index have no port outside; the bot's three are on 127.0.0.1."""
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"leadbot"}
    assert published(BOT) == {port: ("127.0.0.1", port) for port in map(int, FINAL.last("EXPOSE").words)}


def test_mail_can_be_opened_to_the_world_by_one_line() -> None:
    """As docs/getting-mail-in.md says; nothing else is opened with it."""
    opened = published(load({"SMTP_PUBLISH": "0.0.0.0:25"})["services"]["leadbot"])
    assert opened == published(BOT) | {2525: ("0.0.0.0", 25)}


@pytest.mark.parametrize("port", ["8025", "9025"])
def test_the_workspace_has_one_port_inside_and_outside(port: str) -> None:
    """It answers to the address that people type, and its links name it, whatever port was chosen."""
    bot = load({"LEADBOT_WORKSPACE_PORT": port})["services"]["leadbot"]
    inside = int(bot["environment"]["LEADBOT_WORKSPACE_PORT"])
    host, outside = published(bot)[inside]
    url = address(bot["environment"]["LEADBOT_WORKSPACE_HOST"], inside)
    assert url == f"http://{host}:{outside}"
    assert {f"{host}:{outside}", f"localhost:{outside}"} <= allowed_hosts(url, ())


def test_what_the_container_decides_is_stronger_than_env() -> None:
    """A .env written for a checkout, with its folders and 127.0.0.1, does not break the container."""
    environment = BOT["environment"]
    known = {variable(name, field) for name, field in Settings.model_fields.items()}
    assert set(environment) <= known
    image = {name: value for name, value in FINAL.environment.items() if name.startswith("LEADBOT_")}
    assert {name: environment[name] for name in image} == image
    assert BOT["env_file"] == [{"path": ".env", "required": False}]


def test_the_model_is_asked_for_by_its_services_name() -> None:
    """Unless .env names another place."""
    assert BOT["environment"]["OLLAMA_BASE_URL"] == "http://ollama:11434"
    elsewhere = load({"OLLAMA_BASE_URL": "http://gpu:11434"})["services"]["leadbot"]["environment"]
    assert elsewhere["OLLAMA_BASE_URL"] == "http://gpu:11434"


def test_the_bot_has_as_few_rights_as_it_needs() -> None:
    """A read-only root with the two places that it writes to, no capability, an init, and limits."""
    assert BOT["read_only"] is True
    assert BOT["tmpfs"] == ["/tmp"]
    assert BOT["volumes"] == [f"leadbot-data:{FINAL.environment['LEADBOT_DATA_DIR']}"]
    assert (BOT["cap_drop"], BOT["init"]) == (["ALL"], True)
    assert {"mem_limit", "pids_limit"} <= set(BOT)
    assert BOT["build"] == "."


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_comes_back_and_gains_no_rights(name: str) -> None:
    """After a reboot or a crash too."""
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert name == "leadbot" or "healthcheck" in service


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"leadbot"}))
def test_images_are_pinned_to_a_tag(name: str) -> None:
    """What was tried is what is run."""
    _, _, tag = SERVICES[name]["image"].partition(":")
    assert tag[:1].isdigit()


def test_everything_named_is_declared() -> None:
    """Volumes, networks, secrets and the services that are waited for."""
    for service in SERVICES.values():
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(PROJECT["volumes"])
        assert set(service.get("networks", [])) <= {"default", *PROJECT["networks"]}
        assert set(service.get("secrets", [])) <= set(PROJECT["secrets"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_the_databases_start_only_with_their_profile() -> None:
    """They are waited for when they are there, and are on a network without a way out."""
    scaled = {name for name, service in SERVICES.items() if service.get("profiles") == ["scale"]}
    assert scaled == {"postgres", "chroma"} == set(BOT["depends_on"])
    for name in scaled:
        assert SERVICES[name]["networks"] == ["storage"]
        assert BOT["depends_on"][name] == {"condition": "service_healthy", "required": False}
    assert PROJECT["networks"]["storage"] == {"internal": True}
    assert set(BOT["networks"]) == {"default", "storage"}


def test_the_chroma_server_has_the_clients_version() -> None:
    """Client and server of one version are known to understand each other."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    (client,) = (line.removeprefix("chromadb==") for line in lock if line.startswith("chromadb=="))
    assert SERVICES["chroma"]["image"] == f"chromadb/chroma:{client}"


def test_the_ollama_server_is_new_enough() -> None:
    """Before 0.31.2, some models ignore the answer's schema when they are told not to think."""
    assert Version(SERVICES["ollama"]["image"].partition(":")[2]) >= Version("0.31.2")


def test_no_password_stands_in_the_file() -> None:
    """PostgreSQL reads its password from a secret's file, which is not sent to the builder."""
    environment = SERVICES["postgres"]["environment"]
    assert environment["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"
    assert not [name for name in environment if "PASSWORD" in name and not name.endswith("_FILE")]
    assert PROJECT["secrets"]["postgres_password"]["file"].startswith("./secrets/")


def test_the_health_check_of_postgresql_works(postgres_server: str, require_server: RequireServer) -> None:
    """Its command, at the tests' own server and at a port where nobody is."""
    _, program, *arguments = SERVICES["postgres"]["healthcheck"]["test"]
    command = [str(require_server("postgresql").with_name(program)), *arguments[:-1]]
    for port, code in ((postgres_server.rpartition(":")[2], 0), (str(free_port()), 2)):
        assert subprocess.run([*command, f"--port={port}"], capture_output=True, check=False).returncode == code
    assert arguments[-1] == "--port=5432"


def test_the_health_check_of_chroma_works(tmp_path: Path) -> None:
    """Its command, at a real server of the locked version and at a port where nobody is."""
    _, program, flag, script = SERVICES["chroma"]["healthcheck"]["test"]

    def healthy(port: int) -> bool:
        there = script.replace("127.0.0.1/8000", f"127.0.0.1/{port}")
        return subprocess.run([program, flag, there], capture_output=True, check=False, timeout=10).returncode == 0

    port = free_port()
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(tmp_path), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not healthy(port):
            assert time.monotonic() < deadline, "the server does not become healthy"
            time.sleep(0.1)
    finally:
        server.kill()
        server.wait()
    assert not healthy(port)
