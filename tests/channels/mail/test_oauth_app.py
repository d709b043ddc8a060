"""Tokens for an app without a person, by msal against a login server with TLS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from channels.mail.oauth_app import AppCredential
from enrichment.errors import NeedsPerson, RetryLater
from tests.channels.mail.certificates import make_certificate
from tests.servers.token_server import Fault, TokenServer, token_server

Open = Callable[..., AppCredential]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenServer]:
    """A login server whose certificate is trusted."""
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with token_server(certificate) as running:
        yield running


@pytest.fixture
def opened(server: TokenServer) -> Open:
    """The app's credential with this secret, in this tenant."""

    def open_app(secret: Callable[[], str] = lambda: "app-secret", tenant: str = "tenant") -> AppCredential:
        return AppCredential("shop", "app", f"{server.url}/{tenant}", secret, known=False)

    return open_app


def test_a_token_is_asked_for_once_and_used_until_it_ends(server: TokenServer, opened: Open) -> None:
    """It is kept in memory; one that is about to expire is not handed out again."""
    credential = opened()
    first = credential.secret()
    assert first[0] == "token"
    assert server.access[first[1]] > time.time()
    assert credential.secret() == first
    assert server.asked == ["client_credentials"]
    server.lives = 60  # less than msal's own margin
    other = opened()
    assert other.secret() != other.secret()


def test_a_token_that_the_mail_server_refused_is_replaced(opened: Open) -> None:
    """However long it should have been good."""
    credential = opened()
    first = credential.secret()
    credential.refused()
    assert credential.secret() != first
    assert "IMAP.AccessAsApp" in credential.advice  # nobody can log in with `leadbot login` for an app


def test_a_secret_that_was_changed_counts_at_the_next_login(opened: Open) -> None:
    """A wrong one says what to check, and never the secret itself; the right one in its place is used at once."""
    secrets = ["wrong-secret"]
    credential = opened(lambda: secrets[0])
    with pytest.raises(NeedsPerson, match=r"7000215: the client secret is wrong.*check client_id") as error:
        credential.secret()
    assert "wrong-secret" not in str(error.value)
    secrets[0] = "app-secret"
    assert credential.secret()[0] == "token"


def test_a_tenant_that_is_not_there_is_said(opened: Open) -> None:
    """In one line without the server's page."""
    with pytest.raises(NeedsPerson, match=r"^shop: the login server knows no such tenant; check tenant"):
        opened(tenant="nowhere").secret()


@pytest.mark.parametrize("fault", [Fault(500), Fault(429), Fault(200, b"<html>"), Fault(200, 10_000_000)])
def test_a_login_server_in_trouble_is_asked_again(server: TokenServer, opened: Open, fault: Fault) -> None:
    """The next login succeeds."""
    server.faults.append(fault)
    credential = opened()
    with pytest.raises(RetryLater, match=r"^shop: "):
        credential.secret()
    assert credential.secret()[0] == "token"


def test_a_discovery_that_leads_nowhere_is_no_login_server(
    server: TokenServer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret is not sent where there is no TLS, nor to nobody."""
    sent = server.discovery("tenant")[1]
    for changed in ({}, sent | {"token_endpoint": "http://login.example.com/token"}):
        monkeypatch.setattr(server, "discovery", lambda _tenant, changed=changed: (200, changed))
        with pytest.raises((RetryLater, NeedsPerson), match=r"^shop: "):
            opened().secret()
    assert not server.asked
