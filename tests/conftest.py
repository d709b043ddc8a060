"""What every test may use: real servers when they are installed, and a guard that keeps tests off the network."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
import structlog

ROOT = Path(__file__).parent.parent

# Where each server is looked for beside PATH, and the name of its program.
PROGRAMS: dict[str, tuple[str, ...]] = {
    "postgresql": ("pg_ctl",),
    "dovecot": ("dovecot",),
    "postfix": ("postfix",),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
}
FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec/postfix", "/usr/lib/postfix/sbin")

RequireServer = Callable[[str], Path]


def missing(name: str, remedy: str = "make test installs it where it may") -> NoReturn:
    """End a test that needs what is not here: skipped by name for a person, failed in CI."""
    text = f"{name} is not here: {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that the system says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NetworkGuard:
    """Refuses, in this process, every connection and name look-up that would leave the machine, and remembers it.

    It hears Python's audit events; what native code connects by itself (uvloop, libpq) is not seen.
    """

    def __init__(self) -> None:
        self.attempts: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook."""
        match event:
            case "socket.connect" | "socket.sendto" | "socket.sendmsg":
                host = args[1][0] if isinstance(args[1], tuple) else None  # a Unix socket's address is a string
            case "socket.getaddrinfo" | "socket.gethostbyname" | "socket.gethostbyaddr":
                host = args[0]
            case _:
                return
        if not self._is_here(host):
            self.attempts.append(f"{event} {host}")
            raise ConnectionRefusedError(f"a test tried to reach the network: {event} {host}")

    def _is_here(self, host: str | bytes | None) -> bool:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if not name or name in {"localhost", socket.gethostname()}:
            return True
        try:
            address = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
        return address.is_loopback or address.is_unspecified


GUARD = NetworkGuard()
sys.addaudithook(GUARD)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """What a command changes in its process is put back: the umask, and where logs go."""
    mask = os.umask(0o022)
    os.umask(mask)
    yield
    os.umask(mask)
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def network_attempts() -> Iterator[list[str]]:
    """Fail a test that tried to reach the network, even when the code under test swallowed the refusal."""
    GUARD.attempts.clear()
    yield GUARD.attempts
    attempts = list(GUARD.attempts)
    GUARD.attempts.clear()
    assert not attempts, f"tests stay on this machine, but this one tried {attempts}"


@pytest.fixture(scope="session")
def require_server() -> RequireServer:
    """`require_server("dovecot")` gives the program's path, or ends the test by the rule of `missing`."""

    def require(name: str) -> Path:
        postgres = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin"))
        places = os.pathsep.join([*reversed(postgres), os.environ.get("PATH", ""), *FOLDERS])
        for program in PROGRAMS[name]:
            if found := shutil.which(program, path=places):
                return Path(found)
        missing(name)

    return require


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The exported embedding model."""
    folder = ROOT / "model"
    if not (folder / "model.json").exists():
        missing("the embedding model", "run `make model`")
    return folder


@pytest.fixture(scope="session")
def postgres_server(require_server: RequireServer) -> Iterator[str]:
    """A PostgreSQL server of our own on a free port, without fsync; gives its URL up to the database's name."""
    programs = require_server("postgresql").parent
    # PostgreSQL refuses to run as root, so root lends the folder and the process to the package's user.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    prefix = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="leadbot-postgres-") as folder:
        shutil.chown(folder, user)

        def run(program: str, *arguments: str) -> None:
            command = [*prefix, str(programs / program), "-D", f"{folder}/data", *arguments]
            with Path(folder, "setup.log").open("ab") as log:
                subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=True, timeout=60)

        run("initdb", "-U", "leadbot", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        port = free_port()
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        run("pg_ctl", "-w", "-l", f"{folder}/server.log", "-o", options, "start")
        try:
            yield f"127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def database_names() -> Iterator[str]:
    """Names for the databases of one session."""
    return (f"test_{number}" for number in itertools.count(1))


@pytest.fixture
def postgres_url(postgres_server: str, database_names: Iterator[str]) -> Iterator[str]:
    """A SQLAlchemy URL of an empty database that belongs to this test alone."""
    name = next(database_names)
    administration = f"postgresql://leadbot@{postgres_server}/postgres"
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield f"postgresql+psycopg://leadbot@{postgres_server}/{name}"
    finally:
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(administration, autocommit=True) as connection,
        ):
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
