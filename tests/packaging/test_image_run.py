"""The bot as the image runs it: the installed package, the image's variables, a folder that holds nothing else."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from tests.conftest import free_port
from tests.packaging.test_dockerfile import FINAL
from tests.servers.running_bot import READY, START_SECONDS

T = TypeVar("T")
WORDS = "From: Jo Smith <jo@example.com>\nSubject: Brakes\n\nMy brakes are grinding, can you look at them today?"


@dataclass(frozen=True)
class Container:
    """A running bot and the folders that it was given."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def port(self, name: str) -> int:
        """The port of smtp, http or workspace, as it would be published."""
        return int(self.environment[f"LEADBOT_{name.upper()}_PORT"])

    def messages(self) -> list[str]:
        """The texts in #leads, asked for as from outside the container."""
        address = f"http://127.0.0.1:{self.port('workspace')}/control/messages"
        return [m["text"] for m in httpx.get(address, params={"channel": "leads"}, timeout=10).json()["messages"]]


def _environment(folder: Path, site: Path, model: Path) -> dict[str, str]:
    """The image's variables with this machine's folders and free ports, and nothing else of ours."""
    image = {name: value for name, value in FINAL.environment.items() if name != "PATH"}
    ports = {name: str(free_port()) for name in image if name.endswith("_PORT")}
    places = {"LEADBOT_DATA_DIR": str(folder / "data"), "LEADBOT_MODEL_DIR": str(model), "PYTHONPATH": str(site)}
    own = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    return image | ports | places | own


def wait_for(look: Callable[[], T | None], seconds: float = 30.0) -> T:
    """What `look` finds, looked for until the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing after {seconds} s")


@pytest.fixture(scope="module")
def container(site: Path, model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """The running bot, sent one mail; stopped as `docker stop` does."""
    folder = tmp_path_factory.mktemp("image")
    for name in ("app", "home", "tmp"):
        (folder / name).mkdir()
    environment = _environment(folder, site, model_folder)
    command = [sys.executable, "-c", "from bot.cli import main; main()", *FINAL.last("CMD").words]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(command, cwd=folder / "app", env=environment, stdout=out, stderr=err)
    try:
        ready = wait_for(
            lambda: READY.search((folder / "out").read_text()) or process.poll() is not None, START_SECONDS
        )
        assert ready is not True, (folder / "err").read_text()[-2000:]
        running = Container(folder, environment, process)
        with smtplib.SMTP("127.0.0.1", running.port("smtp"), timeout=10) as client:
            client.sendmail("jo@example.com", ["leads@localhost"], WORDS)
        yield running
    finally:
        process.send_signal(signal.Signals[FINAL.last("STOPSIGNAL").rest])
        try:
            process.wait(20)
        finally:
            process.kill()


def test_a_mail_to_the_published_port_becomes_a_card(container: Container) -> None:
    """All three ports listen on every address and answer to 127.0.0.1, where Compose publishes them."""
    assert "Brakes, from Jo Smith (L-1)" in wait_for(container.messages)[0]


def test_the_page_and_its_links_work_from_outside(container: Container) -> None:
    """The page opens under 127.0.0.1 and localhost, and a link to a message names the address that opens it."""
    port = container.port("workspace")
    for host in ("127.0.0.1", "localhost"):
        assert "<!doctype html>" in httpx.get(f"http://{host}:{port}/", timeout=10).text.lower()
    text = (container.folder / "out").read_text()
    assert f"workspace=http://127.0.0.1:{port} " in text
    stranger = httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": "0.0.0.0"}, timeout=10)
    assert stranger.status_code == 403


def test_the_health_check_passes_while_it_runs_and_fails_when_it_does_not(container: Container) -> None:
    """The image's own command, with the image's own variable."""
    python, *arguments = FINAL.last("HEALTHCHECK").words
    assert python == "python"
    for environment, code in ((container.environment, 0), ({"LEADBOT_HTTP_PORT": str(free_port())}, 1)):
        result = subprocess.run(
            [sys.executable, *arguments],
            env=container.environment | environment,
            capture_output=True,
            check=False,
            timeout=10,
        )
        assert result.returncode == code


def test_commands_run_beside_it(container: Container) -> None:
    """`docker compose exec leadbot leadbot …` finds the same data."""
    wait_for(container.messages)
    program = "from bot.cli import main; main()"
    for command in (["leads", "--json"], ["similar", "--json", "grinding brakes"]):
        result = subprocess.run(
            [sys.executable, "-c", program, *command],
            env=container.environment,
            cwd=container.folder / "app",
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert json.loads(result.stdout.splitlines()[0])["id"] == "L-1"


def test_it_writes_in_its_data_folder_only(container: Container) -> None:
    """So its root may be read-only; and nothing of ours or of a library keeps notes in the home folder."""
    wait_for(container.messages)
    assert list((container.folder / "app").iterdir()) == []
    assert list((container.folder / "home").iterdir()) == []
    data = Path(container.environment["LEADBOT_DATA_DIR"])
    assert (data / "leadbot.db").is_file()
    assert data.stat().st_mode & 0o777 == 0o700


def test_a_stop_ends_it_within_the_grace(container: Container) -> None:
    """The image's signal, no force, and neither the workspace nor the parser is left."""
    data = Path(container.environment["LEADBOT_DATA_DIR"])
    workspace = json.loads((data / "workspace.json").read_text())["pid"]
    container.process.send_signal(signal.Signals[FINAL.last("STOPSIGNAL").rest])
    assert container.process.wait(20) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(workspace, 0)
