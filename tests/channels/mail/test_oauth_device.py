"""Logging in with a code (RFC 8628) against a real login server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from channels.mail import oauth_device
from channels.mail.oauth import OAuthClient, granted
from enrichment.errors import NeedsPerson, RetryLater
from tests.servers.token_server import DEVICE, Fault, TokenServer, token_server


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """A login server that lets itself be asked at any rate."""
    with token_server() as running:
        running.every = 0
        yield running


def client(server: TokenServer, client_id: str = "public") -> OAuthClient:
    """The app that asks."""
    return OAuthClient(client_id, server.scope, f"{server.url}/token", device_url=f"{server.url}/device")


class Person:
    """Somebody who allows or refuses it after some questions. waits: how long we waited before each."""

    def __init__(self, server: TokenServer, after: int, *, allowed: bool = True) -> None:
        self.server, self.after, self.allowed = server, after, allowed
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Instead of waiting."""
        self.waits.append(seconds)
        if len(self.waits) > self.after:
            self.server.decide(allowed=self.allowed)

    def elapsed(self) -> float:
        """A clock on which as much time has passed as we waited."""
        return sum(self.waits)


def test_the_whole_of_it(server: TokenServer) -> None:
    """The person allows it after a while: a grant with both tokens, and the code never shown in a log."""
    code = oauth_device.begin("shop", client(server))
    person = Person(server, after=2)
    answer = oauth_device.wait("shop", client(server), code, person.sleep, person.elapsed)
    grant = granted("shop", client(server), answer, datetime.now(UTC))
    assert (code.user_code, code.where) == ("ABCD-EFGH", f"{server.url}/activate")
    assert grant.refresh in server.refresh
    assert grant.access in server.access
    assert server.asked == [DEVICE] * 3
    assert code.device_code not in repr(code)
    assert grant.refresh not in repr(grant)
    assert grant.access not in repr(grant)


def test_a_server_that_wants_less_questions_gets_less(server: TokenServer) -> None:
    """slow_down: five seconds more between two questions, as the RFC says."""
    server.every = 1
    code = oauth_device.begin("shop", client(server))
    person = Person(server, after=3)

    def sleep(seconds: float) -> None:
        person.sleep(seconds)
        if len(person.waits) > 3:  # enough for it
            for device in server.devices.values():
                device.every = 0

    oauth_device.wait("shop", client(server), code, sleep, person.elapsed)
    assert person.waits == [1, 1, 6, 11]


def test_a_refusal_in_the_browser_is_the_end(server: TokenServer) -> None:
    """And says how to try again."""
    code = oauth_device.begin("shop", client(server))
    person = Person(server, after=0, allowed=False)
    with pytest.raises(NeedsPerson, match="refused in the browser; run `leadbot login shop` to try again"):
        oauth_device.wait("shop", client(server), code, person.sleep, person.elapsed)


def test_a_code_that_nobody_enters_ends(server: TokenServer) -> None:
    """By our clock when the server's life is over, and by the server's word before."""
    server.device_lives = 10
    code = oauth_device.begin("shop", client(server))
    person = Person(server, after=99)
    with pytest.raises(NeedsPerson, match="the code has expired; run `leadbot login shop`"):
        oauth_device.wait("shop", client(server), code, person.sleep, person.elapsed)
    assert sum(person.waits) <= 10
    for device in server.devices.values():
        device.ends = 0
    person = Person(server, after=99)
    with pytest.raises(NeedsPerson, match="the code has expired"):
        oauth_device.wait("shop", client(server), code, person.sleep, person.elapsed)
    assert len(person.waits) == 1


def test_trouble_of_the_net_does_not_end_the_wait(server: TokenServer) -> None:
    """The person is typing the code; we ask again, ever later."""
    code = oauth_device.begin("shop", client(server))
    server.faults.extend([Fault(503), Fault(200, b"<html>"), Fault(429, b"", {"Retry-After": "30"})])
    person = Person(server, after=3)
    assert oauth_device.wait("shop", client(server), code, person.sleep, person.elapsed).text("access_token")
    assert person.waits == [1, 2, 4, 30]


def test_an_app_that_may_not_is_told_at_once(server: TokenServer) -> None:
    """Before a person is sent anywhere."""
    with pytest.raises(NeedsPerson, match="refuses the app; check client_id"):
        oauth_device.begin("shop", client(server, "desktop"))


@pytest.mark.parametrize(
    "changed",
    [
        {"user_code": "\x1b[2JABCD"},
        {"user_code": "A" * 50},
        {"device_code": ""},
        {"verification_uri": "http://evil.example/"},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": None},
    ],
)
def test_a_person_is_sent_nowhere_odd(
    server: TokenServer, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    """Neither escapes for the terminal nor addresses without TLS come through."""
    true = server.device
    monkeypatch.setattr(server, "device", lambda form: (200, true(form)[1] | changed))
    with pytest.raises(RetryLater, match="gave no code to log in with"):
        oauth_device.begin("shop", client(server))


def test_a_grant_without_what_is_needed_is_none(server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No refresh token, no access token, or a consent from which reading mail was left out."""
    now = datetime.now(UTC)
    for changed, words in (
        ({"refresh_token": None}, "no lasting login"),
        ({"access_token": "a b"}, "no access token"),
        ({"scope": "openid https://www.googleapis.com/auth/userinfo.email"}, "reading mail was not allowed"),
    ):
        code = oauth_device.begin("shop", client(server))
        server.decide(allowed=True)
        tokens = server.login() | changed
        monkeypatch.setattr(server, "token", lambda _form, tokens=tokens: (200, tokens))
        answer = oauth_device.wait("shop", client(server), code, lambda _seconds: None)
        with pytest.raises(NeedsPerson, match=words):
            granted("shop", client(server), answer, now)
