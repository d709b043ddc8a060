"""The port that a browser comes back to, and the line that a person pastes."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from bot import login_redirect
from bot.login_redirect import Redirects, listening
from enrichment.errors import GiveUp, NeedsPerson


@pytest.fixture
def redirects() -> Iterator[Redirects]:
    """A port that listens."""
    with listening() as listens:
        yield listens


@pytest.fixture
def typed() -> Iterator[tuple[int, int]]:
    """A pipe: where a person's lines are read, and where they are typed."""
    read, write = os.pipe()
    yield read, write
    for descriptor in (read, write):
        with contextlib.suppress(OSError):
            os.close(descriptor)


def take(address: str) -> str:
    """The address, when it is the right one."""
    if "state=right" not in address:
        raise GiveUp("not the right one")
    return address


def browse(redirects: Redirects, path: str) -> httpx.Response:
    """As a browser that is sent there."""
    return httpx.get(f"http://127.0.0.1:{redirects.port}{path}", trust_env=False)


def test_the_browser_comes_back(redirects: Redirects) -> None:
    """What else calls the port is passed over, and nothing of an address is shown again."""
    pages = [browse(redirects, path) for path in ("/favicon.ico", "/?x=<script>", "/?state=right&code=1")]
    assert redirects.wait(take, None, pytest.fail) == "/?state=right&code=1"
    assert {page.status_code for page in pages} == {200}
    assert all("<script>" not in page.text and "code" not in page.text for page in pages)


def test_a_person_pastes_the_address(redirects: Redirects, typed: tuple[int, int]) -> None:
    """On a machine without a browser; what is wrong with a line is told, and the next one counts."""
    told: list[str] = []
    os.write(typed[1], b"what?\n\nhttp://127.0.0.1:1/?state=ri")
    threading.Timer(0.3, lambda: os.write(typed[1], b"ght&code=2\n")).start()
    assert redirects.wait(take, typed[0], told.append) == "http://127.0.0.1:1/?state=right&code=2"
    assert told == ["not the right one"]


def test_without_a_keyboard_the_browser_still_counts(redirects: Redirects, typed: tuple[int, int]) -> None:
    """The end of the input is no answer, but a last line without its end is one."""
    os.close(typed[1])
    browse(redirects, "/?state=right")
    assert redirects.wait(take, typed[0], pytest.fail) == "/?state=right"
    read, write = os.pipe()
    os.write(write, b"/?state=right&pasted")
    os.close(write)
    assert redirects.wait(take, read, pytest.fail) == "/?state=right&pasted"
    os.close(read)


def test_a_refusal_ends_the_wait(redirects: Redirects) -> None:
    """What the taker raises but GiveUp goes through."""

    def refuse(_address: str) -> str:
        raise NeedsPerson("refused")

    browse(redirects, "/?error=access_denied")
    with pytest.raises(NeedsPerson, match="refused"):
        redirects.wait(refuse, None, pytest.fail)


def test_nobody_comes(redirects: Redirects) -> None:
    """It does not wait for ever."""
    with pytest.raises(NeedsPerson, match="nobody has allowed it within"):
        redirects.wait(take, None, pytest.fail, seconds=0.3)


def test_connections_that_say_nothing_or_nonsense_keep_nobody(
    redirects: Redirects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Browsers open some ahead; the answer comes through all the same, and more than fit are dropped."""
    monkeypatch.setattr(login_redirect, "SECONDS", 20)
    silent = [socket.create_connection(("127.0.0.1", redirects.port)) for _ in range(10)]
    silent[0].sendall(b"\x16\x03\x01\x00\xa5")
    silent[1].sendall(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n")
    silent[2].sendall(b"POST / HTTP/1.1\r\n\r\n")
    browse(redirects, "/?state=right")
    for _ in range(30):
        browse(redirects, "/?state=wrong")
    assert redirects.wait(take, None, pytest.fail) == "/?state=right"
    for connection in silent:
        connection.close()


def test_no_other_machine_reaches_it(redirects: Redirects) -> None:
    """It listens on the loopback address alone."""
    with socket.socket() as other:
        other.bind(("127.0.0.2", redirects.port))  # would be taken if it listened on every address
