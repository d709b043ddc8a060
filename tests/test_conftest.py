"""The shared fixtures keep what they promise."""

from __future__ import annotations

import asyncio
import socket
import urllib.error
import urllib.request

import psycopg
import pytest


def url_of(postgres_url: str) -> str:
    """The URL as psycopg takes it."""
    return postgres_url.replace("+psycopg", "")


def test_network_connection_is_refused_and_remembered(network_attempts: list[str]) -> None:
    """A connection to another machine fails at once and is noted, whoever swallows the error."""
    with socket.socket() as client, pytest.raises(ConnectionRefusedError, match="network"):
        client.connect(("192.0.2.1", 9))
    assert network_attempts == ["socket.connect 192.0.2.1"]
    network_attempts.clear()


def test_name_lookup_is_refused(network_attempts: list[str]) -> None:
    """Not even a name server is asked."""
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen("http://leads.example.com/")
    assert network_attempts == ["socket.getaddrinfo leads.example.com"]
    network_attempts.clear()


async def test_loopback_is_free() -> None:
    """Servers on this machine are what tests are for, by address and by name."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        for host in ("127.0.0.1", "localhost"):
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection(host, port, family=socket.AF_INET)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_a_database_of_its_own(postgres_url: str, attempt: int) -> None:
    """What one test creates, the next one does not see."""
    with psycopg.connect(url_of(postgres_url)) as connection:
        connection.execute("CREATE TABLE leads (id integer)")
        assert connection.execute("SELECT count(*) FROM leads").fetchone() == (0,), attempt
        assert connection.info.server_version >= 130_000
