"""Requests to a login server: whatever it says, the answer is bounded, and an error is one plain line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.mail import oauth_http
from channels.mail.oauth_http import Answer, ask, checked
from channels.mail.oauth_refusals import refusal
from enrichment.errors import LeadbotError, NeedsPerson, RetryLater
from tests.channels.mail.certificates import make_certificate
from tests.conftest import free_port
from tests.servers.silent import silent
from tests.servers.token_server import Fault, TokenServer, token_server

SECRET = "refresh-very-secret"
FORM = {"client_id": "public", "grant_type": "refresh_token", "refresh_token": SECRET}


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """A login server."""
    with token_server() as running:
        yield running


def told(error: LeadbotError) -> str:
    """The error's text, which must be one line that names the mailbox and holds no secret."""
    text = str(error)
    assert text.startswith("shop: ")
    assert "\n" not in text
    assert SECRET not in text + repr(error) + repr(error.__cause__)
    return text


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(200, b"<html>Please log in to the hotel's network</html>"), "does not answer as a login server does"),
        (Fault(200, b""), "does not answer as a login server does"),
        (Fault(200, b'["no", "object"]'), "does not answer as a login server does"),
        (Fault(200, b"[" * 60_000), "does not answer as a login server does"),
        (Fault(200, b'{"a": "\xff\xfe"}'), "does not answer as a login server does"),
        (Fault(200, 50_000_000), "does not stop talking"),
        (Fault(302, b"", {"Location": "http://127.0.0.1:9/"}), "does not answer as a login server does"),
        (Fault(503, b"<html>busy</html>"), "busy or out of order (503)"),
        (Fault(500, b"{}"), "busy or out of order (500)"),
        (Fault(429, b"", {"Retry-After": "120"}), "busy or out of order (429)"),
    ],
)
def test_what_is_no_answer_is_asked_again_later(server: TokenServer, fault: Fault, words: str) -> None:
    """HTML, nothing, deep or endless JSON, a redirect, an error of the server: RetryLater in one line."""
    server.faults.append(fault)
    with pytest.raises(RetryLater) as error:
        ask("shop", f"{server.url}/token", FORM)
    assert words in told(error.value)


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), ("9999999", 3600), ("soon", None), ("-1", None)])
def test_retry_after_is_kept_within_reason(server: TokenServer, header: str, seconds: float | None) -> None:
    """A server may ask for patience, but not for ever."""
    server.faults.append(Fault(429, b"", {"Retry-After": header}))
    with pytest.raises(RetryLater) as error:
        ask("shop", f"{server.url}/token", FORM)
    assert error.value.retry_after == seconds


def test_a_server_that_hangs_or_is_away_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole request has a limit, and nobody listening is said at once."""
    with monkeypatch.context() as patched, silent() as hanging:
        patched.setattr(oauth_http, "SECONDS", 0.2)
        with pytest.raises(RetryLater, match=r"did not answer within 0\.2 s") as error:
            ask("shop", f"{hanging.url}/token", FORM)
    told(error.value)
    with pytest.raises(RetryLater, match=r"cannot be reached \(ConnectError\)") as error:
        ask("shop", f"http://127.0.0.1:{free_port()}/token", FORM)
    told(error.value)


def test_a_certificate_that_proves_nothing_is_said(tmp_path: Path) -> None:
    """Secrets go to nobody who cannot prove who he is."""
    with token_server(make_certificate(tmp_path)) as server:
        with pytest.raises(RetryLater, match="certificate is not to be trusted: self-signed") as error:
            ask("shop", f"{server.url}/token", FORM)
        assert not server.asked
    told(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com/token",
        "ftp://127.0.0.1/token",
        "https://",
        "token",
        "",
        "https://user:word@login.example.com/token",
        "https://login.example.com/to ken",
        "http://127.0.0.1.example.com/token",
        "https://x/" + "a" * 2000,
    ],
)
def test_secrets_are_sent_by_https_only(url: str) -> None:
    """But for this machine; any other address is refused before anything is sent."""
    with pytest.raises(NeedsPerson) as error:
        ask("shop", url, FORM)
    told(error.value)


def test_this_machine_may_be_asked_without_tls() -> None:
    """For tests, and for a proxy of one's own."""
    for url in ("http://127.0.0.1:1/t", "http://localhost/t", "http://[::1]:2/t", "https://login.example.com/t"):
        assert str(checked(url)) == url


def test_fields_are_checked_before_they_are_used() -> None:
    """A token with a line break would be a command to the mail server."""
    fields = {"good": "abc", "line": "a\r\nA1 LOGOUT", "blank": "a b", "number": 7, "long": "x" * 20_000, "nan": "nan"}
    answer = Answer("login.example.com", 200, json.loads(json.dumps(fields)))
    assert [answer.text(name) for name in (*fields, "none")] == ["abc", "", "", "", "", "nan", ""]
    assert [answer.number(name, 5, 1, 6) for name in ("number", "nan", "line", "none")] == [6, 5, 5, 5]
    assert "abc" not in repr(answer)


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"error": "invalid_grant"}, NeedsPerson, "has ended; run `leadbot login shop`"),
        (
            {"error": "invalid_grant", "error_description": "AADSTS700082: The refresh token has expired. <script>"},
            NeedsPerson,
            "has ended (AADSTS700082: it was not used for too long); run `leadbot login shop`",
        ),
        ({"error": "interaction_required", "error_description": "AADSTS99999: x"}, NeedsPerson, "(AADSTS99999); run"),
        ({"error": "invalid_client"}, NeedsPerson, "check client_id, tenant and client secret"),
        ({"error": "invalid_scope"}, NeedsPerson, "give it the IMAP permission"),
        ({"error": "temporarily_unavailable"}, RetryLater, "asks us to come again later"),
        ({"error": "\x1b[31mred"}, NeedsPerson, "no reason given"),
        ({"error": ["a"], "error_description": {"b": 1}}, NeedsPerson, "no reason given"),
        ({}, NeedsPerson, "no reason given"),
        ({"error": "invalid_request"}, NeedsPerson, "invalid_request"),
    ],
)
def test_a_refusal_says_what_to_do(fields: dict[str, object], kind: type[LeadbotError], words: str) -> None:
    """Its type is the retry policy, and nothing of the server's own text gets into it."""
    error = refusal("shop", Answer("login.example.com", 400, fields))
    assert type(error) is kind
    assert words in told(error)
    assert "<script>" not in str(error)
    assert "\x1b" not in str(error)


def test_google_s_commonest_cause_is_named() -> None:
    """Apps that were never published lose every login after a week."""
    answer = Answer("oauth2.googleapis.com", 400, {"error": "invalid_grant"})
    assert '"Testing" loses its logins after 7 days); run `leadbot login shop`' in told(refusal("shop", answer))
