"""The workspace's process is found under the address that it answers to, whatever it listens on."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bot import local_workspace
from bot.folder import prepare
from bot.local_workspace import Running
from bot.settings import Settings

Ensure = Callable[[str, int], Awaitable[Running]]


def has_ipv6() -> bool:
    """Whether this machine reaches itself by IPv6."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.fixture
async def ensure(tmp_path: Path) -> AsyncIterator[Ensure]:
    """Makes sure of a workspace on a host and port; at the end the ones that were started are stopped."""
    started: list[Running] = []
    prepare(tmp_path)

    async def wanted(host: str, port: int) -> Running:
        settings = Settings(data_dir=tmp_path, workspace_host=host, workspace_port=port)
        started.append(await local_workspace.ensure(settings))
        return started[-1]

    yield wanted
    for running in started:
        await local_workspace.stop(running, tmp_path)


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # it is meant to outlive us
@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        pytest.param("::1", "[::1]", marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")),
    ],
)
async def test_a_workspace_is_started_and_found_again(ensure: Ensure, host: str, reached: str) -> None:
    """Also one that listens on every address, as in a container: it answers to this machine's, not to 0.0.0.0."""
    first = await ensure(host, 0)
    assert first.url == f"http://{reached}:{first.port}"
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{first.url}/healthz")).json()["pid"] == first.pid
    again = await ensure(host, first.port)
    assert (again.pid, again.port, again.ours) == (first.pid, first.port, True)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("::", "http://[::1]:8025"),
        ("::1", "http://[::1]:8025"),
        ("192.0.2.7", "http://192.0.2.7:8025"),
    ],
)
def test_the_url_can_be_opened(host: str, url: str) -> None:
    """IPv6 in brackets; an address of its own as it is."""
    assert Running(host=host, port=8025, pid=1, ours=True).url == url
